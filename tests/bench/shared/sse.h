/*
 * sse.h - one viewer of a Server-Sent Events stream, as bytes arrive: HTTP/1.1 head, chunks,
 * frames.
 *
 * A struct holds the state between two reads. It never touches the socket. It counts what it is
 * told to count by the framing alone: an event is what stands before an empty line and has data; a
 * message is a stamp (stamp.h) in the data, so an event that carries several counts as several.
 * Numbers must follow each other; those that do not are counted as gaps and repeats.
 */
#ifndef ATHANOR_BENCH_SSE_H
#define ATHANOR_BENCH_SSE_H

#include "base.h"
#include "err.h"
#include "histogram.h"
#include "strbuf.h"

enum { SSE_ID_MAX = 48 };

enum sse_state {
    SSE_STATUS,
    SSE_HEADER,
    SSE_SIZE,  /* the line that gives a chunk's size */
    SSE_CHUNK, /* within a chunk */
    SSE_RAW,   /* a body that is not chunked */
    SSE_END,   /* the body has ended */
};

/* What all viewers of a measurement add up to. */
struct sse_counts {
    uint64_t events, messages, bytes;
    uint64_t missing;  /* numbers skipped */
    uint64_t repeated; /* numbers that came again, or too late */
    int64_t last_us;   /* when the newest message arrived */
    struct histogram latency;
};

struct sse {
    enum sse_state state;
    int status; /* of the answer, 0 before it is known */
    bool chunked, has_data;
    uint32_t stamps;     /* in the event that is being read */
    uint64_t left;       /* bytes of the chunk, its end included */
    int64_t seq;         /* number of the newest message, -1 before the first */
    char id[SSE_ID_MAX]; /* of the newest complete event that had one, or "" */
    char next_id[SSE_ID_MAX];
    int retry_ms;          /* what the server last asked for, 0 before it has */
    struct strbuf carry;   /* a line of the body that is not complete yet */
    struct strbuf framing; /* the same of the head or of a chunk's size */
};

void sse_init(struct sse *s);
void sse_release(struct sse *s);

/* The answer has ended: the next one is read as a new one, whose numbers go on. */
void sse_again(struct sse *s);

/* The request for a stream. `headers` are whole lines or "". */
void sse_request(struct strbuf *out, const char *path, const char *headers);

/* Takes bytes that were read at `now_us`. -1 when they are no HTTP answer. */
MUST_CHECK int sse_feed(struct sse *s, const char *data, size_t len, int64_t now_us,
                        struct sse_counts *counts, struct err *e);

#endif
