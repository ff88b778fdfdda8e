/* A site of small shell programs: stages, tasks, deaths, the end, and what a killed launcher leaves
 * behind. */
#include "site.h"

#include "control.h"
#include "io.h"
#include "leftover.h"
#include "proc.h"
#include "sockets.h"
#include "strbuf.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { PATIENCE_MS = 60000 };

struct fixture {
    char folder[64];
    struct loop *loop;
    struct loop_timer *tick; /* so that a round of the loop ends */
    struct terminal terminal;
    struct table *table;
    struct site site;
};

static void on_tick(void *arg)
{
    (void)arg;
}

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/athanor-test-site-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    char *logs = xasprintf("%s/log", f->folder);
    assert_int_equal(io_mkdirs(logs, 0700, NULL), 0);
    free(logs);
    f->loop = loop_new();
    f->tick = loop_timer_new(f->loop, on_tick, f);
    loop_timer_start(f->tick, 5, 5);
    f->terminal = (struct terminal){.fd = open("/dev/null", O_WRONLY | O_CLOEXEC), .width = 8};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    site_release(&f->site);
    table_free(f->table);
    loop_timer_free(f->tick);
    loop_free(f->loop);
    close(f->terminal.fd);
    assert_int_equal(io_remove_tree(f->folder, NULL), 0);
    free(f);
    return 0;
}

/* Each program is `name`, TAB, a shell script, TAB, further lines of its table entry. */
static void begin(struct fixture *f, const char *const *programs, size_t count)
{
    struct err e = {0};
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "state %s\n", f->folder);
    for (size_t i = 0; i < count; i++) {
        char *copy = xstrdup(programs[i]);
        char *script = strchr(copy, '\t');
        *script++ = '\0';
        char *more = strchr(script, '\t');
        *more++ = '\0';
        strbuf_addf(&text, "program %s\narg /bin/sh\narg -c\narg %s\n%s\n", copy, script, more);
        free(copy);
    }
    f->table = table_parse(text.buf, &e);
    if (!f->table)
        fail_msg("%s in %s", e.text, text.buf);
    strbuf_release(&text);
    if (site_init(&f->site, f->table, f->loop, &f->terminal, &e) < 0)
        fail_msg("%s", e.text);
    site_start(&f->site);
}

static bool has(struct fixture *f, const char *name, struct strbuf *text)
{
    char *path = xasprintf("%s/%s", f->folder, name);
    int rc = io_read_file(path, 1 << 20, text, NULL);
    free(path);
    return rc == 0;
}

static bool file_says(struct fixture *f, const char *name, const char *wanted)
{
    struct strbuf text = STRBUF_INIT;
    bool same = has(f, name, &text) && strcmp(text.buf, wanted) == 0;
    strbuf_release(&text);
    return same;
}

