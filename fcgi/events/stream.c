#include "stream.h"

#include "catchup.h"
#include "changes.h"
#include "clients.h"
#include "live.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_LEAST_MS = 500, RETRY_MOST_MS = 3000, VECTOR_MAX = 64 * CURSOR_RUNS_MAX };

int64_t stream_jitter(int64_t least, int64_t most)
{
    return least + randombytes_uniform((uint32_t)(most - least + 1));
}

struct cursor stream_start(const struct run *run, struct cursor asked, bool at_end)
{
    bool beyond = asked.line > run->head.line || asked.record > run->head.record;
    return at_end || beyond ? run->head : asked;
}

void stream_open(struct client *c, const struct request *r)
{
    c->subs = xcalloc((size_t)MAX(r->count, 1), sizeof(*c->subs));
    c->sub_count = (uint8_t)r->count;
    for (int i = 0; i < r->count; i++) {
        struct sub *s = &c->subs[i];
        s->client = c;
        s->id = r->runs[i].run;
        s->run = runs_find(&c->hub->runs, s->id);
        s->at = stream_start(s->run, r->runs[i].at, r->at_end);
        list_append(&s->run->subs, &s->of_run);
        runs_keep(s->run);
        live_follow(c->hub->live, s->run);
    }
    if (c->kind == REQUEST_MANY) {
        c->reset_due = true;
        c->changes_seq = changes_end(c->hub->changes);
        clients_add_many(c->hub->clients, c);
    }
    c->behind = true;
    c->retry_ms = (int)stream_jitter(RETRY_LEAST_MS, RETRY_MOST_MS);
    c->state = CLIENT_STREAMING;
    clients_settle(c->hub->clients, c);
    client_dirty(c);
}

static void leave_run(struct sub *s)
{
    struct run *run = s->run;
    if (!run)
        return;
    list_remove(&s->of_run);
    list_remove(&s->waiting);
    s->run = NULL;
    runs_leave(&s->client->hub->runs, run, loop_now(s->client->hub->loop));
}

void stream_close(struct client *c)
{
    for (int i = 0; i < c->sub_count; i++)
        leave_run(&c->subs[i]);
    free(c->subs);
    c->subs = NULL;
    c->sub_count = 0;
}

/* -- what goes into a write -- */

/* The id line of a stream of many runs, with s standing at `at`. */
static size_t put_vector(const struct client *c, const struct sub *s, struct cursor at, char *out,
                         size_t size)
{
    size_t len = 0;
    for (int i = 0; i < c->sub_count; i++) {
        const struct sub *other = &c->subs[i];
        struct cursor place = other == s ? at : other->at;
        if (!other->run || other->run->state == RUN_GONE)
            continue;
        len += (size_t)snprintf(out + len, size - len, "%s%lld@%lld.%lld",
                                len ? "," : "id: ", (long long)other->id, (long long)place.line,
                                (long long)place.record);
    }
    if (len)
        out[len++] = '\n';
    return len;
}

/* Hands a frame of s's run to the write. With an id it moves the sub. False: no room. */
static bool put(struct sub *s, struct frame *f, struct out *o, bool has_id)
{
    struct client *c = s->client;
    char vector[VECTOR_MAX];
    bool fits;
    if (c->kind == REQUEST_MANY)
        fits = out_many(o, f, vector, has_id ? put_vector(c, s, f->to, vector, sizeof(vector)) : 0);
    else
        fits = out_one(o, f);
    c->hub->stats.frames_sent += fits;
    if (fits && has_id)
        s->at = f->to;
    return fits;
}

/* A frame that is made for this write alone. It lives until the write is over. */
static bool put_own(struct sub *s, struct frame *f, struct out *o, bool has_id)
{
    bool fits = put(s, f, o, has_id);
    if (fits)
        out_hold(o, f);
    else
        frame_unref(f);
    return fits;
}

static bool put_closed(struct sub *s, const char *status, struct out *o)
{
    char text[48];
    int len = snprintf(text, sizeof(text), "{\"status\":\"%s\"}", status);
    struct frame_part part = {text, (size_t)len};
    struct frame *f =
        frame_new(&s->client->hub->frames, FRAME_CLOSED, s->id, s->at, s->at, &part, 1);
    s->closed = put_own(s, f, o, true);
    return s->closed;
}

