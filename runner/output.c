#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_SIZE = 128 * 1024, PIPE_SIZE = 256 * 1024, PIPE_GROWS_AT = 60 * 1024 };

struct stream {
    struct output *owner;
    int number;
    int fd;     /* -1: ended */
    bool ready; /* has something to read */
    bool grown; /* the pipe has been made larger */
    struct loop_io *io;
};

struct output {
    struct journal *journal;
    struct hearing *hearing;
    struct tail *tail;
    struct stream streams[HEARING_STREAMS];
    bool paused;
    uint64_t reads;
    char *buffer;
};

static void end_stream(struct stream *s)
{
    loop_io_free(s->io);
    s->io = NULL;
    close(s->fd);
    s->fd = -1;
}

/* One read. Returns how many bytes, 0 when there is nothing for now or any more. */
static size_t read_stream(struct stream *s)
{
    struct output *o = s->owner;
    ssize_t n;
    do {
        n = read(s->fd, o->buffer, READ_SIZE);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (n <= 0) {
        end_stream(s);
        return 0;
    }
    int64_t now = clock_wall_ms();
    if (o->tail)
        tail_add(o->tail, s->number, now, o->buffer, (size_t)n);
    o->reads++;
    journal_set_time(o->journal, now);
    hearing_feed(o->hearing, s->number, o->buffer, (size_t)n);
    if (n >= PIPE_GROWS_AT && !s->grown) {
        s->grown = true; /* it writes faster than we read: fewer and larger reads; may be refused */
        fcntl(s->fd, F_SETPIPE_SZ, PIPE_SIZE);
    }
    return (size_t)n;
}

static void on_readable(void *arg, int events)
{
    (void)events;
    struct stream *s = arg;
    s->ready = true;
}

/* In the order of the descriptors, whatever order the loop found them in. */
void output_read(struct output *o)
{
    for (int i = 0; i < HEARING_STREAMS; i++) {
        struct stream *s = &o->streams[i];
        if (s->ready && s->fd >= 0 && !o->paused)
            read_stream(s);
        s->ready = false;
    }
}

struct output *output_new(struct loop *l, const int fds[HEARING_STREAMS], struct journal *j,
                          struct hearing *h, struct tail *tail)
{
    struct output *o = xcalloc(1, sizeof(*o));
    o->journal = j;
    o->hearing = h;
    o->tail = tail;
    o->buffer = xmalloc(READ_SIZE);
    for (int i = 0; i < HEARING_STREAMS; i++) {
        struct stream *s = &o->streams[i];
        *s = (struct stream){.owner = o, .number = i, .fd = fds[i]};
        s->io = loop_io_new(l, fds[i], LOOP_READ, on_readable, s);
    }
    return o;
}

void output_free(struct output *o)
{
    if (!o)
        return;
    for (int i = 0; i < HEARING_STREAMS; i++)
        if (o->streams[i].fd >= 0)
            end_stream(&o->streams[i]);
    free(o->buffer);
    free(o);
}

void output_pause(struct output *o, bool pause)
{
    if (o->paused == pause)
        return;
    o->paused = pause;
    for (int i = 0; i < HEARING_STREAMS; i++)
        if (o->streams[i].io)
            loop_io_set(o->streams[i].io, pause ? 0 : LOOP_READ);
}

bool output_drain(struct output *o, size_t max)
{
    bool ended = true;
    for (int i = 0; i < HEARING_STREAMS; i++) {
        struct stream *s = &o->streams[i];
        size_t total = 0, n = 1;
        while (n > 0 && s->fd >= 0 && total < max)
            total += n = read_stream(s);
        ended = ended && s->fd < 0;
    }
    return ended;
}

uint64_t output_reads(const struct output *o)
{
    return o->reads;
}
