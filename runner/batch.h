/*
 * batch.h - what a run said since the last flush: log lines in one chunk, records, metric points.
 *
 * Owns the numbering within the batch and all its bytes. A batch is open (lines and records are
 * added), then sealed by batch_seal, which closes the chunk and turns the metric points into their
 * one record. A sealed batch never changes: it is written to the spool, sent to Postgres and
 * published as it stands. It is encoded as a fixed header and five sections, so that encoding
 * copies nothing and decoding only checks and copies.
 */
#ifndef ATHANOR_BATCH_H
#define ATHANOR_BATCH_H

#include "base.h"
#include "chunk.h"
#include "err.h"
#include "strbuf.h"

#include <sys/uio.h>

enum {
    BATCH_FLUSH = 256 * 1024, /* an open batch of this size is sent without waiting for its time */
    BATCH_FULL = 512 * 1024,  /* one of this size is sealed even if it has to wait in the spool */
    BATCH_KEY_MAX = 1000,     /* bytes of a key, a table's or an event's name: they are indexed */
    BATCH_SERIES_MAX = 512,   /* in one record */
    BATCH_POINTS_MAX =
        60000, /* bytes of points in one record, so that it is not sent as a reference */
    BATCH_SECTIONS = 5,
};

enum record_kind {
    RECORD_RESULT,
    RECORD_METRICS,
    RECORD_ROW,
    RECORD_EVENT,
    RECORD_ARTIFACT,
    RECORD_FACT,
    RECORD_KINDS
};
extern const char *const record_kind_names[RECORD_KINDS];

/* A span of a batch's `text`; UINT32_MAX as offset: SQL null. */
struct batch_span {
    uint32_t offset, len;
};

struct batch_record {
    int64_t line;
    int64_t kind; /* enum record_kind */
    struct batch_span key, body, brief;
};

struct batch_series {
    struct batch_span key, body;
    double first_step, last_step;
    int64_t points;
    int64_t record; /* the number of the record that carries them */
};

/* The fixed part, as it is encoded. Where a side is empty, its last is first - 1. */
struct batch_head {
    int64_t first_line, last_line, first_record, last_record;
    int64_t first_byte, last_byte;
    int64_t levels[CHUNK_LEVELS];
    uint64_t sections[BATCH_SECTIONS]; /* lengths: chunk, marks, records, series, text */
};

struct series_builder;

struct batch {
    int64_t run;
    struct batch_head head;
    struct strbuf chunk;   /* {"first":...} once sealed, "" when it has no line */
    struct strbuf marks;   /* int64_t each: line * CHUNK_LEVELS + level, of warnings and errors */
    struct strbuf records; /* struct batch_record each */
    struct strbuf series;  /* struct batch_series each, once sealed */
    struct strbuf text;
    /* while open */
    struct strbuf points; /* [key,step,value,ms],... */
    struct series_builder *builders;
    size_t builder_count, builder_at;
    int64_t points_ms; /* when the last point was said */
    /* for whoever queues it */
    struct batch *next;
    uint64_t spool_end; /* where the spool goes on behind it; 0: not in the spool */
};

/* An open batch that begins behind the given counts of lines, records and bytes of text. */
MUST_CHECK struct batch *batch_new(int64_t run, int64_t lines, int64_t records, int64_t bytes);
void batch_free(struct batch *b);

bool batch_is_empty(const struct batch *b);
size_t batch_size(const struct batch *b); /* bytes held, about */

/* Adds one line (text of any bytes, at most CHUNK_LINE_MAX). */
void batch_add_line(struct batch *b, const struct chunk_line *line);

/* A record begins: the number and the text up to `"at":MS` are written to b->text, which the caller
 * goes on with (`,"key":...`) until batch_end_record, which closes it. `key` may be NULL. */
void batch_begin_record(struct batch *b, enum record_kind kind, int64_t ms, const char *key,
                        size_t key_len);

/* The record's end. If it is over FEED_RECORD_MAX bytes, its first `small` bytes (counted from its
 * beginning) become the brief that is sent in its place. */
void batch_end_record(struct batch *b, size_t small);

/* How many bytes the record that is being written has so far. */
size_t batch_record_len(const struct batch *b);

/* One metric point; `step_text` and `value_text` are JSON. Points wait for the end of the batch, or
 * until a record is full of them. */
void batch_add_point(struct batch *b, const char *key, size_t key_len, double step,
                     const char *step_text, size_t step_len, const char *value_text,
                     size_t value_len, int64_t ms);

void batch_seal(struct batch *b);

/* The encoded form of a sealed batch, by reference: `iov` gets 1 + BATCH_SECTIONS parts. */
void batch_encode(const struct batch *b, struct iovec iov[1 + BATCH_SECTIONS]);

/* The batch of an encoded form. NULL, and nothing trusted, if it is not one. */
MUST_CHECK struct batch *batch_decode(int64_t run, const void *data, size_t len, struct err *e);

/* A sealed batch's records and series. */
size_t batch_record_count(const struct batch *b);
const struct batch_record *batch_record(const struct batch *b, size_t i);
size_t batch_series_count(const struct batch *b);
const struct batch_series *batch_series(const struct batch *b, size_t i);
const char *batch_text(const struct batch *b, struct batch_span span); /* NULL for SQL null */

#endif
