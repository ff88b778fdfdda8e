/*
 * clients.h - all connections: who is let in, who has something to send, who has waited too long.
 *
 * Owns the clients and the watcher of the listening socket (inherited, so that connects wait in its
 * backlog while the program restarts; it is left open). Beyond `sse_clients` open streams a request
 * is answered 503; nobody is thrown out for a newcomer.
 */
#ifndef ATHANOR_EVENTS_CLIENTS_H
#define ATHANOR_EVENTS_CLIENTS_H

#include "client.h"

struct clients;

MUST_CHECK struct clients *clients_new(struct hub *h, int listen_fd);
void clients_free(struct clients *all);

/* The one out that everybody writes with. */
struct out *clients_out(struct clients *all);

/* To be flushed before the loop waits. */
void clients_mark(struct clients *all, struct client *c);

/* To be freed at the end of this round. */
void clients_bury(struct clients *all, struct client *c);

/* It has arrived: it goes on the wheel that pings, and that notices who takes nothing. */
void clients_settle(struct clients *all, struct client *c);

/* There is room for one more open stream. */
bool clients_have_room(const struct clients *all);

/* The join of everybody who has arrived goes on as far as it can. */
void clients_join_all(struct clients *all);

/* Streams that get the changes of all runs and instances. */
void clients_add_many(struct clients *all, struct client *c);
bool clients_want_changes(const struct clients *all);
void clients_changed(struct clients *all, bool reset);

/* Once a second: pings, deadlines. */
void clients_tick(struct clients *all);

/* The ping of this second. */
struct frame *clients_ping(struct clients *all);

/* Hangs up on those whose unsent rest keeps frames alive, longest stalled first, until they are
 * below. */
void clients_cut_stalled(struct clients *all, size_t limit);

/* Accepts no more and ends all streams; the loop is stopped when all have gone. */
void clients_leave(struct clients *all);

struct clients_counts {
    int64_t open, streaming, waiting, stalled, stalled_bytes;
};
void clients_count(const struct clients *all, struct clients_counts *out);

#endif
