/*
 * tokens.h - personal tokens: making and revoking them, and the routes of the API.
 *
 * A token belongs to a user and has a scope of its own; `made` holds the one copy of its secret
 * that there ever is, the database has its hash. Who asks with a token makes none that is stronger
 * or lasts longer; SQL sees to that (make_token).
 */
#ifndef PAGES_TOKENS_H
#define PAGES_TOKENS_H

#include "ctx.h"
#include "secret.h"

enum { TOKENS_NAME_MAX = 100, TOKENS_YEARS_MAX = 10, TOKENS_BUDGET_MAX = 1000000 };

/* A token as somebody wants it. */
struct token_draft {
    const char *name, *scope; /* "read", "run", "admin" */
    const char *expires;      /* a day, a time in UTC, "" for never; NULL: as usual */
    const char *key;          /* of idempotency; NULL: none */
    int64_t runs, minutes;    /* its budget: how many runs it may start, and how long they may take
                                 together; 0: as many, as long as they like */
};

struct token_made {
    bool made;                      /* false: the key's first request has made it */
    const char *row;                /* as the API shows it, in the arena */
    char secret[SECRET_TOKEN_SIZE]; /* valid only where `made` */
};

/* Adds what is wrong with a draft. */
void tokens_check(const struct token_draft *d, struct faults *f);

/* Makes a token of a checked draft. -1 with c->problem. */
MUST_CHECK int tokens_add(struct ctx *c, const struct token_draft *d, struct token_made *out);

/* Revokes the token that the path names, and those made with it. 404, 403 in c->problem. */
MUST_CHECK int tokens_revoke(struct ctx *c);

/* POST /api/v1/tokens; DELETE /api/v1/tokens/{id} */
int tokens_api_add(struct ctx *c);
int tokens_api_revoke(struct ctx *c);

#endif
