#include "inspector.h"

#include "json.h"
#include "manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, ANSWER_MAX = 8 * MANIFEST_MAX };

struct inspector {
    struct process *process;
    struct loop_io *io;
    int fd;
    struct strbuf answer;
    inspector_cb *cb;
    void *arg;
};

static char *copy_or_null(const json_t *object, const char *key)
{
    const char *text = json_get_str(object, key, NULL);
    return text ? xstrdup(text) : NULL;
}

static void read_answer(const struct strbuf *answer, struct inspection *found)
{
    struct err e = {0};
    json_t *root = json_parse(answer->buf, answer->len, "the inspector's answer", &e);
    json_t *manifest = json_object_get(root, "manifest");
    *found = (struct inspection){.undescribed = json_get_bool(root, "undescribed", false)};
    if (!found->undescribed) {
        found->slow = json_get_bool(root, "slow", false);
        found->retry = !root || json_get_bool(root, "retry", false);
        found->hash = copy_or_null(root, "hash");
        found->error = root ? copy_or_null(root, "error") : xstrdup("it could not be inspected");
        found->manifest = json_is_object(manifest) ? json_incref(manifest) : NULL;
    }
    json_decref(root);
}

static void stop_reading(struct inspector *i)
{
    loop_io_free(i->io);
    i->io = NULL;
    if (i->fd >= 0)
        close(i->fd);
    i->fd = -1;
}

/* It is done with when the process has ended and its pipe too. */
static void settle(struct inspector *i)
{
    struct inspection found;
    if (i->process || i->fd >= 0)
        return;
    read_answer(&i->answer, &found);
    i->cb(i->arg, &found); /* which frees us */
    inspection_release(&found);
}

static void on_end(void *arg, int wait_status)
{
    (void)wait_status;
    struct inspector *i = arg;
    i->process = NULL;
    settle(i);
}

static void on_answer(void *arg, int events)
{
    (void)events;
    struct inspector *i = arg;
    char data[READ_SIZE];
    ssize_t n = read(i->fd, data, sizeof(data));
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0 && i->answer.len < ANSWER_MAX) {
        strbuf_add(&i->answer, data, (size_t)n);
        return;
    }
    stop_reading(i);
    settle(i);
}

struct inspector *inspector_start(struct loop *l, struct processes *processes, const char *config,
                                  const char *folder, bool describe, inspector_cb *cb, void *arg,
                                  struct err *e)
{
    const char *with[] = {"--config", config, describe ? "describe" : "inspect", folder, NULL};
    struct inspector *i = xcalloc(1, sizeof(*i));
    *i = (struct inspector){.fd = -1, .answer = STRBUF_INIT, .cb = cb, .arg = arg};
    i->process = process_start(processes, config ? with : with + 2, &i->fd, on_end, i, e);
    if (!i->process) {
        free(i);
        return NULL;
    }
    i->io = loop_io_new(l, i->fd, LOOP_READ, on_answer, i);
    return i;
}

void inspector_free(struct inspector *i)
{
    if (!i)
        return;
    stop_reading(i);
    strbuf_release(&i->answer);
    free(i);
}

void inspection_release(struct inspection *i)
{
    free(i->hash);
    free(i->error);
    json_decref(i->manifest);
    *i = (struct inspection){0};
}
