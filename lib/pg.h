/*
 * pg.h - what db and dba have in common; nobody else includes it.
 *
 * Owns the named queries read from folders, how a connection is described, how queries are prepared
 * in one round trip, and how what Postgres says becomes a struct err. The connection itself is its
 * owner's.
 */
#ifndef ATHANOR_PG_H
#define ATHANOR_PG_H

#include "base.h"
#include "err.h"

#include <libpq-fe.h>

struct db_result {
    PGresult *res;
};

struct pg_query {
    char *name;
    char *sql;
};

struct pg_queries {
    struct pg_query *items; /* sorted by name */
    size_t count;
};

/* Reads every `<folder>/<name>.sql` of the NULL-terminated folders. A name may occur once. */
MUST_CHECK int pg_queries_load(struct pg_queries *q, const char *const *folders, struct err *e);
void pg_queries_release(struct pg_queries *q);

/* The query of this name, or NULL with ERR_INTERNAL: names are ours, so a missing one is a defect.
 */
MUST_CHECK const struct pg_query *pg_queries_find(const struct pg_queries *q, const char *name,
                                                  struct err *e);

/* Keywords and values for PQconnect...Params with expand_dbname 1: the caller's connection string,
 * with our defaults before it and what must hold after it. `conninfo` must outlive the struct. */
struct pg_target {
    const char *keywords[10];
    const char *values[10];
};
void pg_target_init(struct pg_target *t, const char *conninfo);

/* What every new connection gets: notices go to the log, not to stderr. */
void pg_conn_setup(PGconn *conn);

/* Enters pipeline mode and sends the preparation of all queries. */
MUST_CHECK int pg_prepare_send(PGconn *conn, const struct pg_queries *q, struct err *e);

/* Reads the answers; *done counts them and starts at 0. Returns 1 when all are prepared and
 * pipeline mode is left, 0 when more input is needed (never if `wait`), -1 when one was refused or
 * the connection broke. */
MUST_CHECK int pg_prepare_read(PGconn *conn, const struct pg_queries *q, size_t *done, bool wait,
                               struct err *e);

/* ERR_UNAVAILABLE with the first line of the connection's message. Returns -1. */
int pg_err_conn(PGconn *conn, struct err *e);

/* Whether a finished result is good. If not, *e is as db.h says. `query` (NULL: a script) gives the
 * context of a message that is not one of our own SQL functions' (`raw`); `sql` lets it name the
 * line. */
MUST_CHECK int pg_check(PGconn *conn, const PGresult *res, const struct pg_query *query,
                        const char *sql, struct err *e);

#endif
