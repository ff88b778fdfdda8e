#include "kept.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    struct kept_answer answers[KEPT_ANSWERS]; /* used 0: free */
    uint64_t clock;
    size_t bytes; /* of all bodies */
};

struct kept *kept_new(void)
{
    struct kept *k = xcalloc(1, sizeof(*k));
    for (size_t i = 0; i < KEPT_ANSWERS; i++) {
        strbuf_init(&k->answers[i].key);
        strbuf_init(&k->answers[i].stamp);
        strbuf_init(&k->answers[i].body);
    }
    return k;
}

static void drop(struct kept *k, struct kept_answer *a)
{
    k->bytes -= a->body.len;
    strbuf_release(&a->key);
    strbuf_release(&a->stamp);
    strbuf_release(&a->body);
    a->used = 0;
}

void kept_free(struct kept *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < KEPT_ANSWERS; i++)
        drop(k, &k->answers[i]);
    free(k);
}

static struct kept_answer *find(struct kept *k, const char *key)
{
    size_t len = strlen(key);
    for (size_t i = 0; i < KEPT_ANSWERS; i++) {
        struct kept_answer *a = &k->answers[i];
        if (a->used && a->key.len == len && memcmp(a->key.buf, key, len) == 0)
            return a;
    }
    return NULL;
}

/* A free place, or else the one that was not asked for longest. */
static struct kept_answer *oldest(struct kept *k, bool in_use)
{
    struct kept_answer *found = NULL;
    for (size_t i = 0; i < KEPT_ANSWERS; i++) {
        struct kept_answer *a = &k->answers[i];
        if ((a->used || !in_use) && (!found || a->used < found->used))
            found = a;
    }
    return found;
}

const struct kept_answer *kept_find(struct kept *k, const char *key, const char *stamp)
{
    struct kept_answer *a = find(k, key);
    if (!a || strcmp(a->stamp.buf, stamp) != 0)
        return NULL;
    a->used = ++k->clock;
    return a;
}

void kept_put(struct kept *k, const char *key, const char *stamp, const char *type,
              const struct strbuf *body, size_t now_at)
{
    struct kept_answer *a = find(k, key);
    if (body->len > KEPT_BYTES)
        return;
    if (!a)
        a = oldest(k, false);
    drop(k, a);
    while (k->bytes + body->len > KEPT_BYTES)
        drop(k, oldest(k, true));
    strbuf_adds(&a->key, key);
    strbuf_adds(&a->stamp, stamp);
    strbuf_add(&a->body, body->buf, body->len);
    a->type = type;
    a->now_at = now_at;
    a->used = ++k->clock;
    k->bytes += body->len;
}
