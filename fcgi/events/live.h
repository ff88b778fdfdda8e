/*
 * live.h - the supervisors' messages through Redis: they make sooner what heads.h would find out
 * anyway.
 *
 * Owns the two Redis connections (one listens, one asks for the latest progress and preview).
 */
#ifndef ATHANOR_EVENTS_LIVE_H
#define ATHANOR_EVENTS_LIVE_H

#include "hub.h"

struct live;

MUST_CHECK struct live *live_new(struct hub *h);
void live_free(struct live *l);
bool live_is_up(const struct live *l);

/* Subscribes to a run's channel and fetches its progress and preview; nothing if that was done, or
 * the run has ended. */
void live_follow(struct live *l, struct run *run);
void live_leave(struct live *l, struct run *run);

/* Takes one message of a run. Also what the fuzzer calls. */
void live_message(struct hub *h, struct run *run, const char *data, size_t len);

#endif
