#include "wait.h"

#include "clients.h"
#include "log.h"

#include <stdlib.h>

enum { ROWS_A_QUERY = 256 };

/* Clients in `wanting` and `asked` are linked by of_many, which streams of many runs alone use
 * else. */
struct waits {
    struct hub *hub;
    struct link wanting; /* their time has come, their row is not asked for yet */
    struct link asked;   /* in the query under way */
    bool in_flight;
};

struct waits *waits_new(struct hub *h)
{
    struct waits *w = xcalloc(1, sizeof(*w));
    w->hub = h;
    list_init(&w->wanting);
    list_init(&w->asked);
    return w;
}

void waits_free(struct waits *w)
{
    free(w);
}

static void answer_row(struct client *c, const char *row, size_t len)
{
    struct strbuf framed = STRBUF_INIT;
    if (!c->wait_frame) {
        client_answer(c, 200, "application/json", NULL, row, len);
        return;
    }
    request_put_framed(&framed, c->wait_frame, row, len);
    client_answer(c, 200, "application/json", NULL, framed.buf, framed.len);
    strbuf_release(&framed);
}

static void answer(struct client *c, const struct db_result *r)
{
    static const struct err deleted = {.code = ERR_NOT_FOUND, .text = "the run was deleted"};
    for (int64_t i = 0; i < db_rows(r); i++) {
        if (db_int(r, i, 0) != c->wait_run)
            continue;
        answer_row(c, db_text(r, i, 1), db_length(r, i, 1));
        return;
    }
    client_problem(c, 404, &deleted);
}

static void on_rows(void *arg, const struct db_result *r, const struct err *e)
{
    struct waits *w = arg;
    w->in_flight = false;
    if (!r) {
        log_debug("rows of runs could not be read: %s", e->text);
        list_splice(&w->wanting, &w->asked);
        return;
    }
    for (struct link *l; (l = list_shift(&w->asked));)
        answer(list_item(l, struct client, of_many), r);
    waits_retry(w);
}

void waits_retry(struct waits *w)
{
    int64_t ids[ROWS_A_QUERY];
    size_t count = 0;
    if (w->in_flight || list_empty(&w->wanting) || !dba_is_up(w->hub->db))
        return;
    for (struct link *l; count < ROWS_A_QUERY && (l = list_shift(&w->wanting));) {
        list_append(&w->asked, l);
        ids[count++] = list_item(l, struct client, of_many)->wait_run;
    }
    w->in_flight = true;
    struct params *p = params_new();
    params_int_array(p, ids, count);
    dba_query(w->hub->db, "rows", p, on_rows, w);
    params_free(p);
}

static void want_row(struct client *c)
{
    struct waits *w = c->hub->waits;
    if (list_linked(&c->of_many))
        return;
    list_append(&w->wanting, &c->of_many);
    waits_retry(w);
}

static void on_timeout(void *arg)
{
    want_row(arg);
}

void wait_begin(struct client *c, const struct request *r)
{
    struct run *run = runs_find(&c->hub->runs, r->runs[0].run);
    c->wait_run = run->id;
    c->state = CLIENT_WAITING;
    clients_settle(c->hub->clients, c);
    list_append(&run->waits, &c->of_run);
    runs_keep(run);
    if (run->state == RUN_ENDED || r->timeout_s == 0) {
        want_row(c);
        return;
    }
    c->timer = loop_timer_new(c->hub->loop, on_timeout, c);
    loop_timer_start(c->timer, r->timeout_s * 1000, 0);
}

void wait_leave(struct client *c)
{
    loop_timer_free(c->timer);
    c->timer = NULL;
    free(c->wait_frame);
    c->wait_frame = NULL;
    if (!list_linked(&c->of_run))
        return;
    list_remove(&c->of_run);
    struct run *run = runs_find(&c->hub->runs, c->wait_run);
    if (run)
        runs_leave(&c->hub->runs, run, loop_now(c->hub->loop));
}

void waits_run_ended(struct waits *w, struct run *run)
{
    (void)w;
    list_each(at, &run->waits) want_row(list_item(at, struct client, of_run));
}
