#include "log_ndjson.h"

#include "chunk.h"
#include "json.h"
#include "logs.h"

#include <unistd.h>

enum { LINES_A_READ = 20000, ALARM_S = 330 };

static const char *const sources[] = {"stdout", "stderr", "message"};

struct ndjson {
    struct ctx *c;
    int64_t next, last; /* lines to send */
    struct strbuf text, out;
    bool failed;
};

static void put_line(struct strbuf *out, int64_t n, const struct chunk_line *line)
{
    strbuf_adds(out, "{\"n\":");
    strbuf_add_int(out, n);
    strbuf_adds(out, ",\"ms\":");
    strbuf_add_int(out, line->ms);
    strbuf_addf(out,
                ",\"level\":\"%s\",\"source\":\"%s\",\"text\":", chunk_level_names[line->level],
                sources[line->source]);
    json_put_string(out, line->text, line->text_len);
    if (line->metadata) {
        strbuf_adds(out, ",\"metadata\":");
        strbuf_add(out, line->metadata, line->metadata_len);
    }
    strbuf_adds(out, line->flags & CHUNK_CONTINUED ? ",\"continued\":true}\n" : "}\n");
}

static int put_chunk(struct ndjson *d, const char *body, size_t len, struct err *e)
{
    struct chunk_iter it;
    const char *element;
    size_t element_len;
    if (chunk_iter_init(&it, body, len, e) != 0)
        return -1;
    while (chunk_iter_next(&it, &element, &element_len)) {
        struct chunk_line line;
        if (it.line < d->next)
            continue;
        if (it.line > d->last)
            break;
        strbuf_reset(&d->text);
        if (chunk_decode(element, element_len, &line, &d->text, e) != 0)
            return -1;
        put_line(&d->out, it.line, &line);
        d->next = it.line + 1;
    }
    return 0;
}

static bool send_chunk(void *arg, const struct db_result *row)
{
    struct err e;
    struct ndjson *d = arg;
    strbuf_reset(&d->out);
    if (put_chunk(d, db_text(row, 0, 2), db_length(row, 0, 2), &e) != 0) {
        problem_err(&d->c->problem, &e, "log.ndjson");
        d->failed = true;
    } else {
        d->failed = response_stream(d->c->res, d->out.buf, d->out.len) != 0;
    }
    return !d->failed;
}

static int stream(struct ndjson *d)
{
    while (d->next <= d->last) {
        int64_t from = d->next;
        struct params *p = ctx_params(d->c);
        params_int(p, d->c->match.ids[0]);
        params_int(p, from);
        params_int(p, MIN(d->last, from + LINES_A_READ - 1));
        alarm(ALARM_S);
        if (ctx_each(d->c, "log_chunks", p, send_chunk, d) != 0 || d->failed)
            return -1;
        if (d->next == from) /* deleted meanwhile */
            return problem_set(&d->c->problem, 500, "the log ended early");
    }
    return 0;
}

int log_ndjson_view(struct ctx *c)
{
    struct log_head head;
    struct ndjson d = {.c = c, .next = 1, .text = STRBUF_INIT, .out = STRBUF_INIT};
    if (logs_head(c, c->match.ids[0], &head) != 0)
        return -1;
    d.last = head.lines;
    c->res->type = "application/x-ndjson; charset=utf-8";
    response_header(c->res, "Cache-Control", "private, no-cache");
    response_headerf(c->res, "Content-Disposition", "attachment; filename=\"run-%lld.ndjson\"",
                     (long long)c->match.ids[0]);
    response_stream_begin(c->res, -1);
    int rc = c->res->head_only ? 0 : stream(&d);
    strbuf_release(&d.text);
    strbuf_release(&d.out);
    return rc;
}
