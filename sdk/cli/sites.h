/*
 * sites.h - the text of the configuration file: the sites that were logged in to.
 *
 *     url = http://127.0.0.1:8080
 *
 *     [http://127.0.0.1:8080]
 *     token = ath_...
 *
 * `url` is the site that is meant where none is named. Lines that begin with # are left out.
 */
#ifndef CLI_SITES_H
#define CLI_SITES_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

struct site {
    char *url, *token;
};

struct sites {
    char *url; /* NULL: none */
    struct site *list;
    size_t count;
};

/* Reads it; ERR_INVALID names the line. Release *out in any case. */
MUST_CHECK int sites_parse(struct sites *out, const char *text, struct err *e);
void sites_release(struct sites *s);

/* The site of that address that has a token, or NULL. */
const struct site *sites_find(const struct sites *s, const char *url);

/* Gives a site a token, and makes it the one that is meant. */
void sites_set(struct sites *s, const char *url, const char *token);

/* Appends the text. */
void sites_put(const struct sites *s, struct strbuf *out);

#endif
