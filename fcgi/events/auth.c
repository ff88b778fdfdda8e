#include "auth.h"

#include "join.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

enum { CHECK_S = 4, ROUND_MAX = 1024, SESSION_BUCKETS = 4096 };

struct session {
    struct secret_offer offer;
    struct link clients; /* struct client.of_session */
    struct link wanted;  /* to be asked for in the next round */
    struct session *hash_next;
    bool asked; /* in the round under way; it is not freed meanwhile */
    bool admin;
};

struct auth {
    struct hub *hub;
    struct session *buckets[SESSION_BUCKETS];
    struct link wanted;
    struct session *round[ROUND_MAX]; /* under way */
    size_t round_count;
    uint64_t started;
    unsigned ticks;
};

static const char *const kind_names[] = {[SECRET_SESSION] = "session", [SECRET_TOKEN] = "token"};

struct auth *auth_new(struct hub *h)
{
    struct auth *a = xcalloc(1, sizeof(*a));
    a->hub = h;
    list_init(&a->wanted);
    return a;
}

void auth_free(struct auth *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < SESSION_BUCKETS; i++) {
        for (struct session *s = a->buckets[i], *next; s; s = next) {
            next = s->hash_next;
            free(s);
        }
    }
    free(a);
}

static struct session **bucket_of(struct auth *a, const struct secret_offer *offer)
{
    char digits[4] = {0};
    memcpy(digits, offer->hash, 3);
    return &a->buckets[strtoul(digits, NULL, 16) % SESSION_BUCKETS];
}

static struct session *get(struct auth *a, const struct secret_offer *offer)
{
    struct session **bucket = bucket_of(a, offer), *s = *bucket;
    while (s && (s->offer.kind != offer->kind || strcmp(s->offer.hash, offer->hash) != 0))
        s = s->hash_next;
    if (s)
        return s;
    s = xcalloc(1, sizeof(*s));
    s->offer = *offer;
    s->hash_next = *bucket;
    *bucket = s;
    list_init(&s->clients);
    return s;
}

static void drop_unused(struct auth *a, struct session *s)
{
    if (s->asked || !list_empty(&s->clients))
        return;
    struct session **at = bucket_of(a, &s->offer);
    while (*at != s)
        at = &(*at)->hash_next;
    *at = s->hash_next;
    list_remove(&s->wanted);
    free(s);
}

void auth_leave(struct client *c)
{
    struct session *s = c->session;
    if (!s)
        return;
    list_remove(&c->of_session);
    c->session = NULL;
    drop_unused(c->hub->auth, s);
}

/* The session has gone: whoever came with it goes too. */
static void deny(struct session *s)
{
    static const struct err ended = {.code = ERR_DENIED, .text = "log in first"};
    list_each(at, &s->clients)
    {
        struct client *c = list_item(at, struct client, of_session);
        if (c->state == CLIENT_STREAMING)
            client_end(c);
        else if (c->state != CLIENT_ANSWERING)
            client_problem(c, 401, &ended);
        c->hub->stats.denied++;
    }
}

/* Those who came before the round began have their answer; later ones wait for theirs. */
static void pass(struct auth *a, struct session *s)
{
    list_each(at, &s->clients)
    {
        struct client *c = list_item(at, struct client, of_session);
        if (c->state != CLIENT_JOINING || c->passed || c->auth_round > a->started)
            continue;
        c->passed = true;
        join_step(c);
    }
}

static void start_round(struct auth *a);

static void on_answer(void *arg, const struct db_result *r, const struct err *e)
{
    struct auth *a = arg;
    bool yes[ROUND_MAX] = {false};
    if (!r)
        log_debug("sessions could not be checked: %s", e->text);
    for (int64_t i = 0; r && i < db_rows(r); i++) {
        int64_t n = db_int(r, i, 0) - 1;
        yes[n] = true;
        a->round[n]->admin = strcmp(db_text(r, i, 1), "admin") == 0;
    }
    size_t count = a->round_count;
    a->round_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct session *s = a->round[i];
        s->asked = false;
        if (!r && !list_linked(&s->wanted))
            list_append(&a->wanted, &s->wanted); /* again when the database is back */
        else if (r && yes[i])
            pass(a, s);
        else if (r)
            deny(s);
        drop_unused(a, s);
    }
    if (r)
        start_round(a);
}

static void start_round(struct auth *a)
{
    struct params_slice kinds[ROUND_MAX], hashes[ROUND_MAX];
    if (a->round_count || list_empty(&a->wanted) || !dba_is_up(a->hub->db))
        return;
    for (struct link *l; a->round_count < ROUND_MAX && (l = list_shift(&a->wanted));) {
        struct session *s = list_item(l, struct session, wanted);
        const char *kind = kind_names[s->offer.kind];
        kinds[a->round_count] = (struct params_slice){kind, strlen(kind)};
        hashes[a->round_count] = (struct params_slice){s->offer.hash, strlen(s->offer.hash)};
        s->asked = true;
        a->round[a->round_count++] = s;
    }
    a->started++;
    struct params *p = params_new();
    params_text_array(p, kinds, a->round_count);
    params_text_array(p, hashes, a->round_count);
    dba_query(a->hub->db, "sessions", p, on_answer, a);
    params_free(p);
}

void auth_join(struct auth *a, struct client *c, const struct secret_offer *offer)
{
    struct session *s = get(a, offer);
    c->session = s;
    c->auth_round = a->started + 1;
    list_append(&s->clients, &c->of_session);
    if (!list_linked(&s->wanted))
        list_append(&a->wanted, &s->wanted);
    start_round(a);
}

void auth_check_all(struct auth *a)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        for (struct session *s = a->buckets[i]; s; s = s->hash_next)
            if (!list_linked(&s->wanted))
                list_append(&a->wanted, &s->wanted);
    start_round(a);
}

void auth_tick(struct auth *a)
{
    if (++a->ticks % CHECK_S == 0)
        auth_check_all(a);
    else
        start_round(a);
}

bool auth_is_admin(const struct client *c)
{
    return c->session && c->session->admin;
}
