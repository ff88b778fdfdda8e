#include "artifacts.h"

#include "beneath.h"
#include "json.h"
#include "log.h"
#include "media_type.h"
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const char dropped[] = "the run was ended at once";

struct item {
    struct item *next;
    char *path, *name;
    int fd; /* -1: to be opened in its turn */
};

/* What the thread works with; ours before it starts and after it was joined. */
struct copy {
    struct store store;
    int fd, done_fd;
    int64_t limit;
    atomic_bool stop;
    struct stored stored;
    int rc;
    struct err err;
};

struct artifacts {
    struct loop *loop;
    struct journal *journal;
    char *work;
    int work_fd;
    struct item *first, **last; /* the first one is being copied, if one is */
    size_t count;
    bool copying, dropped;
    pthread_t thread;
    struct copy copy;
    struct loop_io *done;
};

static void refuse(struct artifacts *a, const struct item *x, const char *why)
{
    journal_set_time(a->journal, clock_wall_ms());
    journal_warn(a->journal, "artifact \"%.200s\" was not kept: %s", x->path, why);
}

static void item_free(struct item *x)
{
    if (x->fd >= 0)
        close(x->fd);
    free(x->path);
    free(x->name);
    free(x);
}

static void drop_first(struct artifacts *a)
{
    struct item *x = a->first;
    a->first = x->next;
    if (!a->first)
        a->last = &a->first;
    a->count--;
    item_free(x);
}

/* -- the thread -- */

static void *run_copy(void *arg)
{
    struct copy *c = arg;
    c->rc = store_put(&c->store, c->fd, c->limit, &c->stop, &c->stored, &c->err);
    eventfd_write(c->done_fd, 1);
    return NULL;
}

/* Signals are the loop's, so the thread is born without any. */
static int start_thread(struct artifacts *a)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&a->thread, NULL, run_copy, &a->copy);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* -- the queue -- */

static int open_item(struct artifacts *a, struct item *x, struct err *e)
{
    if (a->work_fd < 0)
        a->work_fd = open(a->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (a->work_fd < 0)
        return err_errno(e, "cannot open the working folder");
    x->fd = beneath_open(a->work_fd, x->path, e);
    return x->fd < 0 ? -1 : 0;
}

static void start_next(struct artifacts *a)
{
    while (a->first && !a->copying) {
        struct item *x = a->first;
        struct err e = {0};
        if (x->fd < 0 && open_item(a, x, &e) != 0) {
            refuse(a, x, e.text);
            drop_first(a);
            continue;
        }
        a->copy.fd = x->fd;
        int error = start_thread(a);
        if (error) {
            errno = error;
            err_errno(&e, "cannot start a thread to copy it");
            refuse(a, x, e.text);
            drop_first(a);
            continue;
        }
        a->copying = true;
    }
}

static void record(struct artifacts *a, const struct item *x, const struct stored *s)
{
    const char *type = media_type_of(x->name);
    if (!type)
        type = media_type_of(x->path);
    journal_set_time(a->journal, clock_wall_ms());
    if (s->changed)
        journal_warn(a->journal,
                     "artifact \"%.200s\" was written to while it was copied; it is kept as it was "
                     "read",
                     x->path);
    journal_artifact(a->journal, x->name, s->sha256, s->size,
                     type ? type : "application/octet-stream");
}

static void on_done(void *arg, int events)
{
    (void)events;
    struct artifacts *a = arg;
    eventfd_t ignored;
    if (eventfd_read(a->copy.done_fd, &ignored) != 0)
        return;
    pthread_join(a->thread, NULL);
    a->copying = false;
    if (a->copy.rc == 0)
        record(a, a->first, &a->copy.stored);
    else
        refuse(a, a->first, a->copy.err.text);
    drop_first(a);
    start_next(a);
}

/* The path and a name to go by; `name` may be NULL. */
static struct item *item_new(const char *path, const char *name)
{
    struct item *x = xcalloc(1, sizeof(*x));
    x->path = xstrdup(path);
    x->name = xstrdup(name ? name : path);
    x->fd = -1;
    return x;
}

void artifacts_take(struct artifacts *a, const struct message *m)
{
    size_t len;
    struct err e = {0};
    struct item *x = item_new(message_get(m, MEMBER_PATH, &len), message_get(m, MEMBER_NAME, &len));
    if (a->dropped)
        err_set(&e, ERR_CONFLICT, dropped);
    if (a->dropped || (a->count < ARTIFACTS_OPEN && open_item(a, x, &e) != 0)) {
        refuse(a, x, e.text);
        item_free(x);
        return;
    }
    *a->last = x;
    a->last = &x->next;
    a->count++;
    start_next(a);
}

void artifacts_undone(const struct artifacts *a, artifacts_cb *each, void *arg)
{
    struct strbuf text = STRBUF_INIT;
    size_t room = ARTIFACTS_UNDONE_MAX;
    for (const struct item *x = a->first; x; x = x->next) {
        strbuf_reset(&text);
        strbuf_adds(&text, "{\"type\":\"artifact\",\"path\":");
        json_put_cstring(&text, x->path);
        strbuf_adds(&text, ",\"name\":");
        json_put_cstring(&text, x->name);
        strbuf_addc(&text, '}');
        if (text.len > room)
            break;
        room -= text.len;
        each(arg, text.buf, text.len);
    }
    strbuf_release(&text);
}

bool artifacts_are_idle(const struct artifacts *a)
{
    return a->count == 0;
}

bool artifacts_are_full(const struct artifacts *a)
{
    return a->count >= ARTIFACTS_MAX;
}

void artifacts_drop(struct artifacts *a)
{
    if (a->dropped)
        return;
    a->dropped = true;
    atomic_store(&a->copy.stop, true);
    for (size_t keep = a->copying; a->count > keep;) {
        struct item **at = keep ? &a->first->next : &a->first, *x = *at;
        refuse(a, x, dropped);
        *at = x->next;
        a->count--;
        item_free(x);
    }
    a->last = a->first ? &a->first->next : &a->first;
}

/* -- life -- */

struct artifacts *artifacts_new(struct loop *l, struct journal *j,
                                const struct artifacts_setup *setup)
{
    struct artifacts *a = xcalloc(1, sizeof(*a));
    a->loop = l;
    a->journal = j;
    a->work = xstrdup(setup->work);
    a->work_fd = -1;
    a->last = &a->first;
    a->copy.limit = setup->limit;
    store_init(&a->copy.store, setup->state, setup->run);
    a->copy.done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (a->copy.done_fd < 0)
        die("cannot make an eventfd: %s", strerror(errno));
    a->done = loop_io_new(l, a->copy.done_fd, LOOP_READ, on_done, a);
    return a;
}

void artifacts_free(struct artifacts *a, bool let_go)
{
    struct err e = {0};
    if (!a)
        return;
    atomic_store(&a->copy.stop, true);
    if (a->copying)
        pthread_join(a->thread, NULL);
    while (a->first)
        drop_first(a);
    if (let_go && a->work_fd >= 0 && store_let_go(&a->copy.store, &e) != 0)
        log_warn("run %lld: %s", (long long)a->copy.store.run, e.text);
    loop_io_free(a->done);
    close(a->copy.done_fd);
    if (a->work_fd >= 0)
        close(a->work_fd);
    store_release(&a->copy.store);
    free(a->work);
    free(a);
}
