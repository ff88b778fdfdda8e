/*
 * points.h - the stored points of a series, which stand undecoded between `,<TAB>` in its chunks.
 */
#ifndef PAGES_POINTS_H
#define PAGES_POINTS_H

#include "ctx.h"

/* Walks the points `[step,value,ms]` of one chunk's body. */
typedef void points_cb(void *arg, const char *point, size_t len);
void points_each(const char *body, size_t len, points_cb *each, void *arg);

/* How many points the chunks of a series hold that reach into the steps from..to (texts of numbers,
 * NULL: no bound). -1 with c->problem, 404 naming `key` where there is no such series. */
MUST_CHECK int64_t points_total(struct ctx *c, const char *key, const char *from, const char *to);

#endif
