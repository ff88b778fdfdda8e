#include "feed.h"

#include <string.h>

enum { BATCH_NUMBERS = 5 };

void feed_put_batch(struct strbuf *out, int64_t epoch, int64_t first_line, int64_t last_line,
                    int64_t first_record, int64_t last_record)
{
    const int64_t numbers[BATCH_NUMBERS] = {epoch, first_line, last_line, first_record,
                                            last_record};
    strbuf_addc(out, FEED_BATCH);
    for (int i = 0; i < BATCH_NUMBERS; i++) {
        strbuf_addc(out, ' ');
        strbuf_add_int(out, numbers[i]);
    }
    strbuf_addc(out, '\n');
}

/* Reads ` N N N N N`, filling s..end. */
static bool read_numbers(const char *s, const char *end, int64_t *numbers)
{
    for (int i = 0; i < BATCH_NUMBERS; i++) {
        if (s == end || *s != ' ')
            return false;
        s++;
        const char *space = memchr(s, ' ', (size_t)(end - s));
        const char *stop = space ? space : end;
        if (!parse_int64(s, (size_t)(stop - s), &numbers[i]) || numbers[i] < 0)
            return false;
        s = stop;
    }
    return s == end;
}

static bool read_batch(const char *s, const char *end, struct feed_head *out)
{
    int64_t n[BATCH_NUMBERS];
    if (!read_numbers(s, end, n))
        return false;
    out->epoch = n[0];
    out->first_line = n[1];
    out->last_line = n[2];
    out->first_record = n[3];
    out->last_record = n[4];
    return n[1] >= 1 && n[2] >= n[1] - 1 && n[3] >= 1 && n[4] >= n[3] - 1;
}

int feed_parse(const char *message, size_t len, struct feed_head *out, struct err *e)
{
    const char *newline = len ? memchr(message, '\n', len) : NULL;
    if (!newline || newline == message)
        return err_set(e, ERR_INVALID, "a feed message without a first line");
    struct feed_head head = {.rest = newline + 1,
                             .rest_len = (size_t)(message + len - newline - 1)};
    switch (message[0]) {
    case FEED_BATCH:
        head.kind = FEED_BATCH;
        if (!read_batch(message + 1, newline, &head))
            return err_set(e, ERR_INVALID, "a feed batch with a bad first line");
        break;
    case FEED_IS_PROGRESS:
    case FEED_IS_PREVIEW:
        head.kind = message[0] == FEED_IS_PROGRESS ? FEED_IS_PROGRESS : FEED_IS_PREVIEW;
        if (newline != message + 1)
            return err_set(e, ERR_INVALID, "a feed message with a bad first line");
        break;
    default:
        return err_set(e, ERR_INVALID, "a feed message of an unknown kind");
    }
    *out = head;
    return 0;
}

/* Reads `word` and the integer behind it, which `after` follows. Moves *at behind that. */
static bool read_after(const char **at, const char *end, const char *word, char after, int64_t *out)
{
    size_t len = strlen(word);
    if ((size_t)(end - *at) < len || memcmp(*at, word, len) != 0)
        return false;
    const char *digits = *at + len;
    const char *stop = memchr(digits, after, (size_t)MIN(end - digits, 24));
    if (!stop || !parse_int64(digits, (size_t)(stop - digits), out) || *out < 0)
        return false;
    *at = stop + 1;
    return true;
}

int feed_record_place(const char *record, size_t len, int64_t *n, int64_t *line, struct err *e)
{
    const char *at = record, *end = record + len;
    int64_t number, after;
    if (!read_after(&at, end, "{\"n\":", ',', &number) ||
        !read_after(&at, end, "\"line\":", ',', &after) || number < 1)
        return err_set(e, ERR_INVALID, "a record that does not begin with its n and line");
    *n = number;
    *line = after;
    return 0;
}

int64_t feed_run_of(const char *name, size_t len, const char *prefix)
{
    size_t prefix_len = strlen(prefix);
    int64_t run;
    if (len < prefix_len || memcmp(name, prefix, prefix_len) != 0 ||
        !parse_int64(name + prefix_len, len - prefix_len, &run) || run < 1)
        return -1;
    return run;
}
