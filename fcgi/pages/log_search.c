#include "log_search.h"

#include "api.h"
#include "chunk.h"
#include "log_match.h"

#include <stdlib.h>
#include <string.h>

enum { MATCHES_MAX = 1000, LOOK_EVERY = 16 };

struct search {
    struct ctx *c;
    struct log_window window;
    struct log_match match;
    int64_t total; /* matches in the chunks seen */
    /* The window's matches, each as it will be sent: a ring, from `head` on. */
    struct strbuf *ring;
    int64_t *lines;
    size_t limit, head, count, bytes;
    bool more; /* there are matches beyond the window */
    size_t chunks;
    bool failed;
};

static void drop_oldest(struct search *s)
{
    s->bytes -= s->ring[s->head].len;
    s->head = (s->head + 1) % s->limit;
    s->count--;
    s->more = true;
}

static void keep(struct search *s, int64_t line, const char *element, size_t len)
{
    if (line <= s->window.after || line >= s->window.before)
        return;
    bool full = s->count == s->limit || (s->count && s->bytes + len > API_PAGE_BYTES);
    if (full && !s->window.back) {
        s->more = true;
        s->window.before = 0; /* nothing behind this one either */
        return;
    }
    while (s->count == s->limit || (s->count && s->bytes + len > API_PAGE_BYTES))
        drop_oldest(s);
    size_t at = (s->head + s->count++) % s->limit;
    struct strbuf *slot = &s->ring[at];
    s->lines[at] = line;
    strbuf_reset(slot);
    strbuf_addc(slot, '[');
    strbuf_add_int(slot, line);
    strbuf_addc(slot, ',');
    strbuf_add(slot, element + 1, len - 1);
    s->bytes += slot->len;
}

static bool take(void *arg, int64_t line, const char *element, size_t len)
{
    struct search *s = arg;
    s->total++;
    keep(s, line, element, len);
    return true;
}

static bool fail(struct search *s, const struct err *e)
{
    problem_err(&s->c->problem, e, "a log chunk");
    s->failed = true;
    return false;
}

static bool scan_chunk(void *arg, const struct db_result *row)
{
    struct err e;
    struct search *s = arg;
    if (++s->chunks % LOOK_EVERY == 0 && gateway_hung_up(s->c->req.gateway)) {
        err_set(&e, ERR_TIMEOUT, "the client has gone");
        return fail(s, &e);
    }
    if (log_match_chunk(&s->match, db_text(row, 0, 0), db_length(row, 0, 0), take, s, &e) != 0)
        return fail(s, &e);
    return true;
}

/* Reads the whole log but for chunks whose counts by level rule them out. */
static int scan_all(struct search *s)
{
    struct params *p = ctx_params(s->c);
    params_int(p, s->c->match.ids[0]);
    params_int(p, s->match.level);
    return ctx_each(s->c, "log_search", p, scan_chunk, s);
}

/* Reads only the chunks that hold the window's marks; the total is known. */
static int scan_marked(struct search *s, const struct log_head *head)
{
    struct params *p = ctx_params(s->c);
    params_int(p, s->c->match.ids[0]);
    params_int(p, s->match.level);
    params_int(p, s->window.after);
    params_int(p, s->window.before);
    params_int(p, (int64_t)s->limit + 1);
    int rc = ctx_each(s->c, s->window.back ? "log_marked_back" : "log_marked", p, scan_chunk, s);
    s->total =
        head->counts[CHUNK_ERROR] + (s->match.level == CHUNK_WARN ? head->counts[CHUNK_WARN] : 0);
    return rc;
}

static void put_answer(struct search *s)
{
    struct strbuf *out = &s->c->res->body;
    strbuf_addf(out, "{\"total\":%lld,\"next\":", (long long)s->total);
    if (s->more && s->count)
        strbuf_add_int(out,
                       s->lines[s->window.back ? s->head : (s->head + s->count - 1) % s->limit]);
    else
        strbuf_adds(out, "null");
    strbuf_adds(out, ",\"lines\":[");
    for (size_t i = 0; i < s->count; i++) {
        const struct strbuf *slot = &s->ring[(s->head + i) % s->limit];
        if (i)
            strbuf_addc(out, ',');
        strbuf_add(out, slot->buf, slot->len);
    }
    strbuf_adds(out, "]}");
}

static int run_search(struct search *s)
{
    struct log_head head;
    if (logs_head(s->c, s->c->match.ids[0], &head) != 0)
        return -1;
    int rc =
        s->match.level >= CHUNK_WARN && !s->match.has_needle ? scan_marked(s, &head) : scan_all(s);
    return rc != 0 || s->failed ? -1 : 0;
}

int log_search_view(struct ctx *c, const struct log_window *w, const char *level, const char *q)
{
    struct search s = {.c = c, .window = *w, .limit = (size_t)MIN(w->limit, MATCHES_MAX)};
    log_match_init(&s.match, level, q);
    s.ring = xcalloc(s.limit, sizeof(*s.ring));
    s.lines = xcalloc(s.limit, sizeof(*s.lines));
    for (size_t i = 0; i < s.limit; i++)
        strbuf_init(&s.ring[i]);
    int rc = run_search(&s);
    if (rc == 0)
        put_answer(&s);
    for (size_t i = 0; i < s.limit; i++)
        strbuf_release(&s.ring[i]);
    free(s.ring);
    free(s.lines);
    log_match_release(&s.match);
    return rc == 0 ? api_json(c) : -1;
}
