/*
 * db.h - Postgres, one blocking connection: named queries from files, prepared at start.
 *
 * A query is a file `<folder>/<name>.sql`, one statement; db_open prepares every one, so a bad
 * one fails at boot. A lost connection is opened anew (and prepared anew) on the next call, once; a
 * statement is never sent twice by itself, since it may have been carried out. Programs with a loop
 * use dba.h.
 */
#ifndef ATHANOR_DB_H
#define ATHANOR_DB_H

#include "base.h"
#include "err.h"
#include "params.h"

struct db;
struct db_result;

/* `folders` is NULL-terminated. `lazy` prepares on first use. */
MUST_CHECK struct db *db_open(const char *conninfo, const char *const *folders, bool lazy,
                              struct err *e);
void db_close(struct db *d);

/* Runs a named query. Returns its result (the caller frees it), or NULL: ERR_UNAVAILABLE when the
 * server is away, ERR_CONFLICT for SQLSTATE 23505, 40001 and AT409, ERR_NOT_FOUND for AT404,
 * ERR_INVALID for 22xxx, 23xxx, 54xxx and AT422 (AT...: what our own SQL functions raise, whose
 * message is fit for users), ERR_LIMIT for 53xxx and a deadlock (40P01), ERR_TIMEOUT for 57014,
 * else ERR_INTERNAL. */
MUST_CHECK struct db_result *db_query(struct db *d, const char *name, struct params *p,
                                      struct err *e);

/* Runs a named query row by row in single-row mode, so that memory stays flat; `each` returns false
 * to stop (the rest is cancelled). 0, or -1 with *e. */
typedef bool db_row_cb(void *arg, const struct db_result *row);
MUST_CHECK int db_each(struct db *d, const char *name, struct params *p, db_row_cb *each, void *arg,
                       struct err *e);

/* Runs SQL text of ours that holds no values (migrations: many statements; BEGIN, COMMIT,
 * ROLLBACK). */
MUST_CHECK int db_exec_script(struct db *d, const char *sql, struct err *e);

/* Asks the server to stop the query that runs, from within a signal handler for instance. 0, or -1
 * when there is no connection or the server could not be asked. */
int db_cancel(struct db *d);

int64_t db_rows(const struct db_result *r);
int db_columns(const struct db_result *r);
bool db_is_null(const struct db_result *r, int64_t row, int column);
const char *db_text(const struct db_result *r, int64_t row, int column); /* "" for null */
size_t db_length(const struct db_result *r, int64_t row, int column);
int64_t db_int(const struct db_result *r, int64_t row, int column); /* 0 for null or no number */
bool db_bool(const struct db_result *r, int64_t row, int column);
void db_result_free(struct db_result *r);

#endif
