/*
 * when.h - times and durations as the API writes them and as people read them.
 */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include "doc.h"

/* "2026-11-21T16:05:11.123Z" as milliseconds since 1970, or -1. */
int64_t when_read(struct doc d);

/* "850 ms", "12.3 s", "4 min 5 s", "2 h 3 min" */
void when_put_duration(struct strbuf *out, int64_t ms);

#endif
