/*
 * secret.h - tokens: made at random, kept as hashes only, found in a request's headers.
 *
 * A session's token travels in the cookie `athanor_session_8080`, the number being the port of the
 * site's address: browsers keep no cookies apart by port, so that one site would else sign out of
 * another on the same host. Where the address has no port it is `athanor_session`, which is taken
 * everywhere. An API token, `ath_...`, travels in `Authorization: Bearer`. The database holds
 * SHA-256 of the token; 256 random bits need no slow hash.
 */
#ifndef ATHANOR_SECRET_H
#define ATHANOR_SECRET_H

#include "base.h"
#include "err.h"

enum { SECRET_HASH_SIZE = 32, SECRET_HEX_SIZE = 65, SECRET_TOKEN_SIZE = 64 };
#define SECRET_COOKIE "athanor_session"

enum secret_kind { SECRET_NONE, SECRET_SESSION, SECRET_TOKEN };

/* What a request offers as proof; `hash` is lower-case hex, as the SQL function authenticate takes
 * it. */
struct secret_offer {
    enum secret_kind kind;
    char hash[SECRET_HEX_SIZE];
};

/* Must be called once a process before anything else here. */
MUST_CHECK int secret_init(struct err *e);

/* A new random token, `prefix` followed by 43 URL-safe characters (256 bits). */
void secret_new(const char *prefix, char out[SECRET_TOKEN_SIZE]);

/* Lower-case hex of SHA-256. */
void secret_hash(const char *token, size_t len, char out[SECRET_HEX_SIZE]);

/* The name of the cookie of the site at this address; the caller frees it. */
char *secret_cookie_name(const char *base_url);

/* Reads the values of the Authorization and Cookie headers (NULL where absent); a bearer token
 * wins. `name` is that of the site's cookie. */
void secret_from_headers(const char *authorization, const char *cookie, const char *name,
                         struct secret_offer *out);

#endif
