/* Processes of a run are found however they hide, and killed with proof. */
#include "cgroup.h"
#include "kill.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/sched.h>
#include <unistd.h>
#include <cmocka.h>

#define COOKIE "0123456789abcdef0123456789abcdef"

static bool reap(void *arg)
{
    (void)arg;
    pid_t pid;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        ;
    return pid == 0 || errno != ECHILD;
}

/* Whether it runs; a zombie does not. */
static bool is_alive(pid_t pid)
{
    char path[64], text[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    bool read = file && fgets(text, sizeof(text), file);
    if (file)
        fclose(file);
    const char *behind = read ? strrchr(text, ')') : NULL;
    return behind && behind[2] != 'Z' && behind[2] != 'X';
}

enum { HOPS_MAX = 4 };

/* Whether /proc shows what environment it has: exec tells of that after it has closed files. */
static bool shows_environment(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/environ", pid);
    FILE *file = fopen(path, "r");
    bool shown = file && fgetc(file) != EOF;
    if (file)
        fclose(file);
    return shown;
}

/* A process in a session of its own that has become sleep(1); as many parents in between end at
 * once as `hops` says, and have ended. */
static pid_t start_sleeper(int hops, const char *const *environment)
{
    int ends[2];
    pid_t chain[HOPS_MAX + 1], pid = 0;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        for (int i = 0; i < hops; i++) {
            setsid();
            chain[i] = getpid();
            if (fork())
                _exit(0);
        }
        chain[hops] = getpid();
        if (write(ends[1], chain, sizeof(chain)) != sizeof(chain))
            _exit(1);
        execle("/bin/sleep", "sleep", "60", NULL, environment);
        _exit(127);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], chain, sizeof(chain)), sizeof(chain));
    assert_int_equal(read(ends[0], &pid, 1), 0); /* its end went when it became sleep(1) */
    close(ends[0]);
    for (int i = 0; *environment && !shows_environment(chain[hops]); i++) {
        assert_true(i < 60000);
        usleep(1000);
    }
    for (int i = 0; i < hops; i++) /* each leaves us its child */
        assert_int_equal(waitpid(chain[i], NULL, 0), chain[i]);
    return chain[hops];
}

static const char *const bare[] = {NULL};
static const char *const marked[] = {"A=b", TREE_COOKIE "=" COOKIE, NULL};

static void finds_descendants_however_deep(void **state)
{
    (void)state;
    struct kill_report r;
    struct tree t = {.ancestor = getpid()};
    struct tree_usage u;
    pid_t near = start_sleeper(0, bare), far = start_sleeper(3, bare);
    tree_measure(&t, &u);
    assert_int_equal(u.processes, 2);
    assert_true(u.memory > 0);
    kill_all(&t, "", reap, NULL, &r);
    assert_false(is_alive(near) || is_alive(far));
    assert_int_equal(r.processes, 2);
    assert_int_equal(r.left, 0);
    assert_string_equal(r.means, "subreaper");
}

static void finds_bearers_of_the_cookie_and_nobody_else(void **state)
{
    (void)state;
    struct kill_report r;
    struct tree t = {.cookie = COOKIE};
    pid_t ours = start_sleeper(2, marked), other = start_sleeper(2, bare);
    kill_all(&t, "", NULL, NULL, &r);
    assert_false(is_alive(ours));
    assert_true(is_alive(other));
    assert_int_equal(r.processes, 1);
    assert_string_equal(r.means, "cookie");
    kill(other, SIGKILL);
}

static void finds_what_an_heir_has_inherited_but_not_our_own_program(void **state)
{
    (void)state;
    struct kill_report r;
    struct tree t = {.cookie = COOKIE, .heir = getpid()};
    pid_t orphan = start_sleeper(3, bare), ours = fork();
    if (ours == 0) {
        pause();
        _exit(0);
    }
    kill_all(&t, "", NULL, NULL, &r);
    assert_false(is_alive(orphan));
    assert_true(is_alive(ours));
    assert_int_equal(r.processes, 1);
    assert_string_equal(r.means, "subreaper");
    kill(ours, SIGKILL);
    assert_int_equal(waitpid(ours, NULL, 0), ours);
}

static void tells_when_there_was_nothing(void **state)
{
    (void)state;
    struct kill_report r;
    struct tree t = {.cookie = COOKIE};
    kill_all(&t, "", NULL, NULL, &r);
    assert_int_equal(r.processes, 0);
    assert_int_equal(r.left, 0);
}

/* A process born in the cgroup, as the runner makes them; -1 where that is refused. */
static pid_t start_in(const char *cgroup)
{
    int fd = cgroup_open(cgroup);
    struct clone_args args = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (__u64)fd};
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0) {
        setsid();
        execle("/bin/sleep", "sleep", "60", NULL, bare);
        _exit(127);
    }
    close(fd);
    return pid;
}

static void kills_a_cgroup_where_one_can_be_made(void **state)
{
    (void)state;
    char path[600], name[64];
    struct kill_report r;
    struct tree t = {.cookie = COOKIE};
    snprintf(name, sizeof(name), "test-%d", getpid());
    cgroup_make(name, path, sizeof(path));
    pid_t pid = *path ? start_in(path) : -1;
    if (pid > 0) {
        assert_int_equal(cgroup_count(path), 1);
        kill_all(&t, path, reap, NULL, &r);
        assert_false(is_alive(pid));
        assert_int_equal(r.processes, 1);
        assert_string_equal(r.means, "cgroup.kill");
    }
    cgroup_remove(path);
    assert_true(!*path || access(path, F_OK) != 0);
    /* Without one all of it is harmless. */
    assert_int_equal(cgroup_open(""), -1);
    assert_int_equal(cgroup_count(""), 0);
    assert_false(cgroup_kill(""));
    cgroup_remove("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_descendants_however_deep),
        cmocka_unit_test(finds_bearers_of_the_cookie_and_nobody_else),
        cmocka_unit_test(finds_what_an_heir_has_inherited_but_not_our_own_program),
        cmocka_unit_test(tells_when_there_was_nothing),
        cmocka_unit_test(kills_a_cgroup_where_one_can_be_made),
    };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
