/*
 * settings.h - which site, and with which token.
 *
 * In this order: --url and --token-file, ATHANOR_URL and ATHANOR_TOKEN, the configuration file. The
 * file remembers a token for each site, and a token that is remembered is sent to that site alone.
 * A token never stands in a command line.
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "args.h"
#include "err.h"

struct settings {
    char *url;     /* no slash at the end */
    char *token;   /* NULL: none */
    char *ca_file; /* NULL: the system's */
};

/* Finds them. ERR_INVALID says what is missing or unsafe. */
MUST_CHECK struct settings *settings_load(const struct args *args, struct err *e);

/* Those of a site that is logged in to: only its address and --ca-file. */
MUST_CHECK struct settings *settings_of(const struct args *args, const char *url, struct err *e);
void settings_free(struct settings *s);

/* Remembers the site and its token, as the one used where nothing else is said. */
MUST_CHECK int settings_store(const struct settings *s, struct err *e);

/* The path of the configuration file; free() it. */
char *settings_path(void);

/* The address of the site that was logged in to last, or NULL; free() it. */
char *settings_last_url(void);

/* The first line of a token file ("-": stdin), which others must not be able to read. free() it. */
MUST_CHECK char *settings_read_token(const char *path, struct err *e);

#endif
