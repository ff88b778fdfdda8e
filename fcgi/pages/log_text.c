#include "log_text.h"

#include "chunk.h"
#include "logs.h"

#include <string.h>
#include <unistd.h>

enum { CHUNKS_A_READ = 16, ALARM_S = 330 };

struct text {
    struct ctx *c;
    int64_t from, to;   /* bytes wanted: from <= n < to */
    int64_t sent;       /* the next byte to send */
    int64_t next_chunk; /* the first line of the chunk to go on from */
    int64_t rows;
    struct strbuf decoded;
    bool failed;
};

int log_text_range(const char *header, int64_t total, int64_t *first, int64_t *last)
{
    if (!header || strncmp(header, "bytes=", 6) != 0)
        return 0;
    const char *spec = header + 6, *dash = strchr(spec, '-');
    if (!dash || strchr(spec, ','))
        return 0;
    int64_t a = 0, b = INT64_MAX;
    bool has_a = dash > spec, has_b = dash[1] != '\0';
    if ((has_a && !parse_int64(spec, (size_t)(dash - spec), &a)) ||
        (has_b && !parse_int64(dash + 1, strlen(dash + 1), &b)) || (!has_a && !has_b) || a < 0 ||
        b < 0 || (has_a && b < a))
        return 0;
    if (!has_a) { /* the last b bytes */
        a = MAX(total - b, 0);
        b = b == 0 ? -1 : total - 1;
    }
    if (a >= total || b < a)
        return -1;
    *first = a;
    *last = MIN(b, total - 1);
    return 1;
}

static int decode_body(struct text *t, const char *body, size_t len, struct err *e)
{
    struct chunk_iter it;
    const char *element;
    size_t element_len;
    strbuf_reset(&t->decoded);
    if (chunk_iter_init(&it, body, len, e) != 0)
        return -1;
    while (chunk_iter_next(&it, &element, &element_len)) {
        struct chunk_line line;
        if (chunk_decode(element, element_len, &line, &t->decoded, e) != 0)
            return -1;
        if (!(line.flags & CHUNK_CONTINUED))
            strbuf_addc(&t->decoded, '\n');
    }
    return 0;
}

static bool send_chunk(void *arg, const struct db_result *row)
{
    struct err e;
    struct text *t = arg;
    int64_t first_byte = db_int(row, 0, 1), last_byte = db_int(row, 0, 2);
    t->rows++;
    t->next_chunk = db_int(row, 0, 0); /* it may grow meanwhile: small chunks are merged */
    if (decode_body(t, db_text(row, 0, 3), db_length(row, 0, 3), &e) != 0)
        goto fail;
    if ((int64_t)t->decoded.len != last_byte - first_byte || first_byte > t->sent) {
        err_set(&e, ERR_INTERNAL, "the chunk behind byte %lld does not hold what it says",
                (long long)first_byte);
        goto fail;
    }
    int64_t skip = t->sent - first_byte, end = MIN(last_byte, t->to) - first_byte;
    if (end > skip) {
        if (response_stream(t->c->res, t->decoded.buf + skip, (size_t)(end - skip)) != 0) {
            t->failed = true;
            return false;
        }
        t->sent += end - skip;
    }
    return t->sent < t->to;
fail:
    problem_err(&t->c->problem, &e, "log.txt");
    t->failed = true;
    return false;
}

static int stream(struct text *t)
{
    while (t->sent < t->to) {
        struct params *p = ctx_params(t->c);
        params_int(p, t->c->match.ids[0]);
        params_int(p, t->next_chunk);
        params_int(p, t->sent);
        params_int(p, CHUNKS_A_READ);
        t->rows = 0;
        alarm(ALARM_S);
        if (ctx_each(t->c, "log_text", p, send_chunk, t) != 0 || t->failed)
            return -1;
        if (t->rows == 0 && t->sent < t->to)
            return problem_set(&t->c->problem, 500, "the log ended early"); /* deleted meanwhile */
    }
    return 0;
}

int log_text_view(struct ctx *c)
{
    struct log_head head;
    struct text t = {.c = c, .next_chunk = 0, .decoded = STRBUF_INIT};
    int64_t first = 0, last, run = c->match.ids[0];
    if (logs_head(c, run, &head) != 0)
        return -1;
    last = head.bytes - 1;
    int range = log_text_range(request_param(&c->req, "HTTP_RANGE"), head.bytes, &first, &last);
    if (range < 0) {
        response_restart(c->res, 416);
        response_headerf(c->res, "Content-Range", "bytes */%lld", (long long)head.bytes);
        return 0;
    }
    c->res->status = range ? 206 : 200;
    c->res->type = "text/plain; charset=utf-8";
    response_header(c->res, "Accept-Ranges", "bytes");
    response_header(c->res, "Cache-Control", "private, no-cache");
    response_headerf(c->res, "Content-Disposition", "inline; filename=\"run-%lld.txt\"",
                     (long long)run);
    if (range)
        response_headerf(c->res, "Content-Range", "bytes %lld-%lld/%lld", (long long)first,
                         (long long)last, (long long)head.bytes);
    t.from = t.sent = first;
    t.to = last + 1;
    response_stream_begin(c->res, t.to - t.from);
    int rc = c->res->head_only ? 0 : stream(&t);
    strbuf_release(&t.decoded);
    return rc;
}