#define UNTIL(f, condition)                                                                        \
    do {                                                                                           \
        int64_t until_end = clock_mono_ms() + PATIENCE_MS;                                         \
        while (!(condition)) {                                                                     \
            if (clock_mono_ms() > until_end)                                                       \
                fail_msg("not in time: %s", #condition);                                           \
            loop_run_once((f)->loop);                                                              \
        }                                                                                          \
    } while (0)

static void end(struct fixture *f)
{
    site_stop(&f->site, 0);
    UNTIL(f, f->site.phase == SITE_ENDED);
}

static bool lingering;

/* In the child, before it is anything else. */
static void linger(void)
{
    if (lingering)
        nanosleep(&(struct timespec){.tv_nsec = 200 * 1000 * 1000}, NULL);
}

static void ends_what_has_just_been_forked(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {"new\texec sleep 1000\tgrace 600"};
    struct loop_signal *ours = loop_signal_new(f->loop, SIGTERM, on_tick, f);
    assert_int_equal(pthread_atfork(NULL, NULL, linger), 0);
    lingering = true;
    begin(f, programs, ARRAY_LEN(programs));
    lingering = false;
    end(f);
    loop_signal_free(ours);
}

static void starts_and_ends_in_order(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {
        "last\ttrap 'echo -last >>order; exit' TERM; echo last >>order; while :; do sleep 0.05; "
        "done\tstage 3\nstop_stage 1",
        "first\ttrap 'echo -first >>order; exit' INT; echo first >>order; while :; do sleep 0.05; "
        "done"
        "\tstage 1\nstop INT\nstop_stage 2",
        "task\tsleep 0.2; echo task >>order\tstage 2\nonce",
    };
    begin(f, programs, ARRAY_LEN(programs));
    UNTIL(f, file_says(f, "order", "first\ntask\nlast\n"));
    UNTIL(f, f->site.phase == SITE_UP);
    assert_int_equal(site_find(&f->site, "task")->state, PROGRAM_DONE);
    struct strbuf running = STRBUF_INIT;
    assert_true(has(f, "programs", &running));
    assert_non_null(strstr(running.buf, "first "));
    assert_null(strstr(running.buf, "task "));
    strbuf_release(&running);
    end(f);
    assert_true(file_says(f, "order", "first\ntask\nlast\n-last\n-first\n"));
    assert_int_equal(f->site.exit_status, 0);
    assert_false(file_says(f, "programs", ""));
    char *path = xasprintf("%s/programs", f->folder);
    assert_int_equal(access(path, F_OK), -1);
    free(path);
}

static void a_failed_task_ends_the_site(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {
        "service\texec sleep 1000\tstage 1",
        "task\texit 3\tstage 2\nonce",
        "never\ttouch never; exec sleep 1000\tstage 3",
    };
    begin(f, programs, ARRAY_LEN(programs));
    UNTIL(f, f->site.phase == SITE_ENDED);
    assert_int_equal(f->site.exit_status, 1);
    assert_false(file_says(f, "never", ""));
}

static void what_dies_comes_back_with_its_group(void **state)
{
    struct fixture *f = *state;
    /* A worker in the group, and one that has left it: both outlive a killed master unless somebody
     * sees to them. */
    static const char *const programs[] = {
        "master\tsleep 1000 & echo $! >worker; setsid sh -c 'echo $$ >stray; while :; do sleep 1; "
        "done' & wait\tstage 1",
    };
    begin(f, programs, ARRAY_LEN(programs));
    struct program *p = site_find(&f->site, "master");
    struct strbuf text = STRBUF_INIT;
    UNTIL(f, has(f, "stray", &text) && text.len > 1);
    pid_t stray = atoi(text.buf);
    strbuf_reset(&text);
    assert_true(has(f, "worker", &text));
    pid_t worker = atoi(text.buf), master = p->pid;
    strbuf_release(&text);
    assert_int_equal(kill(master, SIGKILL), 0);
    UNTIL(f, p->state == PROGRAM_UP && p->pid != master);
    assert_int_equal(p->starts, 2);
    UNTIL(f, kill(worker, 0) < 0 && kill(stray, 0) < 0);
    end(f);
}

/* The daemon is dead and kept away; its orphan goes on, and is asked to end when the daemon's turn
 * has come. */
static void kept_orphans_end_in_their_turn(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {
        "daemon\tsetsid sh -c 'trap \"echo orphan >>order; exit\" TERM; echo $$ >orphan; while :; "
        "do sleep 0.05; done' & "
        "wait\tstage 1\nstop_stage 1\norphans keep",
        "server\ttrap 'echo server >>order; exit' TERM; touch heard; while :; do sleep 0.05; "
        "done\tstage "
        "1\nstop_stage 2",
    };
    begin(f, programs, ARRAY_LEN(programs));
    struct program *p = site_find(&f->site, "daemon");
    struct strbuf text = STRBUF_INIT;
    UNTIL(f, has(f, "orphan", &text) && text.len > 1);
    pid_t orphan = atoi(text.buf);
    strbuf_release(&text);
    (void)kill(p->pid, SIGKILL);
    UNTIL(f, p->state == PROGRAM_BACKOFF);
    program_stop(p);
    assert_int_equal(kill(orphan, 0), 0);
    UNTIL(f, file_says(f, "heard", ""));
    end(f);
    assert_true(file_says(f, "order", "orphan\nserver\n"));
}

static void backs_off(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {"bad\texit 1\tstage 1"};
    begin(f, programs, ARRAY_LEN(programs));
    struct program *p = site_find(&f->site, "bad");
    int64_t began = clock_mono_ms();
    UNTIL(f, p->starts == 4);
    assert_true(clock_mono_ms() - began >= 100 + 200 + 400);
    assert_true(p->backoff_ms >= 800);
    end(f);
}

static void what_leaves_in_order_comes_back_soon(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {"polite\texit 0\tstage 1"};
    begin(f, programs, ARRAY_LEN(programs));
    struct program *p = site_find(&f->site, "polite");
    UNTIL(f, p->starts == 5);
    assert_true(p->backoff_ms <= 2 * PROGRAM_BACKOFF_MIN_MS);
    end(f);
}

static void gives_up_what_is_never_ready(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {"bad\texit 1\tstage 1\nready /nonexistent/socket"};
    begin(f, programs, ARRAY_LEN(programs));
    UNTIL(f, f->site.phase == SITE_ENDED);
    assert_int_equal(f->site.exit_status, 1);
    assert_int_equal(site_find(&f->site, "bad")->deaths, SITE_TRIES);
}

static void kills_after_the_grace(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {
        "deaf\ttrap '' TERM; touch deaf; while :; do sleep 0.05; done\tstage 1\ngrace 1"};
    begin(f, programs, ARRAY_LEN(programs));
    UNTIL(f, file_says(f, "deaf", ""));
    int64_t began = clock_mono_ms();
    end(f);
    assert_true(clock_mono_ms() - began >= 900);
}

static void hands_over_its_socket(void **state)
{
    struct fixture *f = *state;
    char *script = xasprintf(
        "server\techo $LISTEN_FDS $(test $LISTEN_PID = $$ && echo me) >env; "
        "readlink /proc/$$/fd/3 | cut -c 1-6 >what; ls /proc/self/fd >fds; exec sleep 1000"
        "\tstage 1\nlisten unix %s/s",
        f->folder);
    const char *const programs[] = {script};
    begin(f, programs, 1);
    UNTIL(f, file_says(f, "fds", "0\n1\n2\n3\n4\n")); /* 4 is the folder that ls reads */
    assert_true(file_says(f, "env", "1 me\n"));
    assert_true(file_says(f, "what", "socket\n"));
    char *path = xasprintf("%s/s", f->folder);
    assert_true(sockets_accepts(path));
    /* While nobody serves it, a client waits and is not refused. */
    struct program *p = site_find(&f->site, "server");
    program_stop(p);
    UNTIL(f, p->state == PROGRAM_STOPPED);
    assert_true(sockets_accepts(path));
    free(path);
    free(script);
    end(f);
}

static void answers_commands(void **state)
{
    struct fixture *f = *state;
    static const char *const programs[] = {"one\texec sleep 1000\tstage 1"};
    begin(f, programs, ARRAY_LEN(programs));
    struct program *p = site_find(&f->site, "one");
    UNTIL(f, f->site.phase == SITE_UP);
    struct strbuf answer = STRBUF_INIT;
    control_do(&f->site, "status", &answer);
    char *wanted = xasprintf("one up %d 1\n", (int)p->pid);
    assert_string_equal(answer.buf, wanted);
    free(wanted);
    strbuf_reset(&answer);
    control_do(&f->site, "stop one", &answer);
    assert_string_equal(answer.buf, "ok\n");
    UNTIL(f, p->state == PROGRAM_STOPPED);
    strbuf_reset(&answer);
    control_do(&f->site, "start one", &answer);
    assert_int_equal(p->state, PROGRAM_UP);
    strbuf_reset(&answer);
    control_do(&f->site, "stop two", &answer);
    assert_string_equal(answer.buf, "error: no program two\n");
    strbuf_reset(&answer);
    control_do(&f->site, "dance", &answer);
    assert_true(strncmp(answer.buf, "error: ", 7) == 0);
    strbuf_release(&answer);
    end(f);
}

/* A master that ignores SIGTERM, with a worker in its session; the master is recorded and killed,
 * the worker is left. */
static void ends_what_was_left_behind(void **state)
{
    struct fixture *f = *state;
    struct strbuf text = STRBUF_INIT;
    struct err e = {0};
    assert_int_equal(leftover_end(f->folder, 100, &e), 0);
    pid_t master = fork();
    if (master == 0) {
        setsid();
        (void)signal(SIGTERM, SIG_IGN);
        if (chdir(f->folder) == 0)
            execl("/bin/sh", "sh", "-c", "sleep 1000 & echo $! >worker; wait", NULL);
        _exit(1);
    }
    int64_t limit = clock_mono_ms() + PATIENCE_MS;
    while (!has(f, "worker", &text) || text.len < 2) {
        strbuf_reset(&text);
        assert_true(clock_mono_ms() < limit);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    pid_t worker = atoi(text.buf);
    strbuf_release(&text);
    struct leftover_entry entries[] = {{"master", master}, {"absent", 0}};
    assert_int_equal(leftover_write(f->folder, entries, 2, &e), 0);
    assert_int_equal(kill(master, SIGKILL), 0);
    assert_int_equal(waitpid(master, NULL, 0), master);
    struct proc_facts facts;
    assert_true(proc_read(worker, &facts) && facts.session == master);
    assert_int_equal(leftover_end(f->folder, 100, &e), 1);
    assert_true(!proc_read(worker, &facts) || facts.state == 'Z');
    assert_int_equal(leftover_end(f->folder, 100, &e), 0);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    (void)close_range(
        3, ~0U, CLOSE_RANGE_CLOEXEC); /* as main does: what we were started with is ours alone */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ends_what_was_left_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(starts_and_ends_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_what_has_just_been_forked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_task_ends_the_site, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_dies_comes_back_with_its_group, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kept_orphans_end_in_their_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(backs_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_leaves_in_order_comes_back_soon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gives_up_what_is_never_ready, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kills_after_the_grace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hands_over_its_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_commands, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
