/*
 * fixture.h - servers of a test's own: a Postgres cluster and a Redis on unix sockets in a new
 * folder under /tmp. Each server dies with the test, however it ends. As root they run as nobody,
 * since Postgres refuses root. Include after cmocka.h.
 */
#ifndef ATHANOR_TEST_FIXTURE_H
#define ATHANOR_TEST_FIXTURE_H

#include "base.h"
#include "io.h"
#include "loop.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIXTURE_PATIENCE_S = 60 };

struct fixture {
    char dir[64]; /* also where the sockets are */
    char conninfo[160];
    char queries[96]; /* folder for query files */
    char redis_path[96];
    char bin[256]; /* where initdb and postgres are */
    pid_t postgres, redis;
};

static inline void fixture_sleep_ms(int ms)
{
    usleep((useconds_t)ms * 1000);
}

/* Becomes nobody when root, and dies with the parent. Only between fork and exec. */
static inline void fixture_child(const struct fixture *f, int death_signal)
{
    char log[96];
    snprintf(log, sizeof(log), "%s/log", f->dir);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    dup2(fd, 1);
    dup2(fd, 2);
    if (!getuid()) {
        struct passwd *nobody = getpwnam("nobody");
        if (!nobody || setgroups(0, NULL) || setgid(nobody->pw_gid) || setuid(nobody->pw_uid))
            _exit(126);
    }
    if (chdir(f->dir))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, death_signal);
    signal(SIGPIPE, SIG_DFL);
}

static inline pid_t fixture_spawn(const struct fixture *f, int death_signal,
                                  const char *const *argv)
{
    pid_t pid = fork();
    if (!pid) {
        fixture_child(f, death_signal);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static inline void fixture_end(pid_t *pid, int signo)
{
    if (*pid > 0) {
        kill(*pid, signo);
        waitpid(*pid, NULL, 0);
    }
    *pid = 0;
}

static inline void fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    snprintf(f->dir, sizeof(f->dir), "/tmp/athanor-unit-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(chmod(f->dir, 0755), 0);
    if (!getuid()) {
        struct passwd *nobody = getpwnam("nobody");
        assert_non_null(nobody);
        assert_int_equal(chown(f->dir, nobody->pw_uid, nobody->pw_gid), 0);
    }
    snprintf(f->queries, sizeof(f->queries), "%s/queries", f->dir);
    assert_int_equal(mkdir(f->queries, 0755), 0);
    snprintf(f->redis_path, sizeof(f->redis_path), "%s/redis", f->dir);
    snprintf(f->conninfo, sizeof(f->conninfo), "host=%s user=test dbname=postgres", f->dir);
}

/* Writes `<folder>/<name>.sql`; `folder` NULL is the fixture's own. */
static inline void fixture_query(const struct fixture *f, const char *name, const char *sql)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s.sql", f->queries, name);
    assert_int_equal(io_write_file(path, sql, strlen(sql), 0644, NULL), 0);
}

static inline void fixture_start_postgres(struct fixture *f)
{
    char program[300], data[96];
    snprintf(program, sizeof(program), "%s/postgres", f->bin);
    snprintf(data, sizeof(data), "%s/data", f->dir);
    const char *const argv[] = {program,
                                "-D",
                                data,
                                "-k",
                                f->dir,
                                "-c",
                                "listen_addresses=",
                                "-c",
                                "fsync=off",
                                "-c",
                                "shared_buffers=8MB",
                                "-c",
                                "max_connections=20",
                                "-c",
                                "autovacuum=off",
                                NULL};
    f->postgres = fixture_spawn(f, SIGQUIT, argv);
    for (int i = 0; i < FIXTURE_PATIENCE_S * 50; i++) {
        if (PQping(f->conninfo) == PQPING_OK)
            return;
        fixture_sleep_ms(20);
    }
    fail_msg("postgres does not start, see %s/log", f->dir);
}

/* SIGINT ends all sessions in order, SIGQUIT at once. */
static inline void fixture_stop_postgres(struct fixture *f, int signo)
{
    fixture_end(&f->postgres, signo);
}

static inline void fixture_new_cluster(struct fixture *f)
{
    int status;
    char program[300], data[96];
    FILE *ask = popen("pg_config --bindir", "r");
    assert_non_null(ask);
    assert_non_null(fgets(f->bin, sizeof(f->bin), ask));
    pclose(ask);
    f->bin[strcspn(f->bin, "\n")] = '\0';
    snprintf(program, sizeof(program), "%s/initdb", f->bin);
    snprintf(data, sizeof(data), "%s/data", f->dir);
    const char *const argv[] = {program, "-D", data,          "-U", "test", "-A",
                                "trust", "-N", "--no-locale", "-E", "UTF8", NULL};
    pid_t pid = fixture_spawn(f, SIGKILL, argv);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status)
        fail_msg("initdb failed, see %s/log", f->dir);
    fixture_start_postgres(f);
}

static inline void fixture_start_redis(struct fixture *f)
{
    const char *const argv[] = {
        "redis-server", "--port", "0", "--unixsocket", f->redis_path, "--unixsocketperm",
        "777",          "--save", "",  "--appendonly", "no",          "--dir",
        f->dir,         NULL};
    f->redis = fixture_spawn(f, SIGKILL, argv);
}

static inline void fixture_stop_redis(struct fixture *f)
{
    fixture_end(&f->redis, SIGKILL);
}

static inline void fixture_release(struct fixture *f)
{
    fixture_end(&f->redis, SIGKILL);
    fixture_end(&f->postgres, SIGQUIT);
    assert_int_equal(io_remove_tree(f->dir, NULL), 0);
}

static inline void fixture_tick(void *arg)
{
    (void)arg;
}

/* Runs the loop until the condition holds; fails the test when patience ends. */
#define RUN_UNTIL(loop, condition)                                                                 \
    do {                                                                                           \
        struct loop_timer *tick_ = loop_timer_new((loop), fixture_tick, NULL);                     \
        int64_t end_ = clock_mono_ms() + FIXTURE_PATIENCE_S * 1000;                                \
        bool met_;                                                                                 \
        loop_timer_start(tick_, 10, 10);                                                           \
        while (!(met_ = (condition)) && clock_mono_ms() < end_)                                    \
            loop_run_once(loop);                                                                   \
        loop_timer_free(tick_);                                                                    \
        if (!met_)                                                                                 \
            fail_msg("never true: %s", #condition);                                                \
    } while (0)

/* Runs the loop for a while: for what must not happen. */
#define RUN_FOR(loop, ms)                                                                          \
    do {                                                                                           \
        int64_t until_ = clock_mono_ms() + (ms);                                                   \
        RUN_UNTIL(loop, clock_mono_ms() >= until_);                                                \
    } while (0)

#endif
