#include "enroll.h"

#include "io.h"
#include "log.h"
#include "params.h"
#include "rundir.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ID_FILE_MAX = 64 };

struct enroll {
    struct dba *db;
    const struct daemon_options *options;
    struct enroll_events events;
    struct params *params;
    struct loop_timer *beat;
    char *id_file;
    int64_t runner, earlier; /* our row; the one of the daemon before us */
    loop_cb *left;
    void *left_arg;
};

static int64_t read_id(const char *path)
{
    struct strbuf text = STRBUF_INIT;
    int64_t id = 0;
    if (io_read_file(path, ID_FILE_MAX, &text, NULL) == 0 && !parse_int64(text.buf, text.len, &id))
        id = 0;
    strbuf_release(&text);
    return id;
}

static void write_id(const char *path, int64_t id)
{
    struct err e = {0};
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)id);
    if (io_write_file(path, text, (size_t)len, 0600, &e) != 0)
        log_warn("%s", e.text);
}

static bool fits_database(const struct enroll *n, int64_t connections)
{
    int64_t room = connections - ENROLL_KEPT, jobs = n->options->conf->jobs;
    if (jobs <= room)
        return true;
    if (n->options->jobs_given)
        log_error("--jobs %lld is more than the database can hold: it takes %lld connections, each "
                  "run needs one and %d are kept; use --jobs %lld or raise max_connections",
                  (long long)jobs, (long long)connections, ENROLL_KEPT, (long long)MAX(room, 1));
    else
        log_warn("the database takes %lld connections, fewer than %lld jobs may need",
                 (long long)connections, (long long)jobs);
    return !n->options->jobs_given;
}

static void on_registered(void *arg, const struct db_result *r, const struct err *e)
{
    struct enroll *n = arg;
    if (!r || db_rows(r) == 0) {
        if (r || e->code != ERR_UNAVAILABLE)
            log_error("cannot register: %s", r ? "the database gave no row" : e->text);
        return; /* the next heartbeat tries again */
    }
    if (!fits_database(n, db_int(r, 0, 1))) {
        n->events.refused(n->events.arg);
        return;
    }
    n->runner = db_int(r, 0, 0);
    if (n->runner != n->earlier)
        write_id(n->id_file, n->runner);
    n->earlier = n->runner;
    n->events.enrolled(n->events.arg, n->runner);
}

static void read_boot_id(char *out, size_t size)
{
    struct strbuf text = STRBUF_INIT;
    *out = '\0';
    if (io_read_file("/proc/sys/kernel/random/boot_id", ID_FILE_MAX, &text, NULL) == 0)
        snprintf(out, size, "%.*s", (int)strcspn(text.buf, "\n"), text.buf);
    strbuf_release(&text);
}

void enroll_up(struct enroll *n)
{
    char host[256], boot[64];
    rundir_host(host);
    read_boot_id(boot, sizeof(boot));
    params_reset(n->params);
    params_int(n->params, n->earlier);
    params_text(n->params, host);
    params_text(n->params, boot);
    params_int(n->params, getpid());
    params_text(n->params, ATHANOR_VERSION);
    params_int(n->params, n->options->conf->jobs);
    params_bool(n->params, !n->runner);
    dba_query(n->db, "register", n->params, on_registered, n);
}

static void on_beat_answer(void *arg, const struct db_result *r, const struct err *e)
{
    (void)e;
    if (r && db_rows(r) == 0) /* somebody removed our row */
        enroll_up(arg);
}

static void on_beat(void *arg)
{
    struct enroll *n = arg;
    if (!dba_is_up(n->db))
        return;
    if (!n->runner) {
        enroll_up(n);
        return;
    }
    params_reset(n->params);
    params_int(n->params, n->runner);
    dba_query(n->db, "runner_heartbeat", n->params, on_beat_answer, n);
}

struct enroll *enroll_new(struct loop *l, struct dba *db, const struct daemon_options *options,
                          const struct enroll_events *events)
{
    struct enroll *n = xcalloc(1, sizeof(*n));
    n->db = db;
    n->options = options;
    n->events = *events;
    n->params = params_new();
    n->id_file = xasprintf("%s/%s.id", options->conf->state, options->once ? "once" : "runner");
    n->earlier = read_id(n->id_file);
    n->beat = loop_timer_new(l, on_beat, n);
    loop_timer_start(n->beat, ENROLL_BEAT_MS, ENROLL_BEAT_MS);
    return n;
}

void enroll_free(struct enroll *n)
{
    if (!n)
        return;
    loop_timer_free(n->beat);
    params_free(n->params);
    free(n->id_file);
    free(n);
}

int64_t enroll_runner(const struct enroll *n)
{
    return n->runner;
}

static void on_left(void *arg, const struct db_result *r, const struct err *e)
{
    (void)r;
    (void)e;
    struct enroll *n = arg;
    n->left(n->left_arg);
}

bool enroll_leave(struct enroll *n, loop_cb *done, void *arg)
{
    if (!n->runner || !dba_is_up(n->db))
        return false;
    n->left = done;
    n->left_arg = arg;
    params_reset(n->params);
    params_int(n->params, n->runner);
    dba_query(n->db, "unregister", n->params, on_left, n);
    return true;
}
