/*
 * metrics.h - what the relay tells about itself, as Prometheus reads it. Owns nothing.
 */
#ifndef ATHANOR_EVENTS_METRICS_H
#define ATHANOR_EVENTS_METRICS_H

#include "client.h"

/* Answers GET /events/metrics. */
void metrics_answer(struct client *c);

#endif
