#include "log_lines.h"

#include "api.h"
#include "log_match.h"
#include "logs.h"

enum { LOOK_EVERY = 16, BLOCKS_MAX = 20000, PAGE_BYTES = 2 * 1024 * 1024 };

struct lines {
    struct ctx *c;
    struct log_match match;
    int64_t after, before; /* lines looked at: after < n < before */
    int64_t skip, limit;   /* of the matches, these are not, and at most so many are sent */
    int64_t block;         /* 0: nothing is counted, and the end of the page is the end */
    int64_t at, count;     /* the block being counted */
    int64_t total, taken, chunks;
    struct strbuf counts, text;
    bool full, failed;
};

static void put_count(struct lines *l)
{
    if (l->count == 0)
        return;
    strbuf_addf(&l->counts, "%s[%lld,%lld]", l->counts.len ? "," : "", (long long)l->at,
                (long long)l->count);
    l->count = 0;
}

static void count(struct lines *l, int64_t line, int64_t n)
{
    int64_t at = l->block ? (line - 1) / l->block : 0;
    l->total += n;
    if (at != l->at)
        put_count(l);
    l->at = at;
    l->count += n;
}

static bool take(void *arg, int64_t line, const char *element, size_t len)
{
    struct lines *l = arg;
    if (line <= l->after)
        return true;
    if (line >= l->before)
        return false;
    count(l, line, 1);
    if (l->total > l->skip && !l->full) {
        l->full = l->taken == l->limit || (l->taken > 0 && l->text.len + len > PAGE_BYTES);
        if (l->full)
            return l->block > 0;
        strbuf_adds(&l->text, l->taken++ ? ",\t[" : "[");
        strbuf_add_int(&l->text, line);
        strbuf_addc(&l->text, ',');
        strbuf_add(&l->text, element + 1, len - 1);
    }
    return true;
}

static bool scan_chunk(void *arg, const struct db_result *row)
{
    struct err e;
    struct lines *l = arg;
    if (++l->chunks % LOOK_EVERY == 0 && gateway_hung_up(l->c->req.gateway)) {
        err_set(&e, ERR_TIMEOUT, "the client has gone");
        goto fail;
    }
    if (db_is_null(row, 0, 2)) {
        count(l, db_int(row, 0, 0), db_int(row, 0, 1));
        return true;
    }
    if (log_match_chunk(&l->match, db_text(row, 0, 2), db_length(row, 0, 2), take, l, &e) != 0)
        goto fail;
    return l->block > 0 || !l->full;
fail:
    problem_err(&l->c->problem, &e, "a log chunk");
    l->failed = true;
    return false;
}

static int scan(struct lines *l)
{
    bool unread = l->block > 0 && l->limit == 0 && !l->match.has_needle;
    struct params *p = ctx_params(l->c);
    params_int(p, l->c->match.ids[0]);
    params_int(p, l->match.level);
    params_int(p, l->after);
    params_int(p, l->before);
    params_int(p, unread ? l->block : 0);
    return ctx_each(l->c, "log_lines", p, scan_chunk, l) != 0 || l->failed ? -1 : 0;
}

static void put_answer(struct lines *l, int64_t to)
{
    struct strbuf *out = &l->c->res->body;
    put_count(l);
    strbuf_addf(out, "{\"to\":%lld,", (long long)to);
    if (l->block) {
        strbuf_addf(out, "\"total\":%lld,\"counts\":[", (long long)l->total);
        strbuf_add(out, l->counts.buf, l->counts.len);
        strbuf_adds(out, "],");
    }
    strbuf_adds(out, "\"lines\":[");
    strbuf_add(out, l->text.buf, l->text.len);
    strbuf_adds(out, "]}");
}

static int answer(struct lines *l)
{
    struct log_head head;
    if (logs_head(l->c, l->c->match.ids[0], &head) != 0)
        return -1;
    l->before = MIN(l->before, head.lines + 1);
    int64_t to = l->before - 1;
    if (l->block && (l->before - l->after) / l->block > BLOCKS_MAX)
        return problem_field(&l->c->problem, 400, "block",
                             "a log of so many lines needs larger blocks: it may have %d",
                             BLOCKS_MAX);
    if (!l->block && l->match.level == 0 && !l->match.has_needle) /* known in advance */
        l->before = MIN(l->before, l->after + l->skip + l->limit + 1);
    if (l->after + 1 < l->before && scan(l) != 0)
        return -1;
    put_answer(l, to);
    return api_json(l->c);
}

int log_lines_view(struct ctx *c)
{
    struct lines l = {.c = c,
                      .after = api_int(c, "after"),
                      .before = api_int(c, "before"),
                      .skip = api_int(c, "skip"),
                      .limit = api_int(c, "limit"),
                      .block = api_int(c, "block"),
                      .counts = STRBUF_INIT,
                      .text = STRBUF_INIT};
    const char *level, *q;
    if (logs_filter(c, &level, &q) != 0)
        return -1;
    log_match_init(&l.match, level, q);
    int rc = answer(&l);
    log_match_release(&l.match);
    strbuf_release(&l.counts);
    strbuf_release(&l.text);
    return rc;
}
