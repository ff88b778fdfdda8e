#include "describe.h"

#include "experiment.h"
#include "io.h"
#include "json.h"
#include "kill.h"
#include "log.h"
#include "spawn.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORK_PREFIX "athanor-describe-"

enum { OUTPUT_MAX = 1024 * 1024, QUOTE_MAX = 200, DRAIN_MS = 2000, LEFT_OVER_S = 600 };

struct run {
    struct spawned s;
    struct strbuf out, err; /* of err the end is kept */
    int status;
    bool ended;
};

static bool reap(void *arg)
{
    struct run *r = arg;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == r->s.pid) {
            r->status = status;
            r->ended = true;
        }
    }
    return pid == 0 || errno != ECHILD;
}

/* Reads what is there; closes and forgets the pipe at its end. */
static void take(int *fd, struct strbuf *into)
{
    char data[16 * 1024];
    ssize_t n = read(*fd, data, sizeof(data));
    if (n > 0) {
        strbuf_add(into, data, (size_t)n);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(*fd);
        *fd = -1;
    }
}

static int take_all(struct run *r, struct err *e)
{
    struct strbuf messages = STRBUF_INIT;
    struct pollfd fds[] = {
        {r->s.out, POLLIN, 0}, {r->s.err, POLLIN, 0}, {r->s.messages, POLLIN, 0}};
    poll(fds, ARRAY_LEN(fds), 20);
    if (fds[0].revents)
        take(&r->s.out, &r->out);
    if (fds[1].revents)
        take(&r->s.err, &r->err);
    if (fds[2].revents)
        take(&r->s.messages, &messages);
    strbuf_release(&messages);
    if (r->err.len > 64 * 1024)
        strbuf_consume(&r->err, r->err.len - 1024);
    if (r->out.len > OUTPUT_MAX)
        return err_set(e, ERR_LIMIT, "describe printed more than 1 MiB");
    return 0;
}

/* Until the command has ended, or time or size runs out. */
static int listen_to(struct run *r, struct err *e)
{
    int64_t until = clock_mono_ms() + EXPERIMENT_DESCRIBE_S * 1000;
    int rc = 0;
    while (rc == 0 && !r->ended) {
        rc = take_all(r, e);
        reap(r);
        if (rc == 0 && !r->ended && clock_mono_ms() > until)
            rc = err_set(e, ERR_TIMEOUT, "describe took longer than %d s", EXPERIMENT_DESCRIBE_S);
    }
    return rc;
}

/* What still lies in its pipes. They end at once, as nobody is left to hold them, unless something
 * could not be killed. */
static int drain(struct run *r, struct err *e)
{
    int64_t until = clock_mono_ms() + DRAIN_MS;
    int rc = 0;
    while (rc == 0 && (r->s.out >= 0 || r->s.err >= 0) && clock_mono_ms() < until)
        rc = take_all(r, e);
    return rc;
}

/* The last line of stderr, shortened, for people. */
static const char *last_words(struct strbuf *err)
{
    while (err->len && strchr("\r\n ", err->buf[err->len - 1]))
        strbuf_truncate(err, err->len - 1);
    const char *newline = err->len ? memrchr(err->buf, '\n', err->len) : NULL;
    const char *line = newline ? newline + 1 : err->buf;
    size_t len = (size_t)(err->buf + err->len - line);
    if (len > QUOTE_MAX)
        strbuf_truncate(err, err->len - (len - QUOTE_MAX));
    return line;
}

static json_t *read_answer(struct run *r, struct err *e)
{
    if (WIFSIGNALED(r->status) || WEXITSTATUS(r->status) != 0) {
        err_set(e, ERR_INVALID, "describe ended with %s %d%s%s",
                WIFSIGNALED(r->status) ? "signal" : "exit code",
                WIFSIGNALED(r->status) ? WTERMSIG(r->status) : WEXITSTATUS(r->status),
                r->err.len ? ": " : "", last_words(&r->err));
        return NULL;
    }
    json_t *said = json_parse(r->out.buf, r->out.len, "what describe printed", e);
    if (said && !json_is_object(said)) {
        json_decref(said);
        err_set(e, ERR_INVALID, "describe must print an object");
        return NULL;
    }
    return said;
}

static json_t *run_command(const char *folder, const json_t *manifest, const char *work,
                           struct strbuf *text, struct err *e)
{
    struct environment env;
    struct run r = {.out = STRBUF_INIT, .err = STRBUF_INIT};
    json_t *said = NULL;
    environment_init(&env, json_object_get(manifest, "environment"));
    environment_set(&env, "ATHANOR_DIR", folder);
    struct spawn_request request = {
        .command = json_object_get(manifest, "describe"),
        .folder = folder,
        .work = work,
        .environment = env.items,
        .cgroup_fd = -1,
    };
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (spawn(&request, &r.s, e) != 0) {
        err_wrap(e, "describe");
    } else {
        struct kill_report report;
        struct tree t = {.ancestor = getpid()};
        int rc = listen_to(&r, e);
        kill_all(&t, "", reap, &r, &report);
        if (rc == 0)
            rc = drain(&r, e);
        if (rc == 0)
            said = read_answer(&r, e);
        const int fds[] = {r.s.out, r.s.err, r.s.messages};
        for (size_t i = 0; i < ARRAY_LEN(fds); i++)
            if (fds[i] >= 0)
                close(fds[i]);
    }
    if (said)
        strbuf_add(text, r.out.buf, r.out.len);
    strbuf_release(&r.out);
    strbuf_release(&r.err);
    environment_release(&env);
    return said;
}

static char *kept_path(const char *hash, const char *cache)
{
    return cache ? xasprintf("%s/%s.json", cache, hash) : NULL;
}

json_t *describe_kept(const char *hash, const char *cache)
{
    struct strbuf text = STRBUF_INIT;
    char *kept = kept_path(hash, cache);
    json_t *said = NULL;
    if (kept && io_read_file(kept, OUTPUT_MAX, &text, NULL) == 0)
        said = json_parse(text.buf, text.len, kept, NULL);
    free(kept);
    strbuf_release(&text);
    return said;
}

/* Folders of describe commands that were killed before they could tidy up. */
static void sweep_left_over(const char *place)
{
    char **names = io_list(place, NULL);
    for (char **name = names; name && *name; name++) {
        struct stat st;
        char *path = xasprintf("%s/%s", place, *name);
        if (strncmp(*name, WORK_PREFIX, sizeof(WORK_PREFIX) - 1) == 0 && lstat(path, &st) == 0 &&
            S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
            time(NULL) - st.st_mtime > LEFT_OVER_S && io_remove_tree(path, NULL) != 0)
            log_warn("cannot remove %s", path);
        free(path);
    }
    io_list_free(names);
}

json_t *describe(const char *folder, const json_t *manifest, const char *hash, const char *cache,
                 struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    char work[] = "/tmp/" WORK_PREFIX "XXXXXX";
    sweep_left_over("/tmp");
    if (!mkdtemp(work)) {
        err_errno(e, "cannot make a folder for describe");
        return NULL;
    }
    char *kept = kept_path(hash, cache);
    json_t *said = run_command(folder, manifest, work, &text, e);
    if (io_remove_tree(work, NULL) != 0 || !said || !kept || io_mkdirs(cache, 0700, NULL) != 0 ||
        io_write_file(kept, text.buf, text.len, 0600, NULL) != 0) {
        /* not kept: it runs again next time */
    }
    free(kept);
    strbuf_release(&text);
    return said;
}
