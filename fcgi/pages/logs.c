#include "logs.h"

#include "api.h"
#include "chunk.h"
#include "log.h"
#include "log_match.h"
#include "log_search.h"

#include <stdlib.h>
#include <string.h>

int logs_head(struct ctx *c, int64_t run, struct log_head *out)
{
    struct params *p = ctx_params(c);
    params_int(p, run);
    struct db_result *r = ctx_query(c, "log_head", p);
    if (!r)
        return -1;
    if (db_rows(r) == 0) {
        db_result_free(r);
        return problem_set(&c->problem, 404, "there is no run %lld", (long long)run);
    }
    out->lines = db_int(r, 0, 0);
    out->bytes = db_int(r, 0, 1);
    for (int i = 0; i < 4; i++)
        out->counts[i] = db_int(r, 0, 2 + i);
    db_result_free(r);
    return 0;
}

int logs_filter(struct ctx *c, const char **level, const char **q)
{
    *level = request_query(&c->req, "level");
    *q = request_query(&c->req, "q");
    return *q && strlen(*q) > LOG_NEEDLE_MAX
               ? problem_field(&c->problem, 400, "q", "a search holds at most %d bytes",
                               LOG_NEEDLE_MAX)
               : 0;
}

/* One chunk of the answer; where pieces were collected backwards they are written in reverse. */
struct piece {
    size_t at, len;
};

struct cut {
    struct ctx *c;
    int64_t from, to;    /* lines wanted */
    int64_t first, last; /* lines taken; last < first: none */
    struct strbuf text;
    struct piece *pieces;
    size_t count, cap;
    bool failed;
};

static bool add_chunk(void *arg, const struct db_result *row)
{
    struct err e;
    struct cut *cut = arg;
    int64_t first = MAX(db_int(row, 0, 0), cut->from), last = MIN(db_int(row, 0, 1), cut->to);
    size_t at = cut->text.len;
    if (first > last)
        return true;
    if (chunk_slice(db_text(row, 0, 2), db_length(row, 0, 2), first, last, &cut->text, &e) < 0) {
        problem_err(&cut->c->problem, &e, "a log chunk");
        cut->failed = true;
        return false;
    }
    if (cut->count == cut->cap) {
        cut->cap = cut->cap ? cut->cap * 2 : 16;
        cut->pieces = xreallocarray(cut->pieces, cut->cap, sizeof(*cut->pieces));
    }
    cut->pieces[cut->count++] = (struct piece){at, cut->text.len - at};
    cut->first = cut->last < cut->first ? first : MIN(cut->first, first);
    cut->last = MAX(cut->last, last);
    return cut->text.len < API_PAGE_BYTES;
}

static void put_chunks(struct ctx *c, const struct cut *cut, const struct log_window *w,
                       int64_t total)
{
    struct strbuf *out = &c->res->body;
    bool any = cut->last >= cut->first;
    strbuf_addf(out, "{\"total\":%lld,\"next\":", (long long)total);
    if (any && w->back && cut->first > w->after + 1)
        strbuf_add_int(out, cut->first);
    else if (any && !w->back && cut->last < MIN(total, w->before - 1))
        strbuf_add_int(out, cut->last);
    else
        strbuf_adds(out, "null");
    strbuf_adds(out, ",\"chunks\":[");
    for (size_t i = 0; i < cut->count; i++) {
        const struct piece *p = &cut->pieces[w->back ? cut->count - 1 - i : i];
        if (i)
            strbuf_addc(out, ',');
        strbuf_add(out, cut->text.buf + p->at, p->len);
    }
    strbuf_adds(out, "]}");
}

static int view_chunks(struct ctx *c, const struct log_window *w)
{
    struct log_head head;
    int64_t run = c->match.ids[0];
    struct cut cut = {.c = c, .text = STRBUF_INIT, .first = 1, .last = 0};
    int rc = 0;
    if (logs_head(c, run, &head) != 0)
        return -1;
    int64_t low = w->after + 1, high = MIN(head.lines, w->before - 1);
    cut.from = w->back ? MAX(low, high - w->limit + 1) : low;
    cut.to = w->back ? high : MIN(high, low + w->limit - 1);
    if (cut.from <= cut.to) {
        struct params *p = ctx_params(c);
        params_int(p, run);
        params_int(p, cut.from);
        params_int(p, cut.to);
        rc = ctx_each(c, w->back ? "log_chunks_back" : "log_chunks", p, add_chunk, &cut);
        if (cut.failed)
            rc = -1;
    }
    if (rc == 0)
        put_chunks(c, &cut, w, head.lines);
    strbuf_release(&cut.text);
    free(cut.pieces);
    return rc == 0 ? api_json(c) : -1;
}

int logs_view(struct ctx *c)
{
    const char *level, *q;
    if (logs_filter(c, &level, &q) != 0)
        return -1;
    /* Only `before`: the lines next to it are wanted, not the first of the log. */
    struct log_window w = {.after = api_int(c, "after"),
                           .before = api_int(c, "before"),
                           .limit = api_int(c, "limit"),
                           .back = request_query(&c->req, "before") &&
                                   !request_query(&c->req, "after")};
    return level || q ? log_search_view(c, &w, level, q) : view_chunks(c, &w);
}
