#include "changes.h"

#include "auth.h"
#include "clients.h"
#include "heads.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 1024, IDS_MAX = 65536, IDS_A_QUERY = 500 };

/* One kind of rows: ids that have changed, and the question for them. */
struct kind {
    struct changes *changes;
    const char *word, *query;
    enum frame_kind frame;
    int64_t *ids; /* the first `asked` of them are in the query under way */
    size_t count, cap, asked;
};

struct changes {
    struct hub *hub;
    struct kind kinds[2];
    struct frame *ring[RING];
    uint64_t begin, end; /* frames [begin, end) are there */
    bool was_up;
};

struct changes *changes_new(struct hub *h)
{
    struct changes *ch = xcalloc(1, sizeof(*ch));
    ch->hub = h;
    ch->kinds[0] = (struct kind){ch, "run", "changed_runs", FRAME_RUN, NULL, 0, 0, 0};
    ch->kinds[1] =
        (struct kind){ch, "instance", "changed_instances", FRAME_INSTANCE, NULL, 0, 0, 0};
    return ch;
}

void changes_free(struct changes *ch)
{
    if (!ch)
        return;
    for (; ch->begin < ch->end; ch->begin++)
        frame_unref(ch->ring[ch->begin % RING]);
    for (size_t i = 0; i < ARRAY_LEN(ch->kinds); i++)
        free(ch->kinds[i].ids);
    free(ch);
}

/* -- frames -- */

static void publish(struct changes *ch, enum frame_kind kind, const char *text, size_t len)
{
    struct cursor nowhere = {0, 0};
    struct frame_part part = {text, len};
    if (ch->end - ch->begin == RING)
        frame_unref(ch->ring[ch->begin++ % RING]);
    ch->ring[ch->end++ % RING] = frame_new(&ch->hub->frames, kind, 0, nowhere, nowhere, &part, 1);
}

static void publish_deleted(struct changes *ch, enum frame_kind kind, int64_t id)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "{\"id\":%lld,\"deleted\":true}", (long long)id);
    publish(ch, kind, text, (size_t)len);
}

uint64_t changes_end(const struct changes *ch)
{
    return ch->end;
}

static bool put_reset(struct changes *ch, struct client *c, struct out *o)
{
    struct cursor nowhere = {0, 0};
    struct frame_part part = {"{}", 2};
    struct frame *f = frame_new(&ch->hub->frames, FRAME_RESET, 0, nowhere, nowhere, &part, 1);
    if (!out_one(o, f)) {
        frame_unref(f);
        return false;
    }
    out_hold(o, f);
    c->reset_due = false;
    return true;
}

bool changes_fill(struct changes *ch, struct client *c, struct out *o)
{
    if (c->changes_seq < ch->begin) {
        c->changes_seq = ch->end;
        c->reset_due = true;
    }
    if (c->reset_due && !put_reset(ch, c, o))
        return false;
    for (; c->changes_seq < ch->end; c->changes_seq++)
        if (!out_one(o, ch->ring[c->changes_seq % RING]))
            return false;
    return true;
}

/* -- rows -- */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void ask(struct kind *k);

static void on_rows(void *arg, const struct db_result *r, const struct err *e)
{
    struct kind *k = arg;
    size_t asked = k->asked;
    k->asked = 0;
    if (!r) {
        log_debug("changed rows could not be read: %s", e->text);
        k->count = 0; /* the reset that follows the outage stands for them */
        clients_changed(k->changes->hub->clients, true);
        return;
    }
    for (size_t i = 0; i < asked; i++) {
        int64_t row = 0;
        while (row < db_rows(r) && db_int(r, row, 0) != k->ids[i])
            row++;
        if (row < db_rows(r))
            publish(k->changes, k->frame, db_text(r, row, 1), db_length(r, row, 1));
        else
            publish_deleted(k->changes, k->frame, k->ids[i]);
    }
    memmove(k->ids, k->ids + asked, (k->count - asked) * sizeof(*k->ids));
    k->count -= asked;
    clients_changed(k->changes->hub->clients, false);
    ask(k);
}

/* Asks for the rows of what has changed, each once, the first that were told first. */
static void ask(struct kind *k)
{
    if (k->asked || !k->count)
        return;
    size_t take = MIN(k->count, (size_t)IDS_A_QUERY), kept = 0;
    qsort(k->ids, take, sizeof(*k->ids), by_value);
    for (size_t i = 0; i < take; i++)
        if (!kept || k->ids[kept - 1] != k->ids[i])
            k->ids[kept++] = k->ids[i];
    memmove(k->ids + kept, k->ids + take, (k->count - take) * sizeof(*k->ids));
    k->count -= take - kept;
    k->asked = kept;
    struct params *p = params_new();
    params_int_array(p, k->ids, kept);
    dba_query(k->changes->hub->db, k->query, p, on_rows, k);
    params_free(p);
}

static void add(struct kind *k, int64_t id)
{
    if (k->count > k->asked && k->ids[k->count - 1] == id)
        return;
    if (k->count == IDS_MAX) { /* far too many to tell one by one */
        k->count = k->asked;
        clients_changed(k->changes->hub->clients, true);
    }
    if (k->count == k->cap) {
        k->cap = k->cap ? k->cap * 2 : 64;
        k->ids = xreallocarray(k->ids, k->cap, sizeof(*k->ids));
    }
    k->ids[k->count++] = id;
    ask(k);
}

/* A run that somebody watches: where it stands is asked for at once. */
static void hint(struct hub *h, int64_t id)
{
    struct run *run = runs_find(&h->runs, id);
    if (!run || run->state == RUN_GONE)
        return;
    run->recheck = true;
    heads_soon(h->heads);
}

void changes_notify(struct changes *ch, const char *payload)
{
    if (strcmp(payload, "sessions") == 0) {
        auth_check_all(ch->hub->auth);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(ch->kinds); i++) {
        struct kind *k = &ch->kinds[i];
        size_t word = strlen(k->word);
        int64_t id;
        if (strncmp(payload, k->word, word) != 0 || payload[word] != ' ')
            continue;
        const char *digits = payload + word + 1;
        if (!parse_int64(digits, strcspn(digits, " "), &id))
            return;
        if (k->frame == FRAME_RUN)
            hint(ch->hub, id);
        if (clients_want_changes(ch->hub->clients))
            add(k, id);
        return;
    }
}

/* We hear of what changes from now on, so who reads anew misses nothing. */
static void on_listening(void *arg, const struct db_result *r, const struct err *e)
{
    struct changes *ch = arg;
    (void)e;
    if (!r)
        return;
    if (ch->was_up)
        clients_changed(ch->hub->clients, true);
    ch->was_up = true;
}

void changes_up(struct changes *ch)
{
    dba_listen(ch->hub->db, "athanor_changes", true, on_listening, ch);
}
