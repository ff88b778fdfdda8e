#include "sse.h"

#include <string.h>

void sse_init(struct sse *s, sse_callback *callback, void *arg)
{
    *s = (struct sse){.callback = callback, .arg = arg, .retry_ms = -1};
    strbuf_init(&s->line);
    strbuf_init(&s->event);
    strbuf_init(&s->data);
    strbuf_init(&s->id);
    strbuf_init(&s->last_id);
}

void sse_release(struct sse *s)
{
    strbuf_release(&s->line);
    strbuf_release(&s->event);
    strbuf_release(&s->data);
    strbuf_release(&s->id);
    strbuf_release(&s->last_id);
}

static void clear_frame(struct sse *s)
{
    strbuf_reset(&s->event);
    strbuf_reset(&s->data);
    strbuf_reset(&s->id);
    s->has_id = s->has_data = false;
}

void sse_reset(struct sse *s)
{
    clear_frame(s);
    strbuf_reset(&s->line);
    s->skip_newline = false;
}

static void end_frame(struct sse *s)
{
    if (s->has_data) {
        struct sse_frame frame = {s->event.len ? s->event.buf : "message", s->data.buf,
                                  s->data.len};
        s->callback(s->arg, &frame);
    }
    if (s->has_id)
        strbuf_swap(&s->id, &s->last_id);
    clear_frame(s);
}

static void replace(struct strbuf *sb, const char *value, size_t len)
{
    strbuf_reset(sb);
    strbuf_add(sb, value, len);
}

static void take_field(struct sse *s, const char *name, size_t name_len, const char *value,
                       size_t len)
{
    int64_t number;
    if (name_len == 4 && memcmp(name, "data", 4) == 0) {
        if (s->has_data)
            strbuf_addc(&s->data, '\n');
        strbuf_add(&s->data, value, len);
        s->has_data = true;
    } else if (name_len == 5 && memcmp(name, "event", 5) == 0) {
        replace(&s->event, value, len);
    } else if (name_len == 2 && memcmp(name, "id", 2) == 0 && len <= SSE_ID_MAX &&
               !memchr(value, '\0', len)) {
        replace(&s->id, value, len);
        s->has_id = true;
    } else if (name_len == 5 && memcmp(name, "retry", 5) == 0 && parse_int64(value, len, &number) &&
               number >= 0) {
        s->retry_ms = number;
    }
}

/* A line without its end. One that begins with a colon is a comment: its field has no name. */
static void end_line(struct sse *s)
{
    const char *line = s->line.buf, *end = line + s->line.len;
    const char *colon = memchr(line, ':', s->line.len);
    const char *value = colon ? colon + 1 : end;
    if (line == end)
        end_frame(s);
    else
        take_field(s, line, (size_t)((colon ? colon : end) - line),
                   value + (value < end && *value == ' '),
                   (size_t)(end - value) - (value < end && *value == ' '));
    strbuf_reset(&s->line);
}

/* The first of \n and \r, or `end`. */
static const char *line_end(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *stop = newline ? newline : end;
    const char *cr = memchr(at, '\r', (size_t)(stop - at));
    return cr ? cr : stop;
}

int sse_push(struct sse *s, const char *bytes, size_t len, struct err *e)
{
    const char *at = bytes, *end = bytes + len;
    while (at < end) {
        if (s->skip_newline && *at == '\n')
            at++;
        s->skip_newline = false;
        const char *stop = line_end(at, end);
        strbuf_add(&s->line, at, (size_t)(stop - at));
        if (s->line.len + s->data.len > SSE_FRAME_MAX)
            return err_set(e, ERR_LIMIT, "a frame of the stream is larger than %d bytes",
                           SSE_FRAME_MAX);
        at = stop;
        if (at < end) {
            s->skip_newline = *at++ == '\r';
            end_line(s);
        }
    }
    return 0;
}
