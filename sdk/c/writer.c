/*
 * The way out: a bounded buffer that callers fill and one thread empties into the runner's pipe.
 *
 * Several processes of a run may write to the same pipe. The kernel keeps writes of up to 4,096
 * bytes whole; a flush is larger, so every flush is made under an flock of the configuration file,
 * which is there in each run. An flock belongs to an open file, so a forked child opens it anew.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { BUFFER_MAX = 4 * 1024 * 1024 };

static struct {
    pthread_once_t once;
    pthread_mutex_t mutex;
    pthread_cond_t filled, emptied;
    int fd;   /* the runner's pipe, or -1 */
    int lock; /* the configuration file, or -1 */
    bool thread_runs, writing;
    char *pending; /* complete messages */
    size_t len, cap;
} w = {.once = PTHREAD_ONCE_INIT,
       .mutex = PTHREAD_MUTEX_INITIALIZER,
       .filled = PTHREAD_COND_INITIALIZER,
       .emptied = PTHREAD_COND_INITIALIZER,
       .fd = -1,
       .lock = -1};

static void open_lock(void)
{
    const char *path = getenv("ATHANOR_CONFIG");
    w.lock = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

/* Writes all, or gives the pipe up: a runner that is gone must not harm the experiment. The pipe
 * may be non-blocking, because the other side's flags are shared. */
static bool write_all(const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(w.fd, data, len);
        if (n >= 0) {
            data += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd p = {.fd = w.fd, .events = POLLOUT};
            poll(&p, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Called with the mutex held; lets go of it while it writes. */
static void flush_pending(void)
{
    char *data = w.pending;
    size_t len = w.len;
    w.pending = NULL;
    w.len = w.cap = 0;
    w.writing = true;
    pthread_mutex_unlock(&w.mutex);
    while (w.lock >= 0 && flock(w.lock, LOCK_EX) != 0 && errno == EINTR)
        continue;
    bool ok = write_all(data, len);
    if (w.lock >= 0)
        flock(w.lock, LOCK_UN);
    free(data);
    pthread_mutex_lock(&w.mutex);
    w.writing = false;
    if (!ok)
        w.fd = -1;
    pthread_cond_broadcast(&w.emptied);
    pthread_cond_signal(&w.filled);
}

static void *writer_main(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&w.mutex);
    for (;;) {
        while (!w.len || w.writing)
            pthread_cond_wait(&w.filled, &w.mutex);
        flush_pending();
    }
    return NULL;
}

/* The thread must take no signal that is the program's; SIGPIPE too stays blocked, so that a runner
 * that is gone ends in EPIPE. */
static void start_thread(void)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_t thread;
    if (pthread_create(&thread, NULL, writer_main, NULL) == 0) {
        pthread_detach(thread);
        w.thread_runs = true;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void before_fork(void)
{
    pthread_mutex_lock(&w.mutex);
}

static void after_fork_parent(void)
{
    pthread_mutex_unlock(&w.mutex);
}

static void after_fork_child(void)
{
    /* What was pending is the parent's to write, and the thread stayed with it. */
    w.pending = NULL;
    w.len = w.cap = 0;
    w.thread_runs = w.writing = false;
    if (w.lock >= 0) {
        close(w.lock);
        open_lock();
    }
    pthread_cond_init(&w.filled, NULL);
    pthread_cond_init(&w.emptied, NULL);
    pthread_mutex_unlock(&w.mutex);
}

static void writer_init(void)
{
    const char *number = getenv("ATHANOR_FD");
    int fd = number ? atoi(number) : -1;
    if (fd < 0 || fcntl(fd, F_GETFD) == -1)
        return;
    w.fd = fd;
    open_lock();
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    atexit(athanor_flush);
}

bool athanor_writer_connected(void)
{
    pthread_once(&w.once, writer_init);
    return w.fd >= 0;
}

static bool make_room(size_t extra)
{
    if (w.len + extra <= w.cap)
        return true;
    size_t cap = w.cap ? w.cap : 4096;
    while (cap < w.len + extra)
        cap *= 2;
    char *buf = realloc(w.pending, cap);
    if (!buf)
        return false;
    w.pending = buf;
    w.cap = cap;
    return true;
}

int athanor_writer_send(const char *message, size_t len)
{
    if (!athanor_writer_connected())
        return 0;
    pthread_mutex_lock(&w.mutex);
    if (!w.thread_runs)
        start_thread();
    while (w.fd >= 0 && w.len && w.len + len > BUFFER_MAX) {
        if (w.thread_runs || w.writing)
            pthread_cond_wait(&w.emptied, &w.mutex);
        else
            flush_pending();
    }
    int result = 0;
    if (w.fd >= 0) {
        if (make_room(len)) {
            memcpy(w.pending + w.len, message, len);
            w.len += len;
            pthread_cond_signal(&w.filled);
        } else {
            result = -1;
        }
        while (!w.thread_runs && w.len) {
            if (w.writing)
                pthread_cond_wait(&w.emptied, &w.mutex);
            else
                flush_pending();
        }
    }
    pthread_mutex_unlock(&w.mutex);
    return result;
}

void athanor_flush(void)
{
    pthread_mutex_lock(&w.mutex);
    while (w.fd >= 0 && (w.len || w.writing)) {
        if (w.writing || w.thread_runs)
            pthread_cond_wait(&w.emptied, &w.mutex);
        else
            flush_pending();
    }
    pthread_mutex_unlock(&w.mutex);
}
