/*
 * publish.h - live traffic: what was committed, and what is shown only while it happens.
 *
 * Owns the publishing connection to Redis, the latest progress and the latest preview. Losing any
 * of it loses nothing but time, so nothing here fails.
 */
#ifndef ATHANOR_PUBLISH_H
#define ATHANOR_PUBLISH_H

#include "base.h"
#include "batch.h"
#include "loop.h"
#include "strbuf.h"

enum { PUBLISH_EVERY_MS = 100 };

struct publish;

MUST_CHECK struct publish *publish_new(struct loop *l, const char *redis_path, int64_t run);
void publish_free(struct publish *p);

/* A committed batch; and the one record that claim_run or finish_run returned, with the head it led
 * to. */
void publish_batch(struct publish *p, int64_t epoch, const struct batch *b);
void publish_record(struct publish *p, int64_t epoch, int64_t line, int64_t record,
                    const char *body);

/* The latest progress, JSON: sent at once or, within 100 ms of the last, when these are over. */
void publish_progress(struct publish *p, const char *json, size_t len);

/* The latest preview, JSON; len 0: there is none any more. */
void publish_preview(struct publish *p, const char *json, size_t len);

/* Keeps the keys of progress and preview alive; with the heartbeat. */
void publish_renew(struct publish *p);

/* The run has ended: removes the keys. */
void publish_end(struct publish *p);

#endif
