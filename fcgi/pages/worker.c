#include "worker.h"

#include "ctx.h"
#include "dispatch.h"
#include "log.h"
#include "secret.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;

static void on_stop(int signo)
{
    (void)signo;
    stopping = 1;
}

/* SIGTERM is blocked but for the wait in gateway_accept, so a request at hand is always finished.
 */
static void catch_stop(void)
{
    struct sigaction sa = {.sa_handler = on_stop};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGTERM, &sa, NULL);
    sigaction(SIGINT, &sa, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void serve(struct app *app, struct gateway *g, const struct worker_setup *setup)
{
    struct err e;
    int rc;
    while ((rc = gateway_accept(g, &stopping, &e)) == 1) {
        /* The last resort when a request hangs for a reason that nothing else bounds: the worker
         * dies by the alarm, and its parent starts another. Progress on a stream arms it anew. */
        alarm((unsigned)(setup->limit_ms / 1000));
        dispatch(app, g);
        gateway_finish(g);
        alarm(0);
    }
    if (rc < 0)
        log_error("%s", e.text);
}

int worker_run(const struct worker_setup *setup)
{
    struct err e;
    char *folder = xasprintf("%s/pages", setup->conf->queries);
    const char *const folders[] = {folder, NULL};
    struct app app = {
        .conf = setup->conf,
        .templates = setup->templates,
        .static_prefix = setup->static_prefix,
        .query_folders = folders,
        .lazy = setup->lazy,
    };
    struct gateway *g = NULL;
    int status = EXIT_FAILURE;
    catch_stop();
    app.arena = arena_new();
    app.params = params_new();
    app.kept = setup->listen_fd < 0 ? NULL : kept_new();
    stamp_seen_init(&app.seen);
    response_init(&app.response);
    if (secret_init(&e) != 0)
        goto out;
    app.db = app.lazy ? NULL : db_open(setup->conf->database, folders, false, &e);
    if (!app.db && !app.lazy && e.code != ERR_UNAVAILABLE)
        goto out;
    g = setup->listen_fd < 0 ? gateway_cgi()
                             : gateway_fastcgi(setup->listen_fd, setup->first_ms, &e);
    if (!g)
        goto out;
    serve(&app, g, setup);
    status = EXIT_SUCCESS;
out:
    if (status != EXIT_SUCCESS)
        log_error("%s", e.text);
    gateway_free(g);
    db_close(app.db);
    response_release(&app.response);
    kept_free(app.kept);
    stamp_seen_release(&app.seen);
    params_free(app.params);
    arena_free(app.arena);
    free(folder);
    return status;
}