/* Frames from the ring. False: no room for the next. */
static bool put_live(struct sub *s, struct out *o)
{
    struct run *run = s->run;
    for (struct frame *f; (f = trail_get(&run->ring, s->seq)); s->seq++)
        if (!put(s, f, o, true))
            return false;
    if (run->progress && s->progress_seen != run->progress_version) {
        if (!put(s, run->progress, o, false))
            return false;
        s->progress_seen = run->progress_version;
    }
    if (run->preview && s->preview_seen != run->preview_version) {
        if (run->preview_line > s->at.line && !put(s, run->preview, o, false))
            return false;
        s->preview_seen = run->preview_version;
    }
    return true;
}

/* Follows the trail that passes where s stands: the ring for good, a page to its end. */
static bool put_trail(struct sub *s, struct out *o)
{
    struct run *run = s->run;
    enum trail_place place;
    for (;;) {
        uint64_t seq;
        const struct trail *t = runs_locate(&s->client->hub->runs, run, s->at, &place, &seq);
        if (!t) {
            s->live = false;
            catchup_want(s->client->hub->catchup, s);
            return true;
        }
        list_remove(&s->waiting);
        if (place == TRAIL_INSIDE) {
            struct frame *rest = frame_rest(trail_get(t, seq), run->id, s->at.line);
            if (!rest)
                client_kill(s->client);
            if (!rest || !put_own(s, rest, o, true))
                return false;
            continue;
        }
        if (t == &run->ring) {
            s->live = true;
            s->seq = seq;
            return put_live(s, o);
        }
        for (struct frame *f; (f = trail_get(t, seq)); seq++)
            if (!put(s, f, o, true))
                return false;
    }
}

static bool fill_sub(struct sub *s, struct out *o)
{
    struct run *run = s->run;
    if (!run || s->closed)
        return true;
    if (run->state == RUN_GONE) {
        if (!put_closed(s, "deleted", o))
            return false;
        leave_run(s);
        return true;
    }
    if (s->live && s->seq < run->ring.seq) {
        s->live = false;
        s->client->hub->stats.slow_falls++;
    }
    if (!(s->live ? put_live(s, o) : put_trail(s, o)))
        return false;
    if (run->state == RUN_ENDED && cursor_compare(s->at, run->head) == 0)
        return put_closed(s, run->status, o);
    return true;
}

static bool greet(struct client *c, struct out *o)
{
    static const char head[] = "Status: 200 OK\r\nContent-Type: text/event-stream\r\n"
                               "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n\r\n";
    if (!c->greeted)
        c->greeted = out_text(o, head, sizeof(head) - 1);
    if (c->retry_ms) {
        char line[32];
        int len = snprintf(line, sizeof(line), "retry: %d\n\n", c->retry_ms);
        if (!out_text(o, line, (size_t)len))
            return false;
        c->retry_ms = 0;
    }
    return true;
}

void stream_fill(struct client *c, struct out *o)
{
    if (!greet(c, o) || c->ending)
        return;
    if (c->kind == REQUEST_MANY && !changes_fill(c->hub->changes, c, o))
        return;
    bool open = c->kind == REQUEST_MANY;
    c->behind = false;
    for (int i = 0; i < c->sub_count; i++) {
        struct sub *s = &c->subs[(c->turn + i) % c->sub_count];
        bool done = fill_sub(s, o);
        c->behind |= !s->live && !s->closed;
        if (!done) {
            c->turn = (uint8_t)((c->turn + i) % c->sub_count);
            return;
        }
        open |= !s->closed;
    }
    if (c->ping_due && out_one(o, clients_ping(c->hub->clients)))
        c->ping_due = false;
    c->ending = !open;
}

void stream_wake(struct run *run, bool pages)
{
    list_each(at, &run->subs)
    {
        struct sub *s = list_item(at, struct sub, of_run);
        if (s->live || pages || !list_linked(&s->waiting))
            client_dirty(s->client);
    }
}
