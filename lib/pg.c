#include "pg.h"

#include "db.h"
#include "io.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Postgres cuts the name of a prepared statement at 63 bytes without a word. */
enum { NAME_SIZE_MAX = 63, QUERY_SIZE_MAX = 256 * 1024 };

/* -- queries -- */

static int add_query(struct pg_queries *q, const char *folder, const char *file, struct err *e)
{
    size_t len = strlen(file);
    if (len < 5 || file[0] == '.' || strcmp(file + len - 4, ".sql"))
        return 0;
    if (len - 4 > NAME_SIZE_MAX)
        return err_set(e, ERR_INVALID, "%s/%s: the name is longer than %d bytes", folder, file,
                       NAME_SIZE_MAX);
    char *path = xasprintf("%s/%s", folder, file);
    struct strbuf sql = STRBUF_INIT;
    int rc = io_read_file(path, QUERY_SIZE_MAX, &sql, e);
    free(path);
    if (rc) {
        strbuf_release(&sql);
        return -1;
    }
    q->items = xreallocarray(q->items, q->count + 1, sizeof(*q->items));
    q->items[q->count++] = (struct pg_query){
        .name = xstrndup(file, len - 4),
        .sql = strbuf_detach(&sql, NULL),
    };
    return 0;
}

static int compare_queries(const void *a, const void *b)
{
    return strcmp(((const struct pg_query *)a)->name, ((const struct pg_query *)b)->name);
}

static int load_folder(struct pg_queries *q, const char *folder, struct err *e)
{
    char **files = io_list(folder, e);
    if (!files)
        return err_wrap(e, "cannot read queries");
    int rc = 0;
    for (char **file = files; !rc && *file; file++)
        rc = add_query(q, folder, *file, e);
    io_list_free(files);
    return rc;
}

int pg_queries_load(struct pg_queries *q, const char *const *folders, struct err *e)
{
    *q = (struct pg_queries){0};
    for (; folders && *folders; folders++) {
        if (load_folder(q, *folders, e))
            goto fail;
    }
    if (q->count)
        qsort(q->items, q->count, sizeof(*q->items), compare_queries);
    for (size_t i = 1; i < q->count; i++) {
        if (!compare_queries(&q->items[i - 1], &q->items[i])) {
            err_set(e, ERR_INVALID, "query %s: two folders have one of this name",
                    q->items[i].name);
            goto fail;
        }
    }
    return 0;
fail:
    pg_queries_release(q);
    return -1;
}

void pg_queries_release(struct pg_queries *q)
{
    for (size_t i = 0; i < q->count; i++) {
        free(q->items[i].name);
        free(q->items[i].sql);
    }
    free(q->items);
    *q = (struct pg_queries){0};
}

const struct pg_query *pg_queries_find(const struct pg_queries *q, const char *name, struct err *e)
{
    struct pg_query key = {.name = (char *)name};
    const struct pg_query *found = NULL;
    if (q->count)
        found = bsearch(&key, q->items, q->count, sizeof(*q->items), compare_queries);
    if (!found)
        err_set(e, ERR_INTERNAL, "query %s: there is no such file", name);
    return found;
}

/* -- connection -- */

void pg_target_init(struct pg_target *t, const char *conninfo)
{
    /* libpq lets a later setting win, and expands the string that stands as dbname. */
    *t = (struct pg_target){
        .keywords = {"fallback_application_name", "connect_timeout", "keepalives_idle",
                     "keepalives_interval", "keepalives_count", "dbname", "client_encoding", NULL},
        .values = {program_invocation_short_name, "10", "30", "10", "3", conninfo, "UTF8", NULL},
    };
}

static void on_notice(void *arg, const char *message)
{
    (void)arg;
    log_debug("postgres: %.*s", (int)strcspn(message, "\n"), message);
}

void pg_conn_setup(PGconn *conn)
{
    PQsetNoticeProcessor(conn, on_notice, NULL);
}

/* -- preparing -- */

int pg_prepare_send(PGconn *conn, const struct pg_queries *q, struct err *e)
{
    if (!PQenterPipelineMode(conn))
        return pg_err_conn(conn, e);
    for (size_t i = 0; i < q->count; i++) {
        if (!PQsendPrepare(conn, q->items[i].name, q->items[i].sql, 0, NULL))
            return pg_err_conn(conn, e);
    }
    return PQpipelineSync(conn) ? 0 : pg_err_conn(conn, e);
}

int pg_prepare_read(PGconn *conn, const struct pg_queries *q, size_t *done, bool wait,
                    struct err *e)
{
    while (wait || !PQisBusy(conn)) {
        PGresult *res = PQgetResult(conn);
        if (!res) { /* stands between the answers to two queries */
            if (PQstatus(conn) == CONNECTION_BAD)
                return pg_err_conn(conn, e);
            continue;
        }
        int rc = 0;
        bool end = PQresultStatus(res) == PGRES_PIPELINE_SYNC;
        if (!end && *done < q->count) {
            const struct pg_query *query = &q->items[(*done)++];
            rc = pg_check(conn, res, query, query->sql, e);
        }
        PQclear(res);
        if (rc)
            return -1;
        if (end)
            return PQexitPipelineMode(conn) ? 1 : pg_err_conn(conn, e);
    }
    return 0;
}

/* -- errors -- */

/* libpq's messages have lines of advice and an end of line; the first line says it. */
static int first_line(const char *message)
{
    return (int)strcspn(message, "\n");
}

