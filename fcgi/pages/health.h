/*
 * health.h - GET /healthz and /metrics: whether it works, and how much there is of it.
 */
#ifndef PAGES_HEALTH_H
#define PAGES_HEALTH_H

#include "ctx.h"

int health_check(struct ctx *c);
int health_metrics(struct ctx *c);

#endif
