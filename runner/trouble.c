#include "trouble.h"

#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trouble {
    struct lease *lease;
    struct journal *journal;
    char text[TROUBLE_MAX]; /* "": there is none */
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

static void change(struct trouble *t, const char *text, int64_t now_ms)
{
    if (*t->text && !t->closed)
        keep(t);
    snprintf(t->text, sizeof(t->text), "%s", text);
    t->since = now_ms;
    lease_trouble(t->lease, *text ? t->text : NULL);
}

void trouble_see(struct trouble *t, const char *text, int64_t now_ms)
{
    if (!text && !*t->text)
        return;
    if (!text && now_ms - t->seen_at < TROUBLE_OVER_MS)
        return;
    if (!text || strcmp(text, t->text) != 0)
        change(t, text ? text : "", now_ms);
    t->seen_at = now_ms;
}

void trouble_close(struct trouble *t, int64_t now_ms)
{
    if (*t->text && !t->closed) {
        t->seen_at = now_ms;
        keep(t);
    }
    t->closed = true;
}
