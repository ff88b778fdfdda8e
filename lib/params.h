/*
 * params.h - the parameters of one query, in libpq's form.
 *
 * The builder copies every value; params_reset makes it empty for the next query, params_release
 * frees it. Values are sent beside the statement, never inside it. Text arrays and integer
 * arrays go in binary, so that no element needs quoting; the statement casts them ($3::text[]).
 */
#ifndef ATHANOR_PARAMS_H
#define ATHANOR_PARAMS_H

#include "base.h"

enum { PARAMS_MAX = 32 };

struct params;

MUST_CHECK struct params *params_new(void);
void params_free(struct params *p);
void params_reset(struct params *p);

/* A copy of all parameters, for a query that is sent later. NULL copies as no parameters. */
MUST_CHECK struct params *params_copy(const struct params *p);

/* All parameters, for the same, taken out of *p, which is empty then. */
MUST_CHECK struct params *params_move(struct params *p);

/* Each appends the next parameter. Text must be valid UTF-8 without NUL; it is cut at one. */
void params_null(struct params *p);
void params_text(struct params *p, const char *s); /* NULL: SQL null */
void params_textn(struct params *p, const char *s, size_t len);
void params_int(struct params *p, int64_t value);
void params_bool(struct params *p, bool value);
void params_double(struct params *p, double value);

struct params_slice {
    const char *data; /* NULL: SQL null */
    size_t len;
};
void params_text_array(struct params *p, const struct params_slice *items, size_t count);
void params_int_array(struct params *p, const int64_t *items, size_t count);

/* What libpq takes. A NULL p has no parameters. */
int params_count(const struct params *p);
const char *const *params_values(struct params *p);
const int *params_lengths(struct params *p);
const int *params_formats(struct params *p);

#endif
