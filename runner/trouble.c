#include "trouble.h"

#include "json.h"

#include <stdio.h>
#include <stdlib.h>

struct trouble {
    struct lease *lease;
    struct journal *journal;
    int which; /* 0: there is none */
    char text[TROUBLE_MAX];
    int64_t since, seen_at;
    bool closed;
};

struct trouble *trouble_new(struct lease *lease, struct journal *journal)
{
    struct trouble *t = xcalloc(1, sizeof(*t));
    t->lease = lease;
    t->journal = journal;
    return t;
}

void trouble_free(struct trouble *t)
{
    free(t);
}

static void keep(const struct trouble *t)
{
    struct strbuf payload = STRBUF_INIT;
    char message[TROUBLE_MAX + 64];
    int64_t ms = t->seen_at - t->since;
    snprintf(message, sizeof(message), "%s (for %lld.%lld s)", t->text, (long long)ms / 1000,
             (long long)ms / 100 % 10);
    strbuf_addf(&payload, "{\"ms\":%lld,\"trouble\":", (long long)ms);
    json_put_cstring(&payload, t->text);
    strbuf_addc(&payload, '}');
    journal_set_time(t->journal, clock_wall_ms());
    journal_event(t->journal, "athanor.trouble", message, payload.buf);
    strbuf_release(&payload);
}

static void change(struct trouble *t, int which, const char *text, int64_t now_ms)
{
    if (t->which && !t->closed)
        keep(t);
    t->which = which;
    t->since = now_ms;
    snprintf(t->text, sizeof(t->text), "%s", which ? text : "");
    lease_trouble(t->lease, which ? t->text : NULL);
}

void trouble_see(struct trouble *t, int which, const char *text, int64_t now_ms)
{
    if (which != t->which) {
        if (t->which && now_ms - t->seen_at < TROUBLE_OVER_MS)
            return;
        change(t, which, text, now_ms);
    }
    t->seen_at = now_ms;
}

void trouble_close(struct trouble *t, int64_t now_ms)
{
    if (t->which && !t->closed) {
        t->seen_at = now_ms;
        keep(t);
    }
    t->closed = true;
}
