#include "chunk.h"

#include "json.h"
#include "json_text.h"

#include <string.h>

static const char head_open[] = "{\"first\":";
static const char head_close[] = ",\"lines\":[";
static const char tail[] = "]}";

enum {
    OPEN_LEN = sizeof(head_open) - 1,
    CLOSE_LEN = sizeof(head_close) - 1,
    TAIL_LEN = sizeof(tail) - 1
};

const char *const chunk_level_names[CHUNK_LEVELS] = {"debug", "info", "warn", "error"};

int chunk_level_parse(const char *name, size_t len)
{
    for (int i = 0; i < CHUNK_LEVELS; i++)
        if (strlen(chunk_level_names[i]) == len && memcmp(chunk_level_names[i], name, len) == 0)
            return i;
    return -1;
}

void chunk_begin(struct strbuf *out, int64_t first)
{
    strbuf_add(out, head_open, OPEN_LEN);
    strbuf_add_int(out, first);
    strbuf_add(out, head_close, CLOSE_LEN);
}

void chunk_end(struct strbuf *out)
{
    strbuf_add(out, tail, TAIL_LEN);
}

/* An element ends with ], the head with [, so the last byte tells whether one stands before. */
static void put_divider(struct strbuf *out)
{
    if (out->buf[out->len - 1] == ']')
        strbuf_add(out, ",\t", 2);
}

void chunk_add(struct strbuf *out, const struct chunk_line *line)
{
    put_divider(out);
    strbuf_addc(out, '[');
    strbuf_add_int(out, line->ms);
    char level[3] = {',', (char)('0' + line->level), ','};
    strbuf_add(out, level, sizeof(level));
    json_put_string(out, line->text, line->text_len);
    bool metadata = line->metadata != NULL;
    if (line->source || metadata || line->flags) {
        char source[2] = {',', (char)('0' + line->source)};
        strbuf_add(out, source, sizeof(source));
    }
    if (metadata) {
        strbuf_addc(out, ',');
        strbuf_add(out, line->metadata, line->metadata_len);
    } else if (line->flags) {
        strbuf_add(out, ",null", 5);
    }
    if (line->flags) {
        strbuf_addc(out, ',');
        strbuf_add_int(out, line->flags);
    }
    strbuf_addc(out, ']');
}

int chunk_iter_init(struct chunk_iter *it, const char *body, size_t len, struct err *e)
{
    const char *end = body + len;
    if (len < OPEN_LEN + CLOSE_LEN + TAIL_LEN || memcmp(body, head_open, OPEN_LEN) != 0 ||
        memcmp(end - TAIL_LEN, tail, TAIL_LEN) != 0)
        goto malformed;
    const char *number = body + OPEN_LEN;
    const char *comma = memchr(number, ',', (size_t)(end - number));
    int64_t first;
    if (!comma || !parse_int64(number, (size_t)(comma - number), &first) || first < 1 ||
        first > INT64_MAX - (int64_t)len)
        goto malformed;
    if ((size_t)(end - comma) < CLOSE_LEN + TAIL_LEN || memcmp(comma, head_close, CLOSE_LEN) != 0)
        goto malformed;
    it->at = comma + CLOSE_LEN;
    it->end = end - TAIL_LEN;
    it->line = first - 1;
    return 0;
malformed:
    return err_set(e, ERR_INVALID, "not a chunk of log lines");
}

bool chunk_iter_next(struct chunk_iter *it, const char **element, size_t *len)
{
    if (it->at == it->end)
        return false;
    const char *tab = memchr(it->at, '\t', (size_t)(it->end - it->at));
    const char *stop = tab ? tab - 1 : it->end; /* behind the element */
    if (stop - it->at < 2 || *it->at != '[' || stop[-1] != ']' || (tab && *stop != ','))
        return false;
    if (tab && tab + 1 == it->end)
        return false;
    *element = it->at;
    *len = (size_t)(stop - it->at);
    it->at = tab ? tab + 1 : it->end;
    it->line++;
    return true;
}

