#include "follow.h"

#include "api.h"
#include "interrupt.h"
#include "sse.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    SILENCE_S = 45,
    FIRST_MS = 100,
    MOST_MS = 10000,
    SERVER_MOST_MS = 30000,
    POLL_S = 60,
    SPARE_S = 30
};

struct stream {
    const struct follower *f;
    struct sse sse;
    struct cursor seen; /* the last line and record that were told; -1 where that is unknown */
    struct strbuf text;
    int end;        /* an enum follow_end, or -1: not yet */
    bool was_open;  /* a frame has come, over any connection */
    bool has_come;  /* over this one */
    bool is_broken; /* something is missing: come back by the last id */
    struct err *e;
};

enum follow_end follow_status(const char *status)
{
    static const char *const names[] = {"completed", "failed", "cancelled", "deleted"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], status) == 0)
            return (enum follow_end)i;
    return FOLLOW_LATE;
}

static void take_lines(struct stream *s, const struct sse_frame *frame)
{
    struct chunk_iter it;
    struct chunk_line line;
    const char *element;
    size_t len;
    if (chunk_iter_init(&it, frame->data, frame->len, NULL) < 0) {
        s->is_broken = true;
        return;
    }
    while (!s->is_broken && chunk_iter_next(&it, &element, &len)) {
        if (s->seen.line >= 0 && it.line <= s->seen.line)
            continue;
        strbuf_reset(&s->text);
        s->is_broken = (s->seen.line >= 0 && it.line != s->seen.line + 1) ||
                       chunk_decode(element, len, &line, &s->text, NULL) < 0;
        if (s->is_broken)
            return;
        s->seen.line = it.line;
        if (s->f->on_line)
            s->f->on_line(s->f->arg, it.line, &line);
    }
}

static void take_record(struct stream *s, struct doc record)
{
    int64_t n = doc_int(record, "n", 0);
    if (s->seen.record >= 0 && n <= s->seen.record)
        return;
    s->is_broken = n < 1 || (s->seen.record >= 0 && n != s->seen.record + 1);
    if (s->is_broken)
        return;
    s->seen.record = n;
    if (s->f->on_record)
        s->f->on_record(s->f->arg, record);
}

static void take_closed(struct stream *s, struct doc d)
{
    char *status = doc_text(d, "status");
    s->end = (int)follow_status(status);
    free(status);
}

static void on_frame(void *arg, const struct sse_frame *frame)
{
    struct stream *s = arg;
    struct doc d = doc_of(frame->data, frame->len);
    s->has_come = s->was_open = true;
    if (s->is_broken || s->end >= 0)
        return;
    if (strcmp(frame->event, "logs") == 0)
        take_lines(s, frame);
    else if (strcmp(frame->event, "record") == 0)
        take_record(s, d);
    else if (strcmp(frame->event, "closed") == 0)
        take_closed(s, d);
    else if (strcmp(frame->event, "progress") == 0 && s->f->on_progress)
        s->f->on_progress(s->f->arg, d);
}

/* A broken frame must not move the last id, so what stands behind it in the same bytes is not
 * looked at either. */
static int on_bytes(void *arg, const char *bytes, size_t len)
{
    struct stream *s = arg;
    int status = sse_push(&s->sse, bytes, len, s->e);
    if (s->f->on_pause)
        s->f->on_pause(s->f->arg);
    return status < 0 || s->is_broken || s->end >= 0 ? -1 : 0;
}

/* The place to go on from: what was told counts, not what was sent. */
static char *place_header(const struct stream *s)
{
    if (s->seen.line >= 0 && s->seen.record >= 0)
        return xasprintf("Last-Event-ID: %lld.%lld", (long long)s->seen.line,
                         (long long)s->seen.record);
    return s->sse.last_id.len ? xasprintf("Last-Event-ID: %s", s->sse.last_id.buf) : NULL;
}

/* 204: the run has ended, and all of it was told; how, its row says. As connect_once. */
static int ask_end(struct cli *cli, struct stream *s, struct err *e)
{
    struct api_answer a;
    struct err why = {0};
    api_answer_init(&a);
    int status = api_get(cli, &a, &why, "/runs/%lld", (long long)s->f->run);
    if (status == 0) {
        char *word = doc_text(a.doc, "status");
        s->end = (int)follow_status(word);
        free(word);
    }
    api_answer_release(&a);
    if (status < 0 && cli_exit_code(why.code) != CLI_CONNECTION) {
        *e = why;
        return -1;
    }
    return status == 0;
}

/* One connection. 0: come back; 1: s->end says how it ended; -1. */
static int connect_once(struct cli *cli, struct stream *s, struct http_answer *a, struct err *e)
{
    char *path = xasprintf("/runs/%lld/events?from=%s", (long long)s->f->run, s->f->from),
         *place = place_header(s);
    struct http_request r = {.path = path,
                             .sink = on_bytes,
                             .sink_arg = s,
                             .silence_s = SILENCE_S,
                             .deadline_ms = s->f->deadline_ms,
                             .headers = {"Accept: text/event-stream", place}};
    sse_reset(&s->sse);
    s->has_come = s->is_broken = false;
    s->sse.retry_ms = -1;
    int status = http_perform(cli->http, &r, a, e);
    free(path);
    free(place);
    if (s->end >= 0)
        return 1;
    if (status < 0 || a->status == 200 || api_is_away(a, status))
        return 0;
    if (a->status == 204)
        return ask_end(cli, s, e);
    if (a->status == 404 && s->was_open)
        s->end = FOLLOW_DELETED;
    return s->end >= 0 ? 1 : api_refused(cli, a, e);
}

