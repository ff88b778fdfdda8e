/*
 * frame.h - one SSE event, formatted once, shared by everybody who is sent it.
 *
 * A frame is immutable and counted. Its bytes serve both kinds of streams:
 *
 *     event: logs\ndata: {"run":7,            for many runs; the client's id line goes before
 *     id: 1500.12\nevent: logs\ndata: {       for one run
 *     "first":1401,"lines":[...]}\n\n         the tail, for both
 *
 * The pool counts the bytes of all living frames; it must outlive them.
 */
#ifndef ATHANOR_EVENTS_FRAME_H
#define ATHANOR_EVENTS_FRAME_H

#include "base.h"
#include "cursor.h"
#include "err.h"

enum frame_kind {
    FRAME_LOGS,
    FRAME_RECORD,
    FRAME_PROGRESS,
    FRAME_PREVIEW,
    FRAME_CLOSED,
    FRAME_RUN,
    FRAME_INSTANCE,
    FRAME_RESET,
    FRAME_PING,
    FRAME_KINDS,
    FRAME_RAW = FRAME_KINDS, /* bytes as they are: a whole answer */
};

/* The largest text of lines in one frame, unless a single line is larger. */
enum { FRAME_LINES_MAX = 48 * 1024 };

struct frame_pool {
    size_t bytes;  /* of living frames, their headers included */
    size_t count;  /* living frames */
    uint64_t made; /* ever */
};

struct frame {
    struct frame_pool *pool;
    struct cursor from, to; /* the step along the run that it is; equal where it is none */
    unsigned refs;
    enum frame_kind kind;
    uint32_t one_at;  /* where the form for one run begins */
    uint32_t tail_at; /* behind the `{` */
    uint32_t len;
    char bytes[];
};

struct frame_part {
    const char *data;
    size_t len;
};

/* A frame whose data is the parts, one behind the other: together a JSON object, on one line. `run`
 * 0 names no run; an id (to) stands in the kinds that have one. The caller holds one reference. */
MUST_CHECK struct frame *frame_new(struct frame_pool *pool, enum frame_kind kind, int64_t run,
                                   struct cursor from, struct cursor to,
                                   const struct frame_part *parts, size_t count);

/* FRAME_LOGS of count elements given as raw text pieces that hold whole elements, to be joined. */
enum { FRAME_PIECES_MAX = 64 };
MUST_CHECK struct frame *frame_logs(struct frame_pool *pool, int64_t run, struct cursor from,
                                    int64_t last, const struct frame_part *pieces, size_t count);

/* The rest of a FRAME_LOGS behind line `after`, which must lie within it. NULL if its text is
 * broken. */
MUST_CHECK struct frame *frame_rest(const struct frame *f, int64_t run, int64_t after);

/* Bytes as they are. */
MUST_CHECK struct frame *frame_raw(struct frame_pool *pool, const char *data, size_t len);

struct frame *frame_ref(struct frame *f);
void frame_unref(struct frame *f); /* NULL is allowed */

/* The JSON text of the data. */
const char *frame_data(const struct frame *f, size_t *len);

#endif