int pg_err_conn(PGconn *conn, struct err *e)
{
    const char *message = PQerrorMessage(conn);
    if (!*message)
        message = "the connection is closed";
    return err_set(e, ERR_UNAVAILABLE, "postgres: %.*s", first_line(message), message);
}

/* The first row whose state is a prefix of the SQLSTATE decides. */
static const struct {
    const char *state;
    enum err_code code;
    bool ours; /* raised by our own SQL functions: the message is fit for users */
} states[] = {
    {"AT403", ERR_DENIED, true},       {"AT404", ERR_NOT_FOUND, true},
    {"AT409", ERR_CONFLICT, true},     {"AT422", ERR_INVALID, true},
    {"23505", ERR_CONFLICT, false},    {"40001", ERR_CONFLICT, false},
    {"40P01", ERR_LIMIT, false},       {"57014", ERR_TIMEOUT, false},
    {"57P01", ERR_UNAVAILABLE, false}, {"57P02", ERR_UNAVAILABLE, false},
    {"57P03", ERR_UNAVAILABLE, false}, {"57P05", ERR_UNAVAILABLE, false},
    {"08P01", ERR_INTERNAL, false},    {"08", ERR_UNAVAILABLE, false},
    {"22", ERR_INVALID, false},        {"23", ERR_INVALID, false},
    {"53", ERR_LIMIT, false},          {"54", ERR_INVALID, false},
};

static const char *field_or_empty(const PGresult *res, int code)
{
    const char *text = PQresultErrorField(res, code);
    return text ? text : "";
}

/* The line of the text at which a position (in characters, from 1) stands; 0 if there is none. */
static int line_at(const char *sql, const char *position)
{
    int64_t left;
    if (!sql || !parse_int64(position, strlen(position), &left))
        return 0;
    int line = 1;
    for (; *sql && left > 1; sql++) {
        line += *sql == '\n';
        left -= ((unsigned char)sql[1] & 0xC0) != 0x80; /* not within a character */
    }
    return line;
}

static void set_err(const PGresult *res, const struct pg_query *query, const char *sql,
                    struct err *e)
{
    const char *state = field_or_empty(res, PG_DIAG_SQLSTATE);
    const char *message = field_or_empty(res, PG_DIAG_MESSAGE_PRIMARY);
    const char *field = field_or_empty(res, PG_DIAG_COLUMN_NAME);
    size_t i = 0;
    while (i < ARRAY_LEN(states) && strncmp(state, states[i].state, strlen(states[i].state)))
        i++;
    bool known = i < ARRAY_LEN(states), ours = known && states[i].ours;
    err_set(e, known ? states[i].code : ERR_INTERNAL, "%s", message);
    if (!ours) {
        int line = line_at(sql, field_or_empty(res, PG_DIAG_STATEMENT_POSITION));
        if (line)
            err_wrap(e, "line %d", line);
        if (query)
            err_wrap(e, "query %s", query->name);
    }
    if (!*field)
        field = field_or_empty(res, PG_DIAG_CONSTRAINT_NAME);
    if (!e)
        return;
    e->raw = !ours;
    snprintf(e->field, sizeof(e->field), "%s", field);
}

int pg_check(PGconn *conn, const PGresult *res, const struct pg_query *query, const char *sql,
             struct err *e)
{
    ExecStatusType status = res ? PQresultStatus(res) : PGRES_FATAL_ERROR;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE)
        return 0;
    if (PQstatus(conn) == CONNECTION_BAD)
        return pg_err_conn(conn, e);
    if (res && *field_or_empty(res, PG_DIAG_SQLSTATE)) {
        set_err(res, query, sql, e);
        return -1;
    }
    /* Not from the server: libpq's own complaint, a COPY, an empty file. */
    const char *message = status == PGRES_FATAL_ERROR ? PQerrorMessage(conn) : PQresStatus(status);
    err_set(e, ERR_INTERNAL, "%.*s", first_line(message), message);
    return query ? err_wrap(e, "query %s", query->name) : -1;
}

/* -- results -- */

int64_t db_rows(const struct db_result *r)
{
    return PQntuples(r->res);
}

int db_columns(const struct db_result *r)
{
    return PQnfields(r->res);
}

static bool is_there(const struct db_result *r, int64_t row, int column)
{
    return row >= 0 && row < PQntuples(r->res) && column >= 0 && column < PQnfields(r->res);
}

bool db_is_null(const struct db_result *r, int64_t row, int column)
{
    return !is_there(r, row, column) || PQgetisnull(r->res, (int)row, column);
}

const char *db_text(const struct db_result *r, int64_t row, int column)
{
    return is_there(r, row, column) ? PQgetvalue(r->res, (int)row, column) : "";
}

size_t db_length(const struct db_result *r, int64_t row, int column)
{
    return is_there(r, row, column) ? (size_t)PQgetlength(r->res, (int)row, column) : 0;
}

int64_t db_int(const struct db_result *r, int64_t row, int column)
{
    int64_t value = 0;
    if (!parse_int64(db_text(r, row, column), db_length(r, row, column), &value))
        return 0;
    return value;
}

bool db_bool(const struct db_result *r, int64_t row, int column)
{
    return db_text(r, row, column)[0] == 't';
}

void db_result_free(struct db_result *r)
{
    if (!r)
        return;
    PQclear(r->res);
    free(r);
}
