#include "hearing.h"

#include "chunk.h"
#include "json.h"
#include "lines.h"

#include <stdlib.h>
#include <string.h>

enum { KEEP_MAX = 128 * 1024, LINE_STREAMS = HEARING_MESSAGES };

struct ear {
    struct hearing *owner;
    int source;
    struct lines lines;
};

struct hearing {
    struct journal *journal;
    struct hearing_events events;
    struct ear ears[LINE_STREAMS];
    const struct ear *latest;
    struct strbuf partial; /* of the messages */
    bool skipping;         /* a message too large */
    struct message message;
};

struct hearing *hearing_new(struct journal *j, const struct hearing_events *events)
{
    struct hearing *h = xcalloc(1, sizeof(*h));
    h->journal = j;
    h->events = *events;
    strbuf_init(&h->partial);
    message_init(&h->message);
    for (int i = 0; i < LINE_STREAMS; i++) {
        h->ears[i] = (struct ear){.owner = h, .source = i};
        lines_init(&h->ears[i].lines);
    }
    return h;
}

void hearing_free(struct hearing *h)
{
    if (!h)
        return;
    for (int i = 0; i < LINE_STREAMS; i++)
        lines_release(&h->ears[i].lines);
    strbuf_release(&h->partial);
    message_release(&h->message);
    free(h);
}

/* -- messages -- */

void hearing_message(struct hearing *h, const char *text, size_t len)
{
    struct err e = {0};
    size_t blank = 0;
    while (blank < len && strchr(" \t\r", text[blank]) && text[blank])
        blank++;
    if (blank == len)
        return;
    if (message_parse(&h->message, text, len, &e) != 0) {
        journal_refuse(h->journal, text, len, e.text);
        return;
    }
    switch (h->message.type) {
    case MESSAGE_PROGRESS:
    case MESSAGE_ARTIFACT:
    case MESSAGE_COMPLETE:
    case MESSAGE_FAIL:
        h->events.message(h->events.arg, &h->message);
        break;
    default:
        journal_message(h->journal, &h->message);
    }
    if (h->message.text.cap > KEEP_MAX)
        strbuf_release(&h->message.text);
}

static void end_message(struct hearing *h, const char *text, size_t len)
{
    if (!h->skipping)
        hearing_message(h, text, len);
    h->skipping = false;
}

static void add_partial(struct hearing *h, const char *data, size_t len)
{
    if (h->skipping)
        return;
    /* From here on at once as large as it can become: what is not written to costs nothing. */
    if (h->partial.len > KEEP_MAX && h->partial.cap < MESSAGE_MAX)
        strbuf_grow(&h->partial, MESSAGE_MAX);
    strbuf_add(&h->partial, data, len);
    if (h->partial.len <= MESSAGE_MAX)
        return;
    journal_refuse(h->journal, h->partial.buf, h->partial.len, "it is larger than 16 MiB");
    strbuf_release(&h->partial);
    h->skipping = true;
}

static void end_partial(struct hearing *h)
{
    struct strbuf whole = STRBUF_INIT;
    strbuf_swap(&whole, &h->partial);
    end_message(h, whole.buf, whole.len);
    if (whole.cap <= KEEP_MAX) {
        strbuf_swap(&whole, &h->partial);
        strbuf_reset(&h->partial);
    }
    strbuf_release(&whole);
}

static void feed_messages(struct hearing *h, const char *data, size_t len)
{
    const char *end = data + len, *newline;
    while (data < end && (newline = memchr(data, '\n', (size_t)(end - data)))) {
        if (h->partial.len || h->skipping) {
            add_partial(h, data, (size_t)(newline - data));
            end_partial(h);
        } else {
            end_message(h, data, (size_t)(newline - data));
        }
        data = newline + 1;
    }
    add_partial(h, data, (size_t)(end - data));
}

/* -- lines -- */

static void on_line(void *arg, const char *text, size_t len, int flags)
{
    struct ear *ear = arg;
    journal_line(ear->owner->journal, ear->source, text, len, flags);
}

void hearing_feed(struct hearing *h, int stream, const char *data, size_t len)
{
    if (stream == HEARING_MESSAGES) {
        feed_messages(h, data, len);
        return;
    }
    h->latest = &h->ears[stream];
    lines_feed(&h->ears[stream].lines, data, len, on_line, &h->ears[stream]);
}

void hearing_finish(struct hearing *h)
{
    for (int i = 0; i < LINE_STREAMS; i++)
        lines_end(&h->ears[i].lines, on_line, &h->ears[i]);
    if (h->partial.len)
        end_partial(h);
}

void hearing_unfinished(const struct hearing *h, int stream, const char **data, size_t *len)
{
    const struct strbuf *partial =
        stream == HEARING_MESSAGES ? &h->partial : &h->ears[stream].lines.partial;
    *data = partial->buf;
    *len = partial->len;
}

void hearing_preview(const struct hearing *h, struct strbuf *json)
{
    const char *text;
    size_t len;
    if (!h->latest)
        return;
    lines_preview(&h->latest->lines, &text, &len);
    if (!len)
        return;
    strbuf_addf(json,
                "{\"line\":%lld,\"source\":%d,\"text\":", (long long)journal_next_line(h->journal),
                h->latest->source);
    json_put_string(json, text, MIN(len, (size_t)HEARING_PREVIEW_MAX));
    strbuf_addc(json, '}');
}
