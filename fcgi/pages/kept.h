/*
 * kept.h - finished answers of GET pages, given again for as long as making them anew could only
 * make the same.
 *
 * What a view page shows depends on who asks for what (the key), on what the database holds
 * (stamp.h) and, by ages in words and heartbeats, on the second: these two are an answer's stamp.
 *
 * Each worker has its own; it owns copies of all that it is given. Small and bounded: what was not
 * asked for longest makes room.
 */
#ifndef PAGES_KEPT_H
#define PAGES_KEPT_H

#include "base.h"
#include "strbuf.h"

enum { KEPT_ANSWERS = 64, KEPT_BYTES = 8 * 1024 * 1024 };

struct kept;

struct kept_answer {
    const char *type; /* a constant */
    struct strbuf key, stamp, body;
    size_t now_at; /* of the 13 digits of the server's clock in the body; 0: there are none */
    uint64_t used;
};

struct kept *kept_new(void);
void kept_free(struct kept *k);

/* The answer, borrowed until the next call, or NULL. */
const struct kept_answer *kept_find(struct kept *k, const char *key, const char *stamp);

/* Keeps a copy, in place of an older answer to the same key. `now_at` as in kept_answer. */
void kept_put(struct kept *k, const char *key, const char *stamp, const char *type,
              const struct strbuf *body, size_t now_at);

#endif
