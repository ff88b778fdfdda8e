#include "metrics.h"

#include "clients.h"
#include "live.h"

struct line {
    const char *name, *type, *help;
    int64_t value;
};

static void put(struct strbuf *out, const struct line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct line *l = &lines[i];
        strbuf_addf(out, "# HELP athanor_events_%s %s\n# TYPE athanor_events_%s %s\n", l->name,
                    l->help, l->name, l->type);
        strbuf_addf(out, "athanor_events_%s %lld\n", l->name, (long long)l->value);
    }
}

/* Milliseconds for which the run that is furthest behind its head has been so. */
static int64_t lag_ms(struct hub *h)
{
    int64_t since = 0;
    list_each(at, &h->runs.all)
    {
        const struct run *run = list_item(at, struct run, all);
        if (run->behind_since && (!since || run->behind_since < since))
            since = run->behind_since;
    }
    return since ? loop_now(h->loop) - since : 0;
}

static void put_gauges(struct hub *h, struct strbuf *out)
{
    struct clients_counts n;
    clients_count(h->clients, &n);
    const struct line lines[] = {
        {"connections", "gauge", "Open connections.", n.open},
        {"streams", "gauge", "Open streams.", n.streaming},
        {"waits", "gauge", "Requests that wait for the end of a run.", n.waiting},
        {"stalled", "gauge", "Clients whose socket is full.", n.stalled},
        {"stalled_bytes", "gauge", "Memory that they keep from being freed.", n.stalled_bytes},
        {"runs", "gauge", "Runs that are followed.", (int64_t)h->runs.count},
        {"frames", "gauge", "Frames in memory.", (int64_t)h->frames.count},
        {"frame_bytes", "gauge", "Memory of frames.", (int64_t)h->frames.bytes},
        {"frame_bytes_limit", "gauge", "What it may be.", (int64_t)hub_memory_limit(h)},
        {"pages", "gauge", "Pages in memory.", (int64_t)h->runs.page_count},
        {"lag_milliseconds", "gauge", "How long a run has been behind the database.", lag_ms(h)},
        {"database_up", "gauge", "1 while connected to Postgres.", dba_is_up(h->db)},
        {"redis_up", "gauge", "1 while connected to Redis.", live_is_up(h->live)},
    };
    put(out, lines, ARRAY_LEN(lines));
}

static void put_counters(const struct hub *h, struct strbuf *out)
{
    const struct stats *s = &h->stats;
    const struct line lines[] = {
        {"accepted_total", "counter", "Connections taken.", s->accepted},
        {"refused_total", "counter", "Requests refused, too many being open.", s->refused},
        {"denied_total", "counter", "Requests and streams without a session.", s->denied},
        {"frames_made_total", "counter", "Frames formatted.", (int64_t)h->frames.made},
        {"frames_sent_total", "counter", "Frames of runs handed to clients.", s->frames_sent},
        {"bytes_sent_total", "counter", "Bytes written to clients.", s->bytes_sent},
        {"writes_total", "counter", "Writes to clients.", s->writes},
        {"stalls_total", "counter", "Writes that filled a socket.", s->stalls},
        {"slow_falls_total", "counter", "Clients that fell out of a ring.", s->slow_falls},
        {"cut_idle_total", "counter", "Clients cut: they took nothing.", s->cut_idle},
        {"cut_memory_total", "counter", "Clients cut: memory was short.", s->cut_memory},
        {"batches_total", "counter", "Batches taken from Redis.", s->batches},
        {"gaps_total", "counter", "Batches that did not follow the ring.", s->gaps},
        {"pages_read_total", "counter", "Pages read from Postgres.", s->pages_read},
        {"page_bytes_total", "counter", "Bytes of these.", s->page_bytes},
        {"read_failures_total", "counter", "Pages that could not be read.", s->read_failures},
    };
    put(out, lines, ARRAY_LEN(lines));
}

void metrics_answer(struct client *c)
{
    struct strbuf out = STRBUF_INIT;
    put_gauges(c->hub, &out);
    put_counters(c->hub, &out);
    client_answer(c, 200, "text/plain; version=0.0.4", NULL, out.buf, out.len);
    strbuf_release(&out);
}
