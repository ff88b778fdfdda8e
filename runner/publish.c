#include "publish.h"

#include "feed.h"
#include "log.h"
#include "redis.h"

#include <stdlib.h>
#include <string.h>

/* One ephemeral thing: the newest text, published and kept under its key at most every 100 ms. */
struct latest {
    struct publish *owner;
    char *key;
    enum feed_kind kind;
    struct strbuf json;
    bool changed, set; /* not sent yet; the key is there */
    int64_t sent_at;
    struct loop_timer *timer;
};

struct publish {
    struct loop *loop;
    struct redis *redis;
    char *channel;
    struct strbuf message;
    struct latest progress, preview;
};

static void on_down(void *arg, const struct err *e)
{
    (void)arg;
    log_debug("%s: live traffic waits, nothing is lost", e->text);
}

static void send_latest(struct latest *l)
{
    struct publish *p = l->owner;
    l->changed = false;
    l->sent_at = loop_now(p->loop);
    if (l->json.len == 0) {
        if (l->set)
            redis_del(p->redis, l->key);
        l->set = false;
        return;
    }
    strbuf_reset(&p->message);
    strbuf_addc(&p->message, (char)l->kind);
    strbuf_addc(&p->message, '\n');
    strbuf_add(&p->message, l->json.buf, l->json.len);
    strbuf_addc(&p->message, '\n');
    redis_set(p->redis, l->key, l->json.buf, l->json.len, FEED_TTL_S);
    redis_publish(p->redis, p->channel, p->message.buf, p->message.len);
    l->set = true;
}

static void on_timer(void *arg)
{
    struct latest *l = arg;
    if (l->changed)
        send_latest(l);
}

/* What was said while Redis was away was told to nobody, and what went meanwhile is still kept. */
static void on_up(void *arg)
{
    struct publish *p = arg;
    struct latest *all[] = {&p->progress, &p->preview};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (all[i]->set)
            send_latest(all[i]);
        else
            redis_del(p->redis, all[i]->key);
    }
}

static void change_latest(struct latest *l, const char *json, size_t len)
{
    if (len == l->json.len && memcmp(json, l->json.buf, len) == 0)
        return;
    strbuf_reset(&l->json);
    strbuf_add(&l->json, json, len);
    l->changed = true;
    int64_t wait = l->sent_at + PUBLISH_EVERY_MS - loop_now(l->owner->loop);
    if (wait <= 0)
        send_latest(l);
    else if (!loop_timer_active(l->timer))
        loop_timer_start(l->timer, wait, 0);
}

static void init_latest(struct latest *l, struct publish *p, enum feed_kind kind,
                        const char *prefix, int64_t run)
{
    *l = (struct latest){.owner = p, .kind = kind, .json = STRBUF_INIT};
    l->key = xasprintf("%s%lld", prefix, (long long)run);
    l->sent_at = loop_now(p->loop) - PUBLISH_EVERY_MS;
    l->timer = loop_timer_new(p->loop, on_timer, l);
}

static void release_latest(struct latest *l)
{
    loop_timer_free(l->timer);
    strbuf_release(&l->json);
    free(l->key);
}

struct publish *publish_new(struct loop *l, const char *redis_path, int64_t run)
{
    struct publish *p = xcalloc(1, sizeof(*p));
    struct redis_events events = {.up = on_up, .down = on_down, .arg = p};
    p->loop = l;
    p->channel = xasprintf("%s%lld", FEED_CHANNEL, (long long)run);
    strbuf_init(&p->message);
    p->redis = redis_new(l, redis_path, false, &events);
    init_latest(&p->progress, p, FEED_IS_PROGRESS, FEED_PROGRESS, run);
    init_latest(&p->preview, p, FEED_IS_PREVIEW, FEED_PREVIEW, run);
    return p;
}

void publish_free(struct publish *p)
{
    if (!p)
        return;
    redis_free(p->redis);
    release_latest(&p->progress);
    release_latest(&p->preview);
    strbuf_release(&p->message);
    free(p->channel);
    free(p);
}

static void add_line(struct strbuf *out, const char *text, size_t len)
{
    strbuf_add(out, text, len);
    strbuf_addc(out, '\n');
}

void publish_batch(struct publish *p, int64_t epoch, const struct batch *b)
{
    const struct batch_head *h = &b->head;
    if (!redis_is_up(p->redis))
        return;
    strbuf_reset(&p->message);
    feed_put_batch(&p->message, epoch, h->first_line, h->last_line, h->first_record,
                   h->last_record);
    if (b->chunk.len)
        add_line(&p->message, b->chunk.buf, b->chunk.len);
    for (size_t i = 0; i < batch_record_count(b); i++) {
        const struct batch_record *r = batch_record(b, i);
        const char *brief = batch_text(b, r->brief);
        if (brief)
            add_line(&p->message, brief, r->brief.len);
        else
            add_line(&p->message, batch_text(b, r->body), r->body.len);
    }
    redis_publish(p->redis, p->channel, p->message.buf, p->message.len);
}

void publish_record(struct publish *p, int64_t epoch, int64_t line, int64_t record,
                    const char *body)
{
    strbuf_reset(&p->message);
    feed_put_batch(&p->message, epoch, line + 1, line, record, record);
    add_line(&p->message, body, strlen(body));
    redis_publish(p->redis, p->channel, p->message.buf, p->message.len);
}

void publish_progress(struct publish *p, const char *json, size_t len)
{
    change_latest(&p->progress, json, len);
}

void publish_preview(struct publish *p, const char *json, size_t len)
{
    change_latest(&p->preview, json, len);
}

void publish_renew(struct publish *p)
{
    struct latest *all[] = {&p->progress, &p->preview};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i]->set)
            redis_set(p->redis, all[i]->key, all[i]->json.buf, all[i]->json.len, FEED_TTL_S);
}

void publish_end(struct publish *p)
{
    struct latest *all[] = {&p->progress, &p->preview};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (all[i]->set)
            redis_del(p->redis, all[i]->key);
}
