/*
 * stamp.h - what an answer that is kept (kept.h) is true of: as long as its stamp is the same,
 * making it anew could only make the same.
 *
 * A view may show anything that the database holds, so its stamp is the database's snapshot: any
 * transaction of anybody ends it. Where runs are busy there is one for every batch of log lines, so
 * the pages that are asked for most have narrower stamps. What people and daemons change is told by
 * site_changes (sql/schema/077_site_changes.sql): authenticate is asked for changes that this
 * worker's last snapshot did not see, and a counter goes on when there are some. What a run says
 * moves the row of its head, whose version is in the stamp of that run's page. A stamp is read
 * before its view, so a change in between makes an answer under a stamp that never comes again.
 *
 * A page with a narrow stamp reads nothing but tables with the trigger site_changed and, if it is a
 * run's, what its run has said. tests/http/kept.mjs looks at what they read.
 */
#ifndef PAGES_STAMP_H
#define PAGES_STAMP_H

#include "arena.h"
#include "base.h"
#include "db.h"
#include "params.h"
#include "router.h"
#include "strbuf.h"

/* Changes are remembered for a minute at least: who has not asked for so long takes everything as
 * changed. */
enum { STAMP_REMEMBERED_MS = 30 * 1000 };

/* What this worker has seen of the site. */
struct stamp_seen {
    struct strbuf snapshot; /* the last one; empty: none */
    int64_t asked_ms;       /* by clock_mono_ms */
    uint64_t changes;       /* how often there were any */
};

void stamp_seen_init(struct stamp_seen *s);
void stamp_seen_release(struct stamp_seen *s);

/* Appends the two parameters by which authenticate is asked for the stamp of a route's answer. */
void stamp_ask(const struct stamp_seen *s, const struct route_match *m, struct params *p);

/* The stamp, in the arena, from the three columns of authenticate's row that begin at `column`. */
const char *stamp_take(struct stamp_seen *s, const struct route_match *m, const struct db_result *r,
                       int column, struct arena *a);

#endif
