#include "output.h"

#include "io.h"
#include "strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    struct terminal *terminal;
    const char *name;
    char *path;
    int file;
    int64_t size; /* of the file */
    int ends[2];
    struct loop_io *io;
    struct strbuf line; /* begun, not ended yet */
};

/* Writes if that cannot wait long: a pipe that says it is writable takes PIPE_BUF bytes at once. */
static bool show(int fd, const char *data, size_t len)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
        return false;
    ssize_t n;
    do
        n = write(fd, data, MIN(len, (size_t)4096));
    while (n < 0 && errno == EINTR);
    return n >= 0;
}

void terminal_line(struct terminal *t, const char *name, const char *text, size_t len)
{
    struct strbuf out = STRBUF_INIT;
    if (t->skipped)
        strbuf_addf(&out, "%-*s | (%lld lines left out)\n", t->width, name, (long long)t->skipped);
    strbuf_addf(&out, "%-*s | ", t->width, name);
    size_t head = out.len;
    strbuf_add(&out, text, MIN(len, 4096 - head - 1));
    for (size_t i = head; i < out.len; i++) {
        unsigned char c = (unsigned char)out.buf[i], before = (unsigned char)out.buf[i - 1];
        bool c1 = c >= 0x80 && c < 0xA0 && (before < 0x80 || before == 0xC2); /* U+0080 to U+009F */
        if ((c < ' ' && c != '\t') || c == 127 || c1) /* nobody moves this terminal's cursor */
            out.buf[i] = '?';
        if (c1 && before == 0xC2)
            out.buf[i - 1] = '?';
    }
    strbuf_addc(&out, '\n');
    t->skipped = show(t->fd, out.buf, out.len) ? 0 : t->skipped + 1;
    strbuf_release(&out);
}

static int open_file(struct output *o, struct err *e)
{
    o->file = open(o->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (o->file < 0)
        return err_errno(e, "cannot write %s", o->path);
    struct stat st;
    o->size = fstat(o->file, &st) == 0 ? (int64_t)st.st_size : 0;
    return 0;
}

static void rotate(struct output *o)
{
    char *first = xasprintf("%s.1", o->path);
    char *second = xasprintf("%s.2", o->path);
    (void)rename(first, second);
    (void)rename(o->path, first);
    free(first);
    free(second);
    close(o->file);
    if (open_file(o, NULL) < 0)
        o->file = -1; /* the disk refuses; the terminal goes on */
}

static void put_line(struct output *o, const char *text, size_t len)
{
    terminal_line(o->terminal, o->name, text, len);
    if (o->file < 0 && open_file(o, NULL) < 0)
        return;
    struct strbuf out = STRBUF_INIT;
    strbuf_add(&out, text, len);
    strbuf_addc(&out, '\n');
    if (io_write_all(o->file, out.buf, out.len, NULL) == 0)
        o->size += (int64_t)out.len;
    strbuf_release(&out);
    if (o->size > OUTPUT_FILE_MAX)
        rotate(o);
}

static void take(struct output *o, const char *data, size_t len)
{
    while (len) {
        const char *end = memchr(data, '\n', len);
        size_t part = end ? (size_t)(end - data) : len;
        strbuf_add(&o->line, data, part);
        if (end || o->line.len >= OUTPUT_LINE_MAX) {
            put_line(o, o->line.buf, o->line.len);
            strbuf_reset(&o->line);
        }
        data += part + (end != NULL);
        len -= part + (end != NULL);
    }
}

static bool read_some(struct output *o)
{
    char data[OUTPUT_LINE_MAX];
    ssize_t n = read(o->ends[0], data, sizeof(data));
    if (n > 0)
        take(o, data, (size_t)n);
    return n > 0;
}

static void on_readable(void *arg, int events)
{
    (void)events;
    (void)read_some(arg);
}

struct output *output_new(struct loop *l, struct terminal *t, const char *folder, const char *name,
                          struct err *e)
{
    struct output *o = xcalloc(1, sizeof(*o));
    o->terminal = t;
    o->name = name;
    o->path = xasprintf("%s/%s.log", folder, name);
    o->file = -1;
    o->ends[0] = o->ends[1] = -1;
    strbuf_init(&o->line);
    if (open_file(o, e) < 0)
        goto fail;
    if (pipe2(o->ends, O_CLOEXEC) < 0) {
        err_errno(e, "cannot make a pipe");
        goto fail;
    }
    if (io_set_nonblock(o->ends[0], e) < 0)
        goto fail;
    o->io = loop_io_new(l, o->ends[0], LOOP_READ, on_readable, o);
    return o;
fail:
    output_free(o);
    return NULL;
}

void output_drain(struct output *o)
{
    /* Bounded: who outlives a program may be writing without end. */
    for (int i = 0; i < 64 && read_some(o); i++)
        ;
}

void output_free(struct output *o)
{
    if (!o)
        return;
    if (o->io) {
        loop_io_free(o->io);
        output_drain(o);
    }
    if (o->line.len)
        put_line(o, o->line.buf, o->line.len);
    strbuf_release(&o->line);
    if (o->file >= 0)
        close(o->file);
    for (int i = 0; i < 2; i++) {
        if (o->ends[i] >= 0)
            close(o->ends[i]);
    }
    free(o->path);
    free(o);
}

int output_fd(const struct output *o)
{
    return o->ends[1];
}
