#include "tail.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAGIC 0x6c696154u

/* The file: a head, then pieces behind one another; `used` covers whole pieces only. */
struct tail_head {
    uint32_t magic, full; /* full: something was left out */
    int64_t lines, records;
    _Atomic uint64_t used;
};

struct piece {
    int64_t ms;
    uint32_t stream, len;
};

struct tail {
    struct tail_head *head;
    char *data;
    int fd;
    uint64_t backed; /* so far the disk has given room: beyond, a write to the map would kill us */
};

enum { ROOM = TAIL_SIZE - (int)sizeof(struct tail_head), STEP = 256 * 1024 };

/* Makes sure that the first `size` bytes of the file are on the disk. */
static bool back(struct tail *t, uint64_t size)
{
    if (size <= t->backed)
        return true;
    uint64_t want = MIN((size + STEP - 1) / STEP * STEP, (uint64_t)TAIL_SIZE);
    int error = posix_fallocate(t->fd, (off_t)t->backed, (off_t)(want - t->backed));
    errno = error;
    if (error == 0)
        t->backed = want;
    return error == 0;
}

struct tail *tail_open(const char *path, struct err *e)
{
    struct tail *t = xcalloc(1, sizeof(*t));
    void *map = MAP_FAILED;
    t->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (t->fd >= 0 && ftruncate(t->fd, TAIL_SIZE) == 0 && back(t, sizeof(*t->head)))
        map = mmap(NULL, TAIL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
    if (map == MAP_FAILED) {
        err_errno(e, "cannot make %s", path);
        if (t->fd >= 0)
            close(t->fd);
        free(t);
        return NULL;
    }
    t->head = map;
    t->data = (char *)map + sizeof(*t->head);
    t->head->magic = MAGIC;
    return t;
}

void tail_close(struct tail *t)
{
    if (!t)
        return;
    munmap(t->head, TAIL_SIZE);
    close(t->fd);
    free(t);
}

void tail_add(struct tail *t, int stream, int64_t ms, const char *data, size_t len)
{
    struct piece p = {.ms = ms, .stream = (uint32_t)stream, .len = (uint32_t)len};
    uint64_t used = atomic_load_explicit(&t->head->used, memory_order_relaxed);
    if (t->head->full || len > ROOM || used + sizeof(p) + len > ROOM ||
        !back(t, sizeof(*t->head) + used + sizeof(p) + len)) {
        if (!t->head->full)
            madvise(t->head, TAIL_SIZE, MADV_DONTNEED); /* the file keeps it; we need not */
        t->head->full = 1;
        return;
    }
    memcpy(t->data + used, &p, sizeof(p));
    memcpy(t->data + used + sizeof(p), data, len);
    /* Killed before this, the piece does not count; behind it, it is whole. */
    atomic_store_explicit(&t->head->used, used + sizeof(p) + len, memory_order_release);
}

void tail_restart(struct tail *t, int64_t lines, int64_t records, const struct hearing *h)
{
    atomic_store_explicit(&t->head->used, 0, memory_order_release);
    t->head->lines = lines;
    t->head->records = records;
    t->head->full = 0;
    for (int stream = 0; h && stream < HEARING_STREAMS; stream++) {
        const char *data;
        size_t len;
        hearing_unfinished(h, stream, &data, &len);
        if (len)
            tail_add(t, stream, 0, data, len);
    }
}

static int64_t replay(const struct strbuf *file, int64_t lines, int64_t records, struct journal *j,
                      struct hearing *h, struct err *e)
{
    struct tail_head head;
    if (file->len < sizeof(head))
        return 0;
    memcpy(&head, file->buf, sizeof(head));
    uint64_t used = head.used, at = 0;
    const char *data = file->buf + sizeof(head);
    if (head.magic != MAGIC || head.lines != lines || head.records != records)
        return 0;
    if (used > file->len - sizeof(head))
        return err_set(e, ERR_INVALID, "the tail file is damaged");
    while (at < used) {
        struct piece p;
        if (used - at < sizeof(p))
            return err_set(e, ERR_INVALID, "the tail file is damaged");
        memcpy(&p, data + at, sizeof(p));
        at += sizeof(p);
        if (p.stream > TAIL_UNDONE || p.len > used - at)
            return err_set(e, ERR_INVALID, "the tail file is damaged");
        journal_set_time(j, p.ms);
        if (p.stream == TAIL_UNDONE)
            hearing_message(h, data + at, p.len);
        else
            hearing_feed(h, (int)p.stream, data + at, p.len);
        at += p.len;
    }
    return (int64_t)used;
}

int64_t tail_replay(const char *path, int64_t lines, int64_t records, struct journal *j,
                    struct hearing *h, struct err *e)
{
    struct strbuf file = STRBUF_INIT;
    int64_t heard = 0;
    if (io_read_file(path, TAIL_SIZE, &file, NULL) == 0)
        heard = replay(&file, lines, records, j, h, e);
    strbuf_release(&file);
    return heard;
}
