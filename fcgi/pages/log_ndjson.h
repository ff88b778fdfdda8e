/*
 * log_ndjson.h - GET /api/v1/runs/{id}/log.ndjson: the log as one JSON object a line, of any size.
 *
 * Chunks are read some lines at a time, so that a slow reader holds no query open; memory stays
 * flat. Metadata stands as the experiment wrote it.
 */
#ifndef PAGES_LOG_NDJSON_H
#define PAGES_LOG_NDJSON_H

#include "ctx.h"

/* Streams {"n","ms","level","text","source"} and, where there is any, "metadata" and
 * "continued":true (the line goes on in the next object). */
int log_ndjson_view(struct ctx *c);

#endif
