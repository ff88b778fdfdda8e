/*
 * metrics.h - GET /api/v1/runs/{id}/metrics: the series of a run, or the points of one, thinned
 * out.
 */
#ifndef PAGES_METRICS_H
#define PAGES_METRICS_H

#include "ctx.h"

/* Without `key` the list of series; with it {"key","total","points":[[step,value,ms],...]}, at most
 * `points` (2,000) of them. `from` and `to` keep the chunks that reach into these steps, so a part
 * of a long series comes with its details; `total` counts what they hold. */
int metrics_view(struct ctx *c);

#endif
