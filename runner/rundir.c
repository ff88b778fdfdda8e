#include "rundir.h"

#include "io.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRY_EVERY_MS = 20, OWNER_MAX = 4096 };

void rundir_init(struct rundir *d, const char *state, int64_t run)
{
    d->run = run;
    d->path = xasprintf("%s/runs/%lld", state, (long long)run);
    d->lock = xasprintf("%s/lock", d->path);
    d->spool = xasprintf("%s/spool", d->path);
    d->tail = xasprintf("%s/tail", d->path);
    d->ending = xasprintf("%s/ending.json", d->path);
    d->config = xasprintf("%s/config.json", d->path);
    d->work = xasprintf("%s/work", d->path);
    d->gone = xasprintf("%s/gone", d->path);
    d->offer = xasprintf("%s/offer.json", d->path);
    d->data = xasprintf("%s/data", d->path);
}

void rundir_release(struct rundir *d)
{
    free(d->path);
    free(d->lock);
    free(d->spool);
    free(d->tail);
    free(d->ending);
    free(d->config);
    free(d->work);
    free(d->gone);
    free(d->offer);
    free(d->data);
}

/* Whether the file behind fd is still the one at the path: a run that has ended takes its folder
 * along. */
static bool is_current(int fd, const char *path)
{
    struct stat held, there;
    return fstat(fd, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino &&
           held.st_dev == there.st_dev;
}

int rundir_take(const struct rundir *d, bool make, int wait_ms, struct err *e)
{
    for (;; wait_ms -= TRY_EVERY_MS) {
        if (make && io_mkdirs(d->path, 0700, e) != 0)
            return -1;
        if (!make && access(d->path, F_OK) != 0)
            return err_set(e, ERR_NOT_FOUND, "there is no folder %s", d->path);
        int fd = io_lock(d->lock, e);
        if (fd >= 0 && is_current(fd, d->lock))
            return fd;
        if (fd >= 0) {
            close(fd);
            err_set(e, ERR_CONFLICT, "%s is being removed", d->path);
        }
        if (wait_ms <= 0 || e->code != ERR_CONFLICT)
            return -1;
        usleep(TRY_EVERY_MS * 1000);
    }
}

int rundir_write_owner(int lock_fd, const struct rundir_owner *o, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "pid %d\ncookie %s\nhost %s\ncgroup %s\n", o->pid, o->cookie, o->host,
                o->cgroup);
    int rc = 0;
    if (ftruncate(lock_fd, 0) != 0 || lseek(lock_fd, 0, SEEK_SET) != 0)
        rc = err_errno(e, "cannot write the lock file");
    else
        rc = io_write_all(lock_fd, text.buf, text.len, e);
    strbuf_release(&text);
    return rc;
}

/* The rest of the line that begins with `word` and a space; "" where there is none. */
static void read_word(const char *text, const char *word, char *out, size_t size)
{
    size_t len = strlen(word);
    *out = '\0';
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, len) == 0 && line[len] == ' ') {
            snprintf(out, size, "%.*s", (int)strcspn(line + len + 1, "\n"), line + len + 1);
            return;
        }
    }
}

int rundir_read_owner(const struct rundir *d, struct rundir_owner *o, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    char pid[24];
    int64_t number = 0;
    *o = (struct rundir_owner){0};
    int rc = io_read_file(d->lock, OWNER_MAX, &text, e);
    if (rc == 0) {
        read_word(text.buf, "pid", pid, sizeof(pid));
        read_word(text.buf, "cookie", o->cookie, sizeof(o->cookie));
        read_word(text.buf, "host", o->host, sizeof(o->host));
        read_word(text.buf, "cgroup", o->cgroup, sizeof(o->cgroup));
        if (parse_int64(pid, strlen(pid), &number) && number > 0 && number <= INT32_MAX)
            o->pid = (pid_t)number;
    }
    strbuf_release(&text);
    return rc;
}

int rundir_write_file(const char *path, const struct strbuf *text, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(e, "cannot make %s", path);
    int rc = io_write_all(fd, text->buf, text->len, e);
    close(fd);
    return rc == 0 ? 0 : err_wrap(e, "%s", path);
}

void rundir_end_work(const struct rundir *d)
{
    if (rename(d->work, d->gone) != 0 && errno != ENOENT)
        log_warn("cannot move %s: %s", d->work, strerror(errno));
}

int rundir_is_held(const struct rundir *d)
{
    int fd = open(d->lock, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int held = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return held;
}

void rundir_host(char out[256])
{
    if (gethostname(out, 256) != 0)
        snprintf(out, 256, "unknown");
    out[255] = '\0';
}
