/*
 * changes.h - what Postgres tells of changed rows, as frames for all streams of /events.
 *
 * Notifications name ids only; the rows are read once for everybody, many ids in one query. The
 * newest frames stand in a ring of their own; a client that falls out of it is told to read its
 * view anew (`reset`), which also stands for whatever was missed while the connection was away.
 */
#ifndef ATHANOR_EVENTS_CHANGES_H
#define ATHANOR_EVENTS_CHANGES_H

#include "client.h"

struct changes;

MUST_CHECK struct changes *changes_new(struct hub *h);
void changes_free(struct changes *ch);

/* The connection is (again) there. */
void changes_up(struct changes *ch);

/* One notification of the channel athanor_changes. */
void changes_notify(struct changes *ch, const char *payload);

/* Where a client begins that joins now. */
uint64_t changes_end(const struct changes *ch);

/* Puts the client's reset and changes into a write. False: no room for the next. */
bool changes_fill(struct changes *ch, struct client *c, struct out *o);

#endif
