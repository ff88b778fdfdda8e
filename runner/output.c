#include "output.h"

#include "json.h"
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 128 * 1024, PIPE_SIZE = 256 * 1024, PIPE_GROWS_AT = 60 * 1024, MESSAGES = 2 };

struct stream {
    struct output *owner;
    int source; /* CHUNK_STDOUT, CHUNK_STDERR; MESSAGES: fd 3 */
    int fd;     /* -1: ended */
    bool ready; /* has something to read */
    bool grown; /* the pipe has been made larger */
    struct loop_io *io;
    struct lines lines;
};

struct output {
    struct journal *journal;
    struct output_events events;
    struct stream streams[OUTPUT_STREAMS];
    const struct stream *latest; /* of those with lines */
    struct strbuf partial;       /* of fd 3 */
    bool skipping;               /* a message too large */
    bool paused;
    uint64_t reads;
    struct message message;
    char *buffer;
};

/* -- messages -- */

static void take_message(struct output *o, const char *text, size_t len)
{
    struct err e = {0};
    if (strspn(text, " \t\r") >= len)
        return;
    if (message_parse(&o->message, text, len, &e) != 0) {
        journal_refuse(o->journal, text, len, e.text);
        return;
    }
    switch (o->message.type) {
    case MESSAGE_PROGRESS:
    case MESSAGE_ARTIFACT:
    case MESSAGE_COMPLETE:
    case MESSAGE_FAIL:
        o->events.message(o->events.arg, &o->message);
        break;
    default:
        journal_message(o->journal, &o->message);
    }
    if (o->message.text.cap > READ_SIZE)
        strbuf_release(&o->message.text);
}

static void end_message(struct output *o, const char *text, size_t len)
{
    if (!o->skipping)
        take_message(o, text, len);
    o->skipping = false;
}

static void add_partial(struct output *o, const char *data, size_t len)
{
    if (o->skipping)
        return;
    strbuf_add(&o->partial, data, len);
    if (o->partial.len <= MESSAGE_MAX)
        return;
    journal_refuse(o->journal, o->partial.buf, o->partial.len, "it is larger than 16 MiB");
    strbuf_release(&o->partial);
    o->skipping = true;
}

static void feed_messages(struct output *o, const char *data, size_t len)
{
    const char *end = data + len, *newline;
    while (data < end && (newline = memchr(data, '\n', (size_t)(end - data)))) {
        if (o->partial.len) {
            add_partial(o, data, (size_t)(newline - data));
            end_message(o, o->partial.buf, o->partial.len);
            if (o->partial.cap > READ_SIZE)
                strbuf_release(&o->partial);
            strbuf_reset(&o->partial);
        } else {
            end_message(o, data, (size_t)(newline - data));
        }
        data = newline + 1;
    }
    add_partial(o, data, (size_t)(end - data));
}

/* -- reading -- */

static void on_line(void *arg, const char *text, size_t len, int flags)
{
    struct stream *s = arg;
    journal_line(s->owner->journal, s->source, text, len, flags);
}

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
    o->reads++;
    journal_set_time(o->journal, clock_wall_ms());
    if (s->source == MESSAGES) {
        feed_messages(o, o->buffer, (size_t)n);
    } else {
        o->latest = s;
        lines_feed(&s->lines, o->buffer, (size_t)n, on_line, s);
    }
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
    for (int i = 0; i < OUTPUT_STREAMS; i++) {
        struct stream *s = &o->streams[i];
        if (s->ready && s->fd >= 0 && !o->paused)
            read_stream(s);
        s->ready = false;
    }
}

struct output *output_new(struct loop *l, const int fds[OUTPUT_STREAMS], struct journal *j,
                          const struct output_events *events)
{
    struct output *o = xcalloc(1, sizeof(*o));
    o->journal = j;
    o->events = *events;
    o->buffer = xmalloc(READ_SIZE);
    strbuf_init(&o->partial);
    message_init(&o->message);
    for (int i = 0; i < OUTPUT_STREAMS; i++) {
        struct stream *s = &o->streams[i];
        *s = (struct stream){.owner = o, .source = i, .fd = fds[i]};
        lines_init(&s->lines);
        s->io = loop_io_new(l, fds[i], LOOP_READ, on_readable, s);
    }
    return o;
}

void output_free(struct output *o)
{
    if (!o)
        return;
    for (int i = 0; i < OUTPUT_STREAMS; i++) {
        if (o->streams[i].fd >= 0)
            end_stream(&o->streams[i]);
        lines_release(&o->streams[i].lines);
    }
    strbuf_release(&o->partial);
    message_release(&o->message);
    free(o->buffer);
    free(o);
}

void output_pause(struct output *o, bool pause)
{
    if (o->paused == pause)
        return;
    o->paused = pause;
    for (int i = 0; i < OUTPUT_STREAMS; i++)
        if (o->streams[i].io)
            loop_io_set(o->streams[i].io, pause ? 0 : LOOP_READ);
}

bool output_has_ended(const struct output *o)
{
    for (int i = 0; i < OUTPUT_STREAMS; i++)
        if (o->streams[i].fd >= 0)
            return false;
    return true;
}

bool output_drain(struct output *o, size_t max)
{
    for (int i = 0; i < OUTPUT_STREAMS; i++) {
        struct stream *s = &o->streams[i];
        size_t total = 0, n = 1;
        while (n > 0 && s->fd >= 0 && total < max)
            total += n = read_stream(s);
    }
    return output_has_ended(o);
}

void output_finish(struct output *o)
{
    for (int i = 0; i < MESSAGES; i++)
        lines_end(&o->streams[i].lines, on_line, &o->streams[i]);
    if (o->partial.len)
        end_message(o, o->partial.buf, o->partial.len);
    strbuf_release(&o->partial);
}

uint64_t output_reads(const struct output *o)
{
    return o->reads;
}

void output_preview(const struct output *o, struct strbuf *json)
{
    const char *text;
    size_t len;
    if (!o->latest)
        return;
    lines_preview(&o->latest->lines, &text, &len);
    if (!len)
        return;
    strbuf_addf(json,
                "{\"line\":%lld,\"source\":%d,\"text\":", (long long)journal_next_line(o->journal),
                o->latest->source);
    json_put_string(json, text, MIN(len, (size_t)OUTPUT_PREVIEW_MAX));
    strbuf_addc(json, '}');
}
