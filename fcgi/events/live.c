#include "live.h"

#include "batch.h"
#include "catchup.h"
#include "feed.h"
#include "heads.h"
#include "log.h"
#include "redis.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 64 };

struct live {
    struct hub *hub;
    struct redis *listener, *asker;
};

/* A question for a run's latest progress and preview; when it is answered the run may be gone, and
 * newer ones may have come as messages. */
struct asked {
    struct live *live;
    int64_t run;
    unsigned progress_version, preview_version;
};

static void name_of(char out[NAME_MAX_LEN], const char *prefix, int64_t run)
{
    snprintf(out, NAME_MAX_LEN, "%s%lld", prefix, (long long)run);
}

/* -- progress and preview -- */

/* A JSON object on one line; what else it is, is the browser's business. */
static bool is_fit(const char *text, size_t len)
{
    if (len < 2 || len > FEED_RECORD_MAX * 2 || text[0] != '{' || text[len - 1] != '}')
        return false;
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ')
            return false;
    return true;
}

static struct frame *ephemeral(struct hub *h, const struct run *run, enum frame_kind kind,
                               const char *text, size_t len)
{
    struct frame_part part = {text, len};
    return frame_new(&h->frames, kind, run->id, run->head, run->head, &part, 1);
}

static void set_progress(struct hub *h, struct run *run, const char *text, size_t len)
{
    if (run->state == RUN_ENDED || !is_fit(text, len))
        return;
    run_set_progress(run, ephemeral(h, run, FRAME_PROGRESS, text, len));
}

static void set_preview(struct hub *h, struct run *run, const char *text, size_t len)
{
    static const char begin[] = "{\"line\":";
    char digits[24] = {0};
    if (run->state == RUN_ENDED || !is_fit(text, len) || len < sizeof(begin) ||
        memcmp(text, begin, sizeof(begin) - 1) != 0)
        return;
    memcpy(digits, text + sizeof(begin) - 1, MIN(len - sizeof(begin), sizeof(digits) - 1));
    int64_t line = strtoll(digits, NULL, 10);
    if (line > run->ring.to.line)
        run_set_preview(run, ephemeral(h, run, FRAME_PREVIEW, text, len), line);
}

static void on_values(void *arg, const char *const *values, const size_t *lens, size_t count)
{
    struct asked *q = arg;
    struct hub *h = q->live->hub;
    struct run *run = runs_find(&h->runs, q->run);
    if (run && count == 2) {
        if (values[0] && run->progress_version == q->progress_version)
            set_progress(h, run, values[0], lens[0]);
        if (values[1] && run->preview_version == q->preview_version)
            set_preview(h, run, values[1], lens[1]);
        stream_wake(run, false);
    }
    free(q);
}

static void ask(struct live *l, struct run *run)
{
    char progress[NAME_MAX_LEN], preview[NAME_MAX_LEN];
    const char *keys[] = {progress, preview};
    name_of(progress, FEED_PROGRESS, run->id);
    name_of(preview, FEED_PREVIEW, run->id);
    struct asked *q = xmalloc(sizeof(*q));
    *q = (struct asked){l, run->id, run->progress_version, run->preview_version};
    if (!redis_mget(l->asker, keys, ARRAY_LEN(keys), on_values, q))
        free(q);
}

/* -- batches -- */

static void on_batch(struct hub *h, struct run *run, const struct feed_head *head)
{
    struct err e = {0};
    struct cursor to = {head->last_line, head->last_record}, end = run->ring.to;
    if (!run->ring_begun || (to.line <= end.line && to.record <= end.record))
        return;
    run_set_head(run, to);
    h->stats.batches++;
    if (head->first_line - 1 <= end.line && head->first_record - 1 <= end.record &&
        batch_follow(head, &h->frames, run->id, &run->ring, &e) != 0)
        log_warn("a batch of run %lld is not as it should be: %s", (long long)run->id, e.text);
    if (run_is_behind(run)) {
        h->stats.gaps++;
        catchup_ring(h->catchup, run);
    }
    catchup_advanced(h->catchup, run);
}

void live_message(struct hub *h, struct run *run, const char *data, size_t len)
{
    struct feed_head head;
    struct err e = {0};
    if (feed_parse(data, len, &head, &e) != 0) {
        log_warn("a message about run %lld: %s", (long long)run->id, e.text);
        return;
    }
    const char *end = memchr(head.rest, '\n', head.rest_len);
    size_t line = end ? (size_t)(end - head.rest) : head.rest_len;
    switch (head.kind) {
    case FEED_BATCH:
        on_batch(h, run, &head);
        break;
    case FEED_IS_PROGRESS:
        set_progress(h, run, head.rest, line);
        stream_wake(run, false);
        break;
    case FEED_IS_PREVIEW:
        set_preview(h, run, head.rest, line);
        stream_wake(run, false);
        break;
    }
}

/* -- the connections -- */

static void on_message(void *arg, const char *channel, size_t channel_len, const char *data,
                       size_t len)
{
    struct live *l = arg;
    struct run *run = runs_find(&l->hub->runs, feed_run_of(channel, channel_len, FEED_CHANNEL));
    if (run)
        live_message(l->hub, run, data, len);
}

/* What was published before this moment has passed us by. */
static void on_subscribed(void *arg, const char *channel, size_t channel_len)
{
    struct live *l = arg;
    struct run *run = runs_find(&l->hub->runs, feed_run_of(channel, channel_len, FEED_CHANNEL));
    if (!run)
        return;
    ask(l, run);
    heads_soon(l->hub->heads);
}

static void on_down(void *arg, const struct err *e)
{
    (void)arg;
    log_warn("Redis is away, runs are followed through the database: %s", e->text);
}

static void on_listener_up(void *arg)
{
    (void)arg;
    log_info("connected to Redis");
}

static void on_asker_up(void *arg)
{
    struct live *l = arg;
    list_each(at, &l->hub->runs.all)
    {
        struct run *run = list_item(at, struct run, all);
        if (run->followed)
            ask(l, run);
    }
}

struct live *live_new(struct hub *h)
{
    struct live *l = xcalloc(1, sizeof(*l));
    l->hub = h;
    struct redis_events listen = {.up = on_listener_up,
                                  .down = on_down,
                                  .message = on_message,
                                  .subscribed = on_subscribed,
                                  .arg = l};
    struct redis_events asking = {.up = on_asker_up, .arg = l};
    l->listener = redis_new(h->loop, h->conf->redis, true, &listen);
    l->asker = redis_new(h->loop, h->conf->redis, false, &asking);
    return l;
}

void live_free(struct live *l)
{
    if (!l)
        return;
    redis_free(l->listener);
    redis_free(l->asker);
    free(l);
}

bool live_is_up(const struct live *l)
{
    return redis_is_up(l->listener);
}

void live_follow(struct live *l, struct run *run)
{
    char channel[NAME_MAX_LEN];
    if (run->followed || run->state == RUN_ENDED || run->state == RUN_GONE)
        return;
    run->followed = true;
    name_of(channel, FEED_CHANNEL, run->id);
    redis_subscribe(l->listener, channel);
}

void live_leave(struct live *l, struct run *run)
{
    char channel[NAME_MAX_LEN];
    if (!run->followed)
        return;
    run->followed = false;
    name_of(channel, FEED_CHANNEL, run->id);
    redis_unsubscribe(l->listener, channel);
}
