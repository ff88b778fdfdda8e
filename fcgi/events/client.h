/*
 * client.h - one connection: from its first byte through its request to its last frame.
 *
 * Owns the descriptor, the request while it is being read, its subs (where it stands in each run)
 * and, only while its socket is full, the rest of one write. What it is to be sent next is
 * stream.h's business; whether it may come in is join.h's.
 *
 * READING -> JOINING -> STREAMING | WAITING -> ANSWERING -> DEAD; an answer can come at any time
 * before STREAMING, and death at any time. A dead client is freed at the end of the round, so that
 * whoever walks a list may kill.
 */
#ifndef ATHANOR_EVENTS_CLIENT_H
#define ATHANOR_EVENTS_CLIENT_H

#include "base.h"
#include "fastcgi.h"
#include "hub.h"
#include "list.h"
#include "out.h"
#include "request.h"
#include "strbuf.h"

enum client_state {
    CLIENT_READING,
    CLIENT_JOINING,
    CLIENT_STREAMING,
    CLIENT_WAITING,
    CLIENT_ANSWERING,
    CLIENT_DEAD,
};

/* A client's place in a run. */
struct sub {
    struct run *run; /* NULL: left, or never was there */
    struct client *client;
    struct cursor at;    /* everything up to here was handed to a write */
    uint64_t seq;        /* the ring's frame to come, while `live` */
    struct link of_run;  /* struct run.subs */
    struct link waiting; /* struct run.waiting, while it needs a page */
    unsigned progress_seen, preview_seen;
    int64_t id;
    bool live;   /* follows the ring */
    bool closed; /* the run's last frame was sent */
};

struct refusal {
    int status;
    struct err why;
};

struct client {
    struct hub *hub;
    struct loop_io *io;
    int fd;
    enum client_state state;
    enum request_kind kind;
    struct fastcgi in;
    struct request *request; /* from the request's end until it has joined */
    struct refusal *refusal; /* what it is told once it is known who asks */
    struct session *session; /* auth.h */
    struct link of_session;
    struct link of_phase;  /* clients' list of those arriving, or a slot of its wheel */
    struct link of_many;   /* clients' list of streams that get changes; lists of wait.c */
    struct link of_run;    /* struct run.waits */
    struct link dirty;     /* has something to send in this round */
    struct out_rest *rest; /* the socket was full */
    struct sub *subs;
    struct frame *answer;     /* a whole response */
    struct loop_timer *timer; /* of a wait */
    int64_t wait_run;
    char *wait_frame; /* the query of a framed wait; NULL: it is none */
    uint64_t auth_round, heads_round, changes_seq;
    int64_t arrived_at, moved_at; /* loop times: accepted; the rest shrank */
    uint8_t sub_count, turn;
    int retry_ms; /* a retry: line to be sent, 0: none */
    bool passed;  /* authenticated */
    bool asked;   /* the heads of its runs were asked for */
    bool settled; /* on the wheel */
    bool greeted, reset_due, ping_due;
    bool behind;       /* of one of its runs it is not at the live end */
    bool ending, last; /* the end is due; the end is in a write */
};

/* Takes over the descriptor. */
struct client *client_new(struct hub *h, int fd);

/* Marks it: it is flushed before the loop waits. */
void client_dirty(struct client *c);

/* Sends what there is, up to a budget; more follows in the next round. Nothing while there is a
 * rest. */
void client_flush(struct client *c);

/* Answers with a whole response and ends. `extra` are further header lines, each with \r\n, or
 * NULL. */
void client_answer(struct client *c, int status, const char *type, const char *extra,
                   const char *body, size_t len);

/* Answers with application/problem+json; *e names the detail and the field. */
void client_problem(struct client *c, int status, const struct err *e);

/* The stream ends behind what has been handed to it. */
void client_end(struct client *c);

/* Hangs up at once. */
void client_kill(struct client *c);
void client_free(struct client *c);

/* A parameter of its request; NULL if there is none. Only until it has joined. */
char *client_param(const struct client *c, const char *name);

#endif
