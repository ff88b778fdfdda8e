/*
 * sse.h - Server-Sent Events, cut from bytes as they come.
 *
 * A frame is told when its empty line has come, so one that was cut never happened; its id becomes
 * the last one after the callback. sse_reset forgets what is unfinished and keeps the last id: the
 * way to go on over a new connection.
 */
#ifndef CLI_SSE_H
#define CLI_SSE_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum { SSE_FRAME_MAX = 64 << 20, SSE_ID_MAX = 4096 };

struct sse_frame {
    const char *event; /* "message" where none is named */
    const char *data;  /* terminated; may hold NULs before that */
    size_t len;
};

typedef void sse_callback(void *arg, const struct sse_frame *frame);

struct sse {
    sse_callback *callback;
    void *arg;
    struct strbuf line, event, data, id;
    struct strbuf last_id; /* up to which everything was told */
    int64_t retry_ms;      /* as last sent, or -1 */
    bool has_id, has_data, skip_newline;
};

void sse_init(struct sse *s, sse_callback *callback, void *arg);
void sse_release(struct sse *s);
void sse_reset(struct sse *s);

/* Takes bytes. ERR_LIMIT when a frame is larger than SSE_FRAME_MAX. */
MUST_CHECK int sse_push(struct sse *s, const char *bytes, size_t len, struct err *e);

#endif
