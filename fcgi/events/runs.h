/*
 * runs.h - the runs that somebody watches: what is known of each, and the recent part of each.
 *
 * A run is here while a client watches it and a little longer. It owns its ring (the recent frames,
 * which the clients at its end share), its pages (stretches read from Postgres for those behind)
 * and its latest progress and preview. It never touches a client: it keeps the lists that subs put
 * themselves into.
 *
 * Invariants: `ring.to` never passes `head`; both only grow. A page is in its run's list and in the
 * table's list, least used first, or in neither.
 */
#ifndef ATHANOR_EVENTS_RUNS_H
#define ATHANOR_EVENTS_RUNS_H

#include "base.h"
#include "cursor.h"
#include "frame.h"
#include "list.h"
#include "trail.h"

enum run_state {
    RUN_ASKED, /* Postgres has not answered yet */
    RUN_LIVE,  /* pending or running */
    RUN_ENDED, /* `head` is its last cursor */
    RUN_GONE,  /* deleted, or never was */
};

struct page {
    struct trail trail;
    struct link of_run, of_all;
};

struct run {
    int64_t id;
    enum run_state state;
    char status[16];
    struct cursor head;  /* the newest that is known to be committed */
    struct trail ring;   /* ends where the run is followed to */
    bool ring_begun;     /* ring.to has been set */
    struct link pages;   /* struct page.of_run */
    struct link subs;    /* struct sub.of_run: all that watch it */
    struct link waiting; /* struct sub.waiting: those that need a page, first come first */
    struct link waits;   /* struct client.of_run: /wait requests */
    struct link reading; /* in catchup's list of runs that need a read */
    struct link all, idle;
    struct run *hash_next;
    struct frame *progress, *preview;
    int64_t preview_line;
    unsigned progress_version, preview_version;
    bool read_in_flight, read_was_ring;
    bool parked;          /* a read brought nothing: no other before something changes */
    bool recheck;         /* is to be asked for although it has ended */
    bool followed;        /* its channel is subscribed to */
    uint64_t asked_round; /* of heads: when it was asked for last */
    int64_t behind_since; /* when ring.to was first seen behind head; 0: it is not */
    int64_t idle_since;
};

struct runs {
    struct run **buckets;
    size_t bucket_count, count;
    struct link all;   /* struct run.all */
    struct link idle;  /* struct run.idle: watched by nobody */
    struct link pages; /* struct page.of_all: least used first */
    size_t page_count;
};

void runs_init(struct runs *r);
void runs_release(struct runs *r);

/* The run, or NULL. */
struct run *runs_find(const struct runs *r, int64_t id);

/* The run, made if it is not there; unless it is watched it counts as idle from `now` on. */
struct run *runs_get(struct runs *r, int64_t id, int64_t now);
void runs_drop(struct runs *r, struct run *run);

/* Somebody has put himself into one of the run's lists; somebody has left one. */
void runs_keep(struct run *run);
void runs_leave(struct runs *r, struct run *run, int64_t now);

/* Moves head forward; never back. The first call sets where the ring begins. */
void run_set_head(struct run *run, struct cursor head);

/* The ring does not reach head. */
bool run_is_behind(const struct run *run);

/* Replaces the latest progress or preview; takes over the reference; NULL: there is none. */
void run_set_progress(struct run *run, struct frame *f);
void run_set_preview(struct run *run, struct frame *f, int64_t line);

/* Keeps a page; takes over the trail. */
void runs_add_page(struct runs *r, struct run *run, struct trail *trail);
void runs_drop_page(struct runs *r, struct page *page);

/* The trail (ring or page) that passes `at`, as trail_find; NULL: none does. */
const struct trail *runs_locate(struct runs *r, struct run *run, struct cursor at,
                                enum trail_place *place, uint64_t *seq);

#endif
