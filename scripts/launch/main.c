/*
 * athanor-launch - keeps the programs of one site running in the foreground.
 *
 *     athanor-launch TABLE                     runs the site that the table tells of (table.h)
 *     athanor-launch --control SOCKET COMMAND  asks a running one (control.h)
 *
 * SIGINT, SIGTERM and SIGHUP end the site in order. Exit status 0 when it was ended so, 1 when it
 * could not be started, 2 for a bad call.
 */
#include "control.h"
#include "leftover.h"
#include "output.h"
#include "site.h"
#include "table.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { LEFTOVER_PATIENCE_MS = 3000 };

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

static int complain(const struct err *e)
{
    fprintf(stderr, "athanor: %s\n", e->text);
    return 1;
}

/* What this process was started with stays here: no program inherits a lock, a port below 1024 or a
 * descriptor. */
static int keep_to_ourselves(const struct table *t, struct err *e)
{
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
        return err_errno(e, "cannot mark descriptors");
    if (t->lock_fd >= 0 && fcntl(t->lock_fd, F_GETFD) < 0)
        return err_errno(e, "the lock's descriptor %d", t->lock_fd);
    (void)signal(SIGPIPE, SIG_IGN);
    return 0;
}

static int width_of(const struct table *t)
{
    size_t width = strlen("athanor");
    for (int i = 0; i < t->count; i++)
        width = MAX(width, strlen(t->programs[i].name));
    return (int)width;
}

static int on_leftovers(const struct table *t, struct terminal *terminal, struct err *e)
{
    int found = leftover_end(t->state, LEFTOVER_PATIENCE_MS, e);
    if (found < 0)
        return -1;
    if (found > 0) {
        char text[96];
        snprintf(text, sizeof(text),
                 "ended %d processes that an earlier, killed launcher left behind", found);
        terminal_line(terminal, "athanor", text, strlen(text));
    }
    return 0;
}

static void on_end_signal(void *arg)
{
    site_stop(arg, 0);
}

static int run(const struct table *t)
{
    struct err e = {0};
    struct terminal terminal = {.fd = STDOUT_FILENO, .width = width_of(t)};
    struct loop_signal *signals[ARRAY_LEN(ending_signals)] = {0};
    struct control *control = NULL;
    struct site site = {0};
    int status = 1;
    struct loop *l = loop_new();

    if (keep_to_ourselves(t, &e) < 0 || on_leftovers(t, &terminal, &e) < 0 ||
        site_init(&site, t, l, &terminal, &e) < 0)
        goto out;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (t->control && !(control = control_new(l, &site, t->control, &e)))
        goto out;
    for (size_t i = 0; i < ARRAY_LEN(ending_signals); i++)
        signals[i] = loop_signal_new(l, ending_signals[i], on_end_signal, &site);
    site_start(&site);
    if (site.phase != SITE_ENDED)
        loop_run(l);
    status = site.exit_status;
out:
    if (e.code != ERR_NONE)
        complain(&e);
    control_free(control);
    for (size_t i = 0; i < ARRAY_LEN(ending_signals); i++) {
        if (signals[i])
            loop_signal_free(signals[i]);
    }
    site_release(&site);
    loop_free(l);
    return status;
}

static int ask(const char *path, char **words, int count)
{
    struct err e = {0};
    struct strbuf line = STRBUF_INIT, answer = STRBUF_INIT;
    for (int i = 0; i < count; i++)
        strbuf_addf(&line, "%s%s", i ? " " : "", words[i]);
    int rc = control_ask(path, line.buf, &answer, &e);
    if (rc == 0)
        fputs(answer.buf, stdout);
    int status = rc < 0 ? complain(&e) : strncmp(answer.buf, "error", 5) == 0;
    strbuf_release(&line);
    strbuf_release(&answer);
    return status;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    if (argc >= 4 && strcmp(argv[1], "--control") == 0)
        return ask(argv[2], argv + 3, argc - 3);
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: athanor-launch TABLE | athanor-launch --control SOCKET COMMAND\n");
        return 2;
    }
    struct table *t = table_load(argv[1], &e);
    if (!t)
        return complain(&e);
    int status = run(t);
    table_free(t);
    return status;
}
