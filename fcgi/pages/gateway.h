/*
 * gateway.h - where requests come from: a FastCGI listening socket, or a CGI environment.
 *
 * Owns the connection of the request at hand and libfcgi's state of it. libfcgi would wait for ever
 * for a peer that connects and says half of something, so a connection is given to it only when its
 * whole head (all parameters, and the body or its first 64 KiB, unless that is streamed) has
 * arrived; until then it waits beside the others, five seconds at the most. Later reads and writes
 * have time limits too.
 * Whether a request is FastCGI or CGI shows nowhere else.
 */
#ifndef PAGES_GATEWAY_H
#define PAGES_GATEWAY_H

#include "base.h"
#include "err.h"

#include <signal.h>
#include <sys/types.h>

struct gateway;

/* Serves FastCGI from a listening socket, which stays the caller's and is made non-blocking. The
 * head of a fresh connection is waited for so long, `first_ms`, before others are taken: whose head
 * comes later is served by nobody else, and waits for what is taken meanwhile. */
MUST_CHECK struct gateway *gateway_fastcgi(int listen_fd, int first_ms, struct err *e);

/* Serves the one request in the environment and on stdin. */
MUST_CHECK struct gateway *gateway_cgi(void);

/* Drops the request at hand, if there is one. */
void gateway_free(struct gateway *g);

/* Waits for a request. 1: there is one; 0: *stop was set (by a signal that the caller blocks, and
 * which is let through only here) and no connection is left whose head may still come, or the one
 * CGI request was served; -1: the socket is broken. */
MUST_CHECK int gateway_accept(struct gateway *g, const volatile sig_atomic_t *stop, struct err *e);

/* A parameter of the request, or NULL. Valid until gateway_finish. */
const char *gateway_param(const struct gateway *g, const char *name);

/* Reads up to `len` bytes of the body: how many, 0 at its end, -1 when the peer failed. */
ssize_t gateway_read(struct gateway *g, void *buf, size_t len);

/* Queues bytes of the answer (head and body) and sends what is queued. -1: the peer has gone. */
MUST_CHECK int gateway_write(struct gateway *g, const void *data, size_t len);
MUST_CHECK int gateway_flush(struct gateway *g);

/* Whether the peer has hung up: looks at the descriptor, without waiting. */
bool gateway_hung_up(const struct gateway *g);

/* How many seconds may pass between two pieces of the body of the request at hand. */
void gateway_set_patience(const struct gateway *g, int seconds);

/* Ends the request: what is left of the body is read and dropped, the answer is sent. A body that
 * arrives as its sender sends it (the parameter ATHANOR_STREAMED) is dropped behind the answer. */
void gateway_finish(struct gateway *g);

#endif
