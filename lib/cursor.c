#include "cursor.h"

#include <string.h>

static bool parse(const char *s, size_t len, struct cursor *out)
{
    struct cursor c;
    const char *dot = memchr(s, '.', len);
    if (!dot || !parse_int64(s, (size_t)(dot - s), &c.line) ||
        !parse_int64(dot + 1, (size_t)(s + len - dot - 1), &c.record))
        return false;
    if (c.line < 0 || c.record < 0)
        return false;
    *out = c;
    return true;
}

int cursor_parse(const char *s, size_t len, struct cursor *out, struct err *e)
{
    if (!parse(s, len, out))
        return err_set(e, ERR_INVALID, "not a cursor of the form LINE.RECORD");
    return 0;
}

void cursor_put(struct strbuf *out, struct cursor c)
{
    strbuf_add_int(out, c.line);
    strbuf_addc(out, '.');
    strbuf_add_int(out, c.record);
}

static bool parse_run(const char *s, size_t len, struct cursor_run *out)
{
    const char *at = memchr(s, '@', len);
    size_t id_len = at ? (size_t)(at - s) : len;
    if (!parse_int64(s, id_len, &out->run) || out->run < 1)
        return false;
    out->at = (struct cursor){0, 0};
    return !at || parse(at + 1, len - id_len - 1, &out->at);
}

int cursor_vector_parse(const char *s, size_t len, struct cursor_run *out, int max, struct err *e)
{
    int count = 0;
    if (!len)
        return 0;
    for (const char *end = s + len;; s++) {
        const char *comma = memchr(s, ',', (size_t)(end - s));
        const char *stop = comma ? comma : end;
        if (count == max)
            return err_set(e, ERR_INVALID, "more than %d runs", max);
        if (!parse_run(s, (size_t)(stop - s), &out[count]))
            return err_set(e, ERR_INVALID, "not a list of the form RUN@LINE.RECORD,...");
        for (int i = 0; i < count; i++)
            if (out[i].run == out[count].run)
                return err_set(e, ERR_INVALID, "run %lld stands twice", (long long)out[i].run);
        count++;
        if (!comma)
            return count;
        s = comma;
    }
}

void cursor_vector_put(struct strbuf *out, const struct cursor_run *runs, int count)
{
    for (int i = 0; i < count; i++) {
        if (i > 0)
            strbuf_addc(out, ',');
        strbuf_add_int(out, runs[i].run);
        strbuf_addc(out, '@');
        cursor_put(out, runs[i].at);
    }
}

int cursor_compare(struct cursor a, struct cursor b)
{
    if (a.line != b.line)
        return a.line < b.line ? -1 : 1;
    if (a.record != b.record)
        return a.record < b.record ? -1 : 1;
    return 0;
}
