#include "supervisor.h"

#include "append.h"
#include "ending.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* No run has this number: statements for it do nothing but make the server read and plan what a
 * run's first moments need. */
enum { NO_RUN = 0 };

static void warm_claim(struct supervisor *s)
{
    params_reset(s->params);
    params_int(s->params, NO_RUN);
    dba_query(s->db, "load_run", s->params, NULL, NULL);
    params_null(s->params);
    params_text(s->params, "");
    params_text(s->params, "{}");
    dba_query(s->db, "claim_run", s->params, NULL, NULL);
}

static void warm_append(struct supervisor *s)
{
    struct journal *j = journal_new(NO_RUN, 0, 0, 0);
    journal_line(j, CHUNK_STDOUT, "", 0, 0);
    struct batch *b = journal_take(j);
    const char *query = append_params(s->params, b, 0);
    dba_query(s->db, query, s->params, NULL, NULL);
    batch_free(b);
    journal_free(j);
}

static void warm_finish(struct supervisor *s)
{
    struct outcome o = {.event = OUTCOME_COMPLETE};
    params_reset(s->params);
    params_int(s->params, NO_RUN);
    params_int(s->params, 0);
    ending_params(s->params, &o);
    dba_query(s->db, "finish_run", s->params, NULL, NULL);
}

void supervisor_warm_up(struct supervisor *s)
{
    params_reset(s->params);
    dba_query(s->db, "rehearse", s->params, NULL, NULL);
    warm_claim(s);
    warm_append(s);
    warm_finish(s);
}

/* The command line of a spare says which run it has got. */
static void retitle(struct supervisor *s)
{
    size_t room = strlen(s->title);
    memset(s->title, 0, room);
    snprintf(s->title, room, "%lld", (long long)s->run);
}

/* One line on stdin tells the run; the end of it, that the spare is not needed. */
static void on_order(void *arg, int events)
{
    (void)events;
    struct supervisor *s = arg;
    struct err e = {0};
    char line[32];
    int64_t run = 0;
    ssize_t n = read(STDIN_FILENO, line, sizeof(line));
    if (n < 0 && errno == EINTR)
        return;
    loop_io_free(s->orders);
    s->orders = NULL;
    if (n <= 1 || !parse_int64(line, (size_t)n - 1, &run) || run < 1) {
        supervisor_leave(s, 0);
        return;
    }
    if (supervisor_take_run(s, run, &e) != 0) {
        log_error("%s", e.text);
        supervisor_leave(s, 1);
        return;
    }
    retitle(s);
}

void supervisor_stand_by(struct supervisor *s)
{
    s->orders = loop_io_new(s->loop, STDIN_FILENO, LOOP_READ, on_order, s);
}
