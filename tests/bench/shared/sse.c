#include "sse.h"

#include "stamp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MAX_LEN = 1 << 20 };

void sse_init(struct sse *s)
{
    *s = (struct sse){.state = SSE_STATUS, .seq = -1};
    strbuf_init(&s->carry);
    strbuf_init(&s->framing);
}

void sse_release(struct sse *s)
{
    strbuf_release(&s->carry);
    strbuf_release(&s->framing);
}

void sse_again(struct sse *s)
{
    strbuf_reset(&s->carry);
    strbuf_reset(&s->framing);
    s->state = SSE_STATUS;
    s->status = 0;
    s->chunked = s->has_data = false;
    s->stamps = 0;
    s->next_id[0] = '\0';
}

void sse_request(struct strbuf *out, const char *path, const char *headers)
{
    strbuf_addf(out,
                "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
                "Cache-Control: no-cache\r\n%s\r\n",
                path, headers);
}

static void take_stamp(struct sse *s, struct stamp mark, int64_t now_us, struct sse_counts *c)
{
    c->messages++;
    c->last_us = now_us;
    histogram_add(&c->latency, now_us - mark.us);
    if (s->seq >= 0 && mark.seq <= s->seq) {
        c->repeated++;
        return;
    }
    if (s->seq >= 0)
        c->missing += (uint64_t)(mark.seq - s->seq - 1);
    s->seq = mark.seq;
}

static void take_line(struct sse *s, const char *line, size_t len, int64_t now_us,
                      struct sse_counts *c)
{
    struct stamp mark;
    if (len && line[len - 1] == '\r')
        len--;
    if (len == 0) {
        c->events += s->has_data && s->stamps;
        if (s->next_id[0])
            memcpy(s->id, s->next_id, sizeof(s->id));
        s->next_id[0] = '\0';
        s->has_data = false;
        s->stamps = 0;
        return;
    }
    if (len > 4 && len - 4 < SSE_ID_MAX && memcmp(line, "id: ", 4) == 0) {
        memcpy(s->next_id, line + 4, len - 4);
        s->next_id[len - 4] = '\0';
    } else if (len > 7 && memcmp(line, "retry: ", 7) == 0) {
        s->retry_ms = atoi(line + 7);
    }
    if (len < 5 || memcmp(line, "data:", 5) != 0)
        return;
    s->has_data = true;
    const char *at = line + 5;
    while (stamp_next(&at, line + len, &mark)) {
        take_stamp(s, mark, now_us, c);
        s->stamps++;
    }
}

static void take_body(struct sse *s, const char *at, const char *end, int64_t now_us,
                      struct sse_counts *c)
{
    const char *nl;
    c->bytes += (uint64_t)(end - at);
    while (at < end && (nl = memchr(at, '\n', (size_t)(end - at)))) {
        if (s->carry.len) {
            strbuf_add(&s->carry, at, (size_t)(nl - at));
            take_line(s, s->carry.buf, s->carry.len, now_us, c);
            strbuf_reset(&s->carry);
        } else {
            take_line(s, at, (size_t)(nl - at), now_us, c);
        }
        at = nl + 1;
    }
    strbuf_add(&s->carry, at, (size_t)(end - at));
}

static int take_status(struct sse *s, const char *line, struct err *e)
{
    if (strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12)
        return err_set(e, ERR_INVALID, "no HTTP answer");
    s->status = atoi(line + 9);
    s->state = SSE_HEADER;
    return 0;
}

static void take_header(struct sse *s, const char *line)
{
    if (*line == '\0')
        s->state = s->chunked ? SSE_SIZE : SSE_RAW;
    else if (!strncasecmp(line, "transfer-encoding:", 18) && strstr(line + 18, "chunked"))
        s->chunked = true;
}

static int take_size(struct sse *s, const char *line, struct err *e)
{
    char *end;
    unsigned long long size = strtoull(line, &end, 16);
    if (end == line)
        return err_set(e, ERR_INVALID, "no size of a chunk");
    s->state = size ? SSE_CHUNK : SSE_END;
    s->left = size + 2; /* the CR and LF behind it */
    return 0;
}

static int take_framing(struct sse *s, char *line, struct err *e)
{
    switch (s->state) {
    case SSE_STATUS:
        return take_status(s, line, e);
    case SSE_HEADER:
        take_header(s, line);
        return 0;
    default:
        return take_size(s, line, e);
    }
}

/* Takes what is there of a line of the head or of a chunk's size. */
static int read_framing(struct sse *s, const char **at, const char *end, struct err *e)
{
    const char *nl = memchr(*at, '\n', (size_t)(end - *at));
    const char *stop = nl ? nl : end;
    strbuf_add(&s->framing, *at, (size_t)(stop - *at));
    *at = nl ? nl + 1 : end;
    if (s->framing.len > LINE_MAX_LEN)
        return err_set(e, ERR_INVALID, "a line of the head is too long");
    if (!nl)
        return 0;
    if (s->framing.len && s->framing.buf[s->framing.len - 1] == '\r')
        strbuf_truncate(&s->framing, s->framing.len - 1);
    int failed = take_framing(s, s->framing.buf, e);
    strbuf_reset(&s->framing);
    return failed;
}

/* The part of a chunk that is here; its last two bytes are its end, not the body's. */
static void read_chunk(struct sse *s, const char **at, const char *end, int64_t now_us,
                       struct sse_counts *c)
{
    size_t here = (size_t)MIN((uint64_t)(end - *at), s->left);
    size_t body = s->left > 2 ? (size_t)MIN((uint64_t)here, s->left - 2) : 0;
    take_body(s, *at, *at + body, now_us, c);
    *at += here;
    s->left -= here;
    if (s->left == 0)
        s->state = SSE_SIZE;
}

int sse_feed(struct sse *s, const char *data, size_t len, int64_t now_us, struct sse_counts *counts,
             struct err *e)
{
    const char *at = data, *end = data + len;
    while (at < end) {
        switch (s->state) {
        case SSE_CHUNK:
            read_chunk(s, &at, end, now_us, counts);
            break;
        case SSE_RAW:
            take_body(s, at, end, now_us, counts);
            return 0;
        case SSE_END:
            return 0;
        default:
            if (read_framing(s, &at, end, e))
                return -1;
        }
    }
    return 0;
}
