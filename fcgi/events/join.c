#include "join.h"

#include "auth.h"
#include "clients.h"
#include "heads.h"
#include "metrics.h"
#include "stream.h"
#include "wait.h"

#include <stdlib.h>
#include <string.h>

/* The parameters that are read, by name; the strings live in the caller's array. */
struct params_read {
    char *method, *path, *query, *last_id, *authorization, *cookie;
};

static struct request_text text_of(const char *s)
{
    return (struct request_text){s ? s : "", s ? strlen(s) : 0};
}

/* The path without its query: as nginx has made it plain, else as it was asked for. */
static char *path_of(const struct client *c)
{
    char *path = client_param(c, "DOCUMENT_URI");
    if (path)
        return path;
    path = client_param(c, "REQUEST_URI");
    if (path)
        path[strcspn(path, "?")] = '\0';
    return path;
}

static void read_params(const struct client *c, struct params_read *p)
{
    p->method = client_param(c, "REQUEST_METHOD");
    p->path = path_of(c);
    p->query = client_param(c, "QUERY_STRING");
    p->last_id = client_param(c, "HTTP_LAST_EVENT_ID");
    p->authorization = client_param(c, "HTTP_AUTHORIZATION");
    p->cookie = client_param(c, "HTTP_COOKIE");
}

static void free_params(struct params_read *p)
{
    free(p->method);
    free(p->path);
    free(p->query);
    free(p->last_id);
    free(p->authorization);
    free(p->cookie);
}

/* A bad request is told so only when it is known who asks. */
static void refuse_later(struct client *c, int status, const struct err *why)
{
    c->request->count = 0;
    c->refusal = xmalloc(sizeof(*c->refusal));
    *c->refusal = (struct refusal){status, *why};
}

/* Asks where its runs stand, once it is known who asks: a stranger makes no run watched. */
static void ask_runs(struct client *c)
{
    struct hub *h = c->hub;
    c->asked = true;
    for (int i = 0; i < c->request->count; i++) {
        struct run *run = runs_get(&h->runs, c->request->runs[i].run, loop_now(h->loop));
        run->recheck = true;
        if (run->state == RUN_GONE && list_linked(&run->idle))
            run->state = RUN_ASKED; /* it was asked for before it was there */
    }
    c->heads_round = c->request->count ? heads_soon(h->heads) : 0;
}

static void refuse_newcomer(struct client *c)
{
    static const struct err full = {.code = ERR_LIMIT, .text = "too many streams are open"};
    c->hub->stats.refused++;
    client_problem(c, 503, &full);
}

void join_begin(struct client *c)
{
    static const struct err leaving = {.code = ERR_UNAVAILABLE,
                                       .text = "the server restarts: try again soon"};
    static const struct err nobody = {.code = ERR_DENIED, .text = "log in first"};
    static const struct err large = {.code = ERR_LIMIT,
                                     .text = "cookies, address and headers are too large together"};
    struct params_read p;
    struct secret_offer offer;
    struct err e = {0};
    if (c->in.too_large) {
        client_problem(c, 431, &large);
        return;
    }
    read_params(c, &p);
    struct request_input in = {text_of(p.method), text_of(p.path), text_of(p.query),
                               text_of(p.last_id)};
    secret_from_headers(p.authorization, p.cookie, c->hub->conf->cookie, &offer);
    c->request = xcalloc(1, sizeof(*c->request));
    int status = request_parse(&in, c->request, &e);
    c->kind = c->request->kind;
    if (c->request->framed)
        c->wait_frame = xstrdup(p.query ? p.query : "");
    if (offer.kind == SECRET_NONE) {
        client_problem(c, 401, &nobody);
    } else if (c->hub->leaving) {
        client_problem(c, 503, &leaving);
    } else if (c->kind != REQUEST_METRICS && !clients_have_room(c->hub->clients)) {
        refuse_newcomer(c);
    } else {
        if (status)
            refuse_later(c, status, &e);
        c->state = CLIENT_JOINING;
        auth_join(c->hub->auth, c, &offer);
    }
    free_params(&p);
}

/* A run that is not there: a returning reader of many is told that it was deleted, everybody else
 * 404. */
static bool check_runs(struct client *c)
{
    const struct request *r = c->request;
    struct err e;
    for (int i = 0; i < r->count; i++) {
        const struct run *run = runs_find(&c->hub->runs, r->runs[i].run);
        bool begun = r->returning || r->runs[i].at.line || r->runs[i].at.record;
        if (run && (run->state != RUN_GONE || (c->kind == REQUEST_MANY && begun)))
            continue;
        err_set(&e, ERR_NOT_FOUND, "there is no run %lld", (long long)r->runs[i].run);
        client_problem(c, 404, &e);
        return false;
    }
    return true;
}

/* Nothing is left to be told on a stream of one run: it has ended and the reader has seen its end.
 */
static bool is_over(const struct client *c)
{
    const struct request *r = c->request;
    if (c->kind != REQUEST_RUN)
        return false;
    const struct run *run = runs_find(&c->hub->runs, r->runs[0].run);
    struct cursor at = stream_start(run, r->runs[0].at, r->at_end);
    return run->state == RUN_ENDED && cursor_compare(at, run->head) == 0;
}

static void open_metrics(struct client *c)
{
    static const struct err denied = {.code = ERR_DENIED, .text = "only for administrators"};
    if (auth_is_admin(c))
        metrics_answer(c);
    else
        client_problem(c, 403, &denied);
}

void join_step(struct client *c)
{
    if (c->state != CLIENT_JOINING || !c->passed)
        return;
    if (!c->asked)
        ask_runs(c);
    if (c->heads_round > heads_done(c->hub->heads))
        return;
    if (c->refusal)
        client_problem(c, c->refusal->status, &c->refusal->why);
    else if (c->kind == REQUEST_METRICS)
        open_metrics(c);
    else if (!check_runs(c))
        return;
    else if (!clients_have_room(c->hub->clients))
        refuse_newcomer(c); /* others have come in meanwhile */
    else if (c->kind == REQUEST_WAIT)
        wait_begin(c, c->request);
    else if (is_over(c))
        client_answer(c, 204, NULL, NULL, "", 0);
    else
        stream_open(c, c->request);
    free(c->request);
    c->request = NULL;
}
