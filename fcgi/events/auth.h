/*
 * auth.h - the sessions and tokens behind the open connections, asked for all at once.
 *
 * Owns one struct session for each secret in use, shared by all its clients. Every 4 s, and at once
 * when one was ended somewhere, one query asks authenticate() for all; it counts as their use.
 * Clients whose session has gone get 401, or the end of their stream.
 */
#ifndef ATHANOR_EVENTS_AUTH_H
#define ATHANOR_EVENTS_AUTH_H

#include "client.h"
#include "secret.h"

struct auth;

MUST_CHECK struct auth *auth_new(struct hub *h);
void auth_free(struct auth *a);

/* Binds the client to its session and asks for it; `passed` is set when the answer is yes, and then
 * its join goes on. */
void auth_join(struct auth *a, struct client *c, const struct secret_offer *offer);
void auth_leave(struct client *c);

/* Once a second; and: ask for all of them now. */
void auth_tick(struct auth *a);
void auth_check_all(struct auth *a);

/* It may see what administrators may. */
bool auth_is_admin(const struct client *c);

#endif
