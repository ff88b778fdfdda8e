#include "spool.h"

#include "crc32c.h"
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x6c6f5041u

struct entry_head {
    uint32_t magic, crc; /* crc: of the length and the data */
    uint64_t len;
};

struct segment {
    uint64_t number, base, size; /* base: position of its first byte */
    int fd;
};

struct spool {
    char *folder;
    struct segment *segments;
    size_t count;
    uint64_t committed;
};

static char *segment_path(const struct spool *s, uint64_t number)
{
    return xasprintf("%s/%08llu", s->folder, (unsigned long long)number);
}

static int add_segment(struct spool *s, uint64_t number, int flags, struct err *e)
{
    char *path = segment_path(s, number);
    int fd = open(path, flags | O_CLOEXEC, 0600);
    struct stat st;
    int rc = 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        rc = err_errno(e, "cannot open %s", path);
    free(path);
    if (rc != 0) {
        if (fd >= 0)
            close(fd);
        return rc;
    }
    s->segments = xreallocarray(s->segments, s->count + 1, sizeof(*s->segments));
    s->segments[s->count] = (struct segment){
        .number = number, .base = spool_end(s), .size = (uint64_t)st.st_size, .fd = fd};
    s->count++;
    return 0;
}

static int open_segments(struct spool *s, bool write, struct err *e)
{
    char **names = io_list(s->folder, e);
    int64_t number = 0;
    int rc = names ? 0 : -1;
    for (char **name = names; rc == 0 && *name; name++) {
        const char *digits = *name + strspn(*name, "0");
        if (parse_int64(digits, strlen(digits), &number))
            rc = add_segment(s, (uint64_t)number, O_RDWR, e);
    }
    io_list_free(names);
    if (rc == 0 && write)
        rc = add_segment(s, (uint64_t)number + 1, O_RDWR | O_CREAT | O_EXCL, e);
    return rc;
}

struct spool *spool_open(const char *folder, bool write, struct err *e)
{
    if (write && io_mkdirs(folder, 0700, e) != 0)
        return NULL;
    if (!write && access(folder, F_OK) != 0) {
        err_set(e, ERR_NOT_FOUND, "there is no spool at %s", folder);
        return NULL;
    }
    struct spool *s = xcalloc(1, sizeof(*s));
    s->folder = xstrdup(folder);
    if (open_segments(s, write, e) != 0) {
        spool_close(s);
        return NULL;
    }
    return s;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        close(s->segments[i].fd);
    free(s->segments);
    free(s->folder);
    free(s);
}

uint64_t spool_end(const struct spool *s)
{
    return s->count ? s->segments[s->count - 1].base + s->segments[s->count - 1].size : 0;
}

uint64_t spool_backlog(const struct spool *s)
{
    return spool_end(s) - s->committed;
}

/* Writes all parts at an offset; changes the parts. */
static int write_parts(int fd, struct iovec *iov, int count, uint64_t offset, struct err *e)
{
    while (count > 0) {
        ssize_t n = pwritev(fd, iov, count, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot write to the spool");
        offset += (uint64_t)n;
        while (count > 0 && (size_t)n >= iov->iov_len) {
            n -= (ssize_t)iov->iov_len;
            iov++;
            count--;
        }
        if (count > 0) {
            iov->iov_base = (char *)iov->iov_base + n;
            iov->iov_len -= (size_t)n;
        }
    }
    return 0;
}

int spool_append(struct spool *s, struct batch *b, struct err *e)
{
    struct entry_head head = {.magic = MAGIC};
    struct iovec iov[2 + BATCH_SECTIONS];
    iov[0] = (struct iovec){&head, sizeof(head)};
    batch_encode(b, iov + 1);
    for (size_t i = 1; i < ARRAY_LEN(iov); i++)
        head.len += iov[i].iov_len;
    head.crc = crc32c(0, &head.len, sizeof(head.len));
    for (size_t i = 1; i < ARRAY_LEN(iov); i++)
        head.crc = crc32c(head.crc, iov[i].iov_base, iov[i].iov_len);

    if (s->segments[s->count - 1].size >= SPOOL_SEGMENT &&
        add_segment(s, s->segments[s->count - 1].number + 1, O_RDWR | O_CREAT | O_EXCL, e) != 0)
        return -1;
    struct segment *last = &s->segments[s->count - 1];
    if (write_parts(last->fd, iov, ARRAY_LEN(iov), last->size, e) != 0) {
        if (ftruncate(last->fd, (off_t)last->size) != 0)
            err_wrap(e, "and cannot cut it either");
        return -1;
    }
    last->size += sizeof(head) + head.len;
    b->spool_end = spool_end(s);
    return 0;
}

/* Reads exactly len bytes: 1, 0 when the file ends before, -1 on failure. */
static int read_exactly(int fd, void *data, size_t len, uint64_t offset, struct err *e)
{
    char *at = data;
    while (len > 0) {
        ssize_t n = pread(fd, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot read the spool");
        if (n == 0)
            return 0;
        at += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 1;
}

static int read_entry(const struct segment *g, uint64_t offset, int64_t run, struct batch **out,
                      struct err *e)
{
    struct entry_head head;
    int rc = read_exactly(g->fd, &head, sizeof(head), offset, e);
    if (rc <= 0)
        return rc;
    if (head.magic != MAGIC || head.len > SPOOL_ENTRY_MAX ||
        head.len > g->size - offset - sizeof(head))
        return 0;
    char *data = xmalloc(head.len);
    rc = read_exactly(g->fd, data, head.len, offset + sizeof(head), e);
    if (rc == 1) {
        uint32_t crc = crc32c(crc32c(0, &head.len, sizeof(head.len)), data, head.len);
        *out = crc == head.crc ? batch_decode(run, data, head.len, NULL) : NULL;
        if (*out)
            (*out)->spool_end = g->base + offset + sizeof(head) + head.len;
        else
            rc = 0;
    }
    free(data);
    return rc;
}

int spool_read(struct spool *s, uint64_t at, int64_t run, struct batch **out, struct err *e)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct segment *g = &s->segments[i];
        if (at >= g->base && at < g->base + g->size)
            return read_entry(g, at - g->base, run, out, e);
    }
    return 0;
}

static void remove_first(struct spool *s)
{
    char *path = segment_path(s, s->segments[0].number);
    unlink(path);
    free(path);
    close(s->segments[0].fd);
    s->count--;
    memmove(s->segments, s->segments + 1, s->count * sizeof(*s->segments));
}

void spool_commit(struct spool *s, uint64_t end)
{
    s->committed = MAX(s->committed, end);
    while (s->count > 1 && s->segments[0].base + s->segments[0].size <= s->committed)
        remove_first(s);
    struct segment *last = &s->segments[s->count - 1];
    if (spool_backlog(s) == 0 && last->size >= SPOOL_REUSE && ftruncate(last->fd, 0) == 0) {
        last->base += last->size;
        last->size = 0;
    }
}
