#include "db.h"

#include "pg.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct db {
    PGconn *conn;     /* NULL: never connected, or found broken */
    PGcancel *cancel; /* of conn; made early: db_cancel may be called from a signal handler */
    struct pg_target target;
    char *conninfo;
    struct pg_queries queries;
    bool *prepared; /* for each query; of this connection */
    bool lazy;
    bool in_transaction; /* after the last statement that was answered */
};

static void disconnect(struct db *d)
{
    PGcancel *cancel = d->cancel;
    d->cancel = NULL;
    PQfreeCancel(cancel);
    PQfinish(d->conn);
    d->conn = NULL;
    if (d->queries.count)
        memset(d->prepared, 0, d->queries.count * sizeof(*d->prepared));
}

static int prepare_all(struct db *d, struct err *e)
{
    size_t done = 0;
    if (!d->queries.count)
        return 0;
    if (pg_prepare_send(d->conn, &d->queries, e) ||
        pg_prepare_read(d->conn, &d->queries, &done, true, e) < 0)
        return -1;
    for (size_t i = 0; i < d->queries.count; i++)
        d->prepared[i] = true;
    return 0;
}

static int prepare_one(struct db *d, const struct pg_query *query, struct err *e)
{
    bool *prepared = &d->prepared[query - d->queries.items];
    if (*prepared)
        return 0;
    PGresult *res = PQprepare(d->conn, query->name, query->sql, 0, NULL);
    int rc = pg_check(d->conn, res, query, query->sql, e);
    PQclear(res);
    *prepared = !rc;
    return rc;
}

static int connect_now(struct db *d, struct err *e)
{
    d->conn = PQconnectdbParams(d->target.keywords, d->target.values, 1);
    if (!d->conn)
        die("out of memory (connection)");
    if (PQstatus(d->conn) != CONNECTION_OK) {
        pg_err_conn(d->conn, e);
        goto fail;
    }
    pg_conn_setup(d->conn);
    d->cancel = PQgetCancel(d->conn);
    if (!d->lazy && prepare_all(d, e))
        goto fail;
    return 0;
fail:
    disconnect(d);
    return -1;
}

struct db *db_open(const char *conninfo, const char *const *folders, bool lazy, struct err *e)
{
    struct db *d = xcalloc(1, sizeof(*d));
    d->lazy = lazy;
    d->conninfo = xstrdup(conninfo);
    pg_target_init(&d->target, d->conninfo);
    if (pg_queries_load(&d->queries, folders, e))
        goto fail;
    d->prepared = xcalloc(d->queries.count + 1, sizeof(*d->prepared));
    if (connect_now(d, e))
        goto fail;
    return d;
fail:
    db_close(d);
    return NULL;
}

void db_close(struct db *d)
{
    if (!d)
        return;
    disconnect(d);
    pg_queries_release(&d->queries);
    free(d->prepared);
    free(d->conninfo);
    free(d);
}

/* A server that went away while we were idle has left an end of file or a farewell to read. To look
 * before sending is what makes it safe to connect anew: nothing has been sent that could be
 * doubled. */
static bool is_broken(struct db *d)
{
    struct pollfd ready = {.fd = PQsocket(d->conn), .events = POLLIN};
    if (PQstatus(d->conn) == CONNECTION_OK && poll(&ready, 1, 0) > 0) {
        /* The farewell is one read, the end of file behind it another. */
        while (PQconsumeInput(d->conn) && poll(&ready, 1, 0) > 0)
            continue;
    }
    return PQstatus(d->conn) != CONNECTION_OK;
}

/* Makes the connection fit for the next statement. One that broke inside a transaction is told
 * once, so that the rest of the transaction is never carried out by itself. */
static int make_ready(struct db *d, struct err *e)
{
    if (d->conn && is_broken(d)) {
        disconnect(d);
        if (d->in_transaction) {
            d->in_transaction = false;
            return err_set(e, ERR_UNAVAILABLE,
                           "postgres: the connection broke inside a transaction");
        }
    }
    return d->conn ? 0 : connect_now(d, e);
}

/* To be called after each statement, whatever came of it. */
static void settle(struct db *d)
{
    PGTransactionStatusType status = PQtransactionStatus(d->conn);
    d->in_transaction = status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
    if (PQstatus(d->conn) != CONNECTION_OK)
        disconnect(d);
}

/* The query, with everything made ready to send it. */
static const struct pg_query *begin_query(struct db *d, const char *name, struct err *e)
{
    const struct pg_query *query = pg_queries_find(&d->queries, name, e);
    if (!query || make_ready(d, e))
        return NULL;
    if (prepare_one(d, query, e)) {
        settle(d);
        return NULL;
    }
    return query;
}

struct db_result *db_query(struct db *d, const char *name, struct params *p, struct err *e)
{
    const struct pg_query *query = begin_query(d, name, e);
    if (!query)
        return NULL;
    PGresult *res = PQexecPrepared(d->conn, name, params_count(p), params_values(p),
                                   params_lengths(p), params_formats(p), 0);
    int rc = pg_check(d->conn, res, query, NULL, e);
    settle(d);
    if (rc) {
        PQclear(res);
        return NULL;
    }
    struct db_result *r = xmalloc(sizeof(*r));
    r->res = res;
    return r;
}

/* Takes results until there is none; the first fault is kept, and rows after a stop are dropped. */
static int take_rows(struct db *d, const struct pg_query *query, db_row_cb *each, void *arg,
                     struct err *e)
{
    int rc = 0;
    bool stopped = false;
    for (PGresult *res; (res = PQgetResult(d->conn)); PQclear(res)) {
        if (stopped || rc)
            continue;
        rc = pg_check(d->conn, res, query, NULL, e);
        struct db_result row = {.res = res};
        if (!rc && PQresultStatus(res) == PGRES_SINGLE_TUPLE && !each(arg, &row)) {
            stopped = true;
            db_cancel(d);
        }
    }
    return rc;
}

int db_each(struct db *d, const char *name, struct params *p, db_row_cb *each, void *arg,
            struct err *e)
{
    const struct pg_query *query = begin_query(d, name, e);
    if (!query)
        return -1;
    int rc;
    if (!PQsendQueryPrepared(d->conn, name, params_count(p), params_values(p), params_lengths(p),
                             params_formats(p), 0) ||
        !PQsetSingleRowMode(d->conn))
        rc = pg_err_conn(d->conn, e);
    else
        rc = take_rows(d, query, each, arg, e);
    settle(d);
    return rc;
}

int db_exec_script(struct db *d, const char *sql, struct err *e)
{
    if (make_ready(d, e))
        return -1;
    PGresult *res = PQexec(d->conn, sql);
    bool empty = res && PQresultStatus(res) == PGRES_EMPTY_QUERY;
    int rc = empty ? 0 : pg_check(d->conn, res, NULL, sql, e);
    PQclear(res);
    settle(d);
    return rc;
}

int db_cancel(struct db *d)
{
    char why[256];
    return d->cancel && PQcancel(d->cancel, why, sizeof(why)) ? 0 : -1;
}