/* Between half of it and all of it, so that many do not come at once. */
static int64_t jittered(int64_t ms)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
        random = (uint32_t)clock_mono_us();
    return ms / 2 + (int64_t)(random % (uint32_t)(ms / 2 + 1));
}

/* How long until the next attempt: what the server asks for where it left in peace, and longer each
 * time that nothing came. */
static int64_t pause_ms(const struct stream *s, const struct http_answer *a, int64_t *step)
{
    if (s->has_come && !s->is_broken)
        *step = FIRST_MS;
    int64_t wait = jittered(*step);
    *step = MIN(*step * 2, MOST_MS);
    int64_t asked = a->retry_after_s > 0 ? MIN(a->retry_after_s, SERVER_MOST_MS / 1000) * 1000
                                         : MIN(s->sse.retry_ms, SERVER_MOST_MS);
    return MAX(wait, a->status == 200 || a->retry_after_s > 0 ? asked : 0);
}

static int follow_loop(struct cli *cli, struct stream *s, struct err *e)
{
    struct http_answer a;
    int64_t step = FIRST_MS, last_ms = clock_mono_ms();
    int status;
    http_answer_init(&a);
    for (;;) {
        status = connect_once(cli, s, &a, e);
        if (status > 0)
            status = s->end;
        else if (status == 0 && interrupt_pending())
            status = FOLLOW_INTERRUPTED;
        else if (status == 0 && s->f->deadline_ms && clock_mono_ms() >= s->f->deadline_ms)
            status = FOLLOW_LATE;
        else if (status == 0) {
            if (s->has_come && !s->is_broken)
                last_ms = clock_mono_ms();
            if (clock_mono_ms() - last_ms <= s->f->retry_for_s * 1000) {
                interrupt_sleep(pause_ms(s, &a, &step));
                continue;
            }
            status = err_set(e, ERR_UNAVAILABLE,
                             "no answer from %s for %lld s; the run goes on without us",
                             cli->settings->url, (long long)s->f->retry_for_s);
        }
        break;
    }
    http_answer_release(&a);
    return status;
}

int follow_run(struct cli *cli, struct follower *f, struct err *e)
{
    struct stream s = {.f = f, .end = -1, .e = e};
    strbuf_init(&s.text);
    sse_init(&s.sse, on_frame, &s);
    if (cursor_parse(f->from, strlen(f->from), &s.seen, NULL) < 0)
        s.seen = (struct cursor){-1, -1};
    int status = follow_loop(cli, &s, e);
    if (s.seen.line >= 0 && s.seen.record >= 0)
        snprintf(f->from, sizeof(f->from), "%lld.%lld", (long long)s.seen.line,
                 (long long)s.seen.record);
    sse_release(&s.sse);
    strbuf_release(&s.text);
    return status;
}

struct waiting {
    int64_t run, retry_for_s, deadline_ms, last_ms, step;
    struct strbuf *row;
};

/* One question. An enum follow_end, -1, or -2: ask again. */
static int ask_once(struct cli *cli, struct waiting *w, struct http_answer *a, struct err *e)
{
    int64_t left_s =
        w->deadline_ms ? MAX((w->deadline_ms - clock_mono_ms() + 999) / 1000, 0) : POLL_S;
    char *path = xasprintf("/api/v1/runs/%lld/wait?timeout_s=%lld", (long long)w->run,
                           (long long)MIN(left_s, POLL_S));
    struct http_request r = {.path = path, .silence_s = POLL_S + SPARE_S};
    int got = http_perform(cli->http, &r, a, e);
    free(path);
    if (interrupt_pending())
        return FOLLOW_INTERRUPTED;
    if (api_is_away(a, got)) {
        if (w->deadline_ms && clock_mono_ms() >= w->deadline_ms)
            return FOLLOW_LATE;
        if (clock_mono_ms() - w->last_ms > w->retry_for_s * 1000)
            return got < 0 ? -1 : api_refused(cli, a, e);
        interrupt_sleep(jittered(w->step));
        w->step = MIN(w->step * 2, MOST_MS);
        return interrupt_pending() ? FOLLOW_INTERRUPTED : -2;
    }
    if (a->status != 200)
        return api_refused(cli, a, e);
    char *word = doc_text(doc_of(a->body.buf, a->body.len), "status");
    enum follow_end end = follow_status(word);
    free(word);
    strbuf_reset(w->row);
    strbuf_add(w->row, a->body.buf, a->body.len);
    w->last_ms = clock_mono_ms();
    w->step = FIRST_MS;
    return end != FOLLOW_LATE || (w->deadline_ms && w->last_ms >= w->deadline_ms) ? (int)end : -2;
}

int follow_wait(struct cli *cli, int64_t run, int64_t retry_for_s, int64_t deadline_ms,
                struct strbuf *row, struct err *e)
{
    struct waiting w = {run, retry_for_s, deadline_ms, clock_mono_ms(), FIRST_MS, row};
    struct http_answer a;
    int status;
    http_answer_init(&a);
    do
        status = ask_once(cli, &w, &a, e);
    while (status == -2);
    http_answer_release(&a);
    return status;
}
