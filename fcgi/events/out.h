/*
 * out.h - what goes into one write to one client: shared frames, gathered, never copied.
 *
 * An out is filled with pieces (frames, and small private texts) and pushed with writev, FastCGI
 * record headers between them. There is one for all clients. Only when a socket takes no more is
 * what is left moved into a rest, which holds references to its frames; it is at most OUT_BYTES of
 * content unless a single frame is larger.
 */
#ifndef ATHANOR_EVENTS_OUT_H
#define ATHANOR_EVENTS_OUT_H

#include "base.h"
#include "fastcgi.h"
#include "frame.h"

enum { OUT_PIECES = 256, OUT_BYTES = 56 * 1024, OUT_TEXT = 16384 };

struct out;
struct out_rest;

MUST_CHECK struct out *out_new(void);
void out_free(struct out *o);

/* Empties it, for a client's FastCGI request. */
void out_begin(struct out *o, uint16_t request);
bool out_is_empty(const struct out *o);

/* Each returns false, and adds nothing, when there is no room; an empty out takes a frame of any
 * size. Text is copied. The frame must stay until out_push. `vector` is the id line of a stream of
 * many runs, with its newline. */
bool out_text(struct out *o, const char *text, size_t len);
bool out_one(struct out *o, struct frame *f);
bool out_many(struct out *o, struct frame *f, const char *vector, size_t len);

/* Takes over the caller's reference to a frame that was put in, until the next out_begin. */
void out_hold(struct out *o, struct frame *f);

/* Puts END_REQUEST behind all. */
void out_end(struct out *o);

/* Raw bytes before all, not part of the content (answers to management records). */
bool out_raw(struct out *o, const char *data, size_t len);

enum out_result { OUT_DONE, OUT_FULL, OUT_GONE };

/* Writes until all is sent (OUT_DONE), the socket is full (OUT_FULL, *rest is what is left) or the
 * peer has gone. Adds to *sent. */
MUST_CHECK enum out_result out_push(struct out *o, int fd, size_t *sent, struct out_rest **rest);

/* Goes on with a rest, as out_push. */
MUST_CHECK enum out_result out_resume(struct out_rest *r, int fd, size_t *sent);
void out_rest_free(struct out_rest *r);

/* User-space memory that the rest keeps from being freed. */
size_t out_rest_bytes(const struct out_rest *r);

#endif