static int malformed_elements(struct err *e)
{
    return err_set(e, ERR_INVALID, "not a chunk of log lines: elements are not divided by a TAB");
}

int64_t chunk_slice(const char *body, size_t len, int64_t first, int64_t last, struct strbuf *out,
                    struct err *e)
{
    struct chunk_iter it;
    if (chunk_iter_init(&it, body, len, e) != 0)
        return -1;
    const char *from = NULL, *to = NULL, *element;
    size_t element_len;
    int64_t from_line = 0, to_line = 0;
    while (it.line < last && chunk_iter_next(&it, &element, &element_len)) {
        if (it.line < first)
            continue;
        if (!from) {
            from = element;
            from_line = it.line;
        }
        to = element + element_len;
        to_line = it.line;
    }
    if (it.line < last && it.at != it.end)
        return malformed_elements(e);
    if (!from)
        return 0;
    strbuf_grow(out, (size_t)(to - from) + OPEN_LEN + CLOSE_LEN + TAIL_LEN + 20);
    chunk_begin(out, from_line);
    strbuf_add(out, from, (size_t)(to - from));
    chunk_end(out);
    return to_line - from_line + 1;
}

/* Reads the integer at *at, which a comma or the end follows. */
static bool read_int(const char **at, const char *end, int64_t low, int64_t high, int64_t *out)
{
    const char *comma = memchr(*at, ',', (size_t)(end - *at));
    const char *stop = comma ? comma : end;
    if (!parse_int64(*at, (size_t)(stop - *at), out) || *out < low || *out > high)
        return false;
    *at = stop;
    return true;
}

static bool comma(const char **at, const char *end)
{
    if (*at == end || **at != ',')
        return false;
    ++*at;
    return true;
}

/* Reads what may stand behind the text: source, metadata, flags. */
static bool decode_rest(const char *at, const char *end, struct chunk_line *line)
{
    int64_t value;
    char type;
    if (at == end)
        return true;
    if (!comma(&at, end) || !read_int(&at, end, CHUNK_STDOUT, CHUNK_MESSAGE, &value))
        return false;
    line->source = (int)value;
    if (at == end)
        return true;
    if (!comma(&at, end))
        return false;
    bool deep;
    const char *behind = json_skip_value(at, end, &type, &deep);
    if (!behind)
        return false;
    if (type != 'n') {
        line->metadata = at;
        line->metadata_len = (size_t)(behind - at);
    }
    at = behind;
    if (at == end)
        return true;
    if (!comma(&at, end) || !read_int(&at, end, 0, INT32_MAX, &value))
        return false;
    line->flags = (int)value;
    return at == end;
}

int chunk_decode(const char *element, size_t len, struct chunk_line *line, struct strbuf *text,
                 struct err *e)
{
    size_t before = text->len;
    int64_t level;
    *line = (struct chunk_line){0};
    if (len < 2 || element[0] != '[' || element[len - 1] != ']')
        goto malformed;
    const char *at = element + 1, *end = element + len - 1;
    if (!read_int(&at, end, INT64_MIN, INT64_MAX, &line->ms) || !comma(&at, end))
        goto malformed;
    if (!read_int(&at, end, 0, CHUNK_LEVELS - 1, &level) || !comma(&at, end))
        goto malformed;
    line->level = (int)level;
    const char *behind = at < end && *at == '"' ? json_skip_string(at, end) : NULL;
    if (!behind || json_decode_string(at, (size_t)(behind - at), text, NULL) != 0)
        goto malformed;
    if (!decode_rest(behind, end, line))
        goto malformed;
    line->text = text->buf + before;
    line->text_len = text->len - before;
    return 0;
malformed:
    strbuf_truncate(text, before);
    return err_set(e, ERR_INVALID, "not an element of a chunk");
}
