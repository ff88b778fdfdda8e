#include "downloads.h"

#include "artifacts.h"
#include "csv.h"
#include "json.h"
#include "points.h"

#include <string.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, ALARM_S = 330, COLUMNS_MAX = 10000 };

struct column {
    const char *name;
    size_t len;
};

struct download {
    struct ctx *c;
    struct strbuf out;     /* not sent yet */
    struct strbuf scratch; /* a decoded text */
    struct column *columns;
    size_t count; /* of columns, or of results that were sent */
    struct strbuf *cells;
    bool failed; /* c->problem says why, or the peer has gone */
};

static bool send_out(struct download *d)
{
    alarm(ALARM_S);
    if (response_stream(d->c->res, d->out.buf, d->out.len) != 0)
        d->failed = true;
    strbuf_reset(&d->out);
    return !d->failed;
}

static bool send_piece(struct download *d)
{
    return d->out.len < PIECE || send_out(d);
}

static bool broken(struct download *d, struct err *e)
{
    problem_err(&d->c->problem, e, "a download");
    d->failed = true;
    return false;
}

static void begin(struct download *d, const char *type, const char *name)
{
    struct response *rs = d->c->res;
    struct strbuf disposition = STRBUF_INIT;
    artifacts_disposition(&disposition, name, d->c->match.ids[0]);
    rs->type = type;
    response_header(rs, "Content-Disposition", disposition.buf);
    response_header(rs, "Cache-Control", "private, no-cache");
    strbuf_release(&disposition);
    response_stream_begin(rs, -1);
}

/* The first parameter is always the run, the second, if any, a name. */
static struct params *parameters(struct ctx *c, const char *name)
{
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    if (name)
        params_text(p, name);
    return p;
}

/* Sends the rows of a query behind what stands in d->out, and `tail` behind them. */
static int send_rows(struct download *d, const char *query, const char *name, db_row_cb *each,
                     const char *tail)
{
    int rc = 0;
    if (!d->c->res->head_only) {
        rc = ctx_each(d->c, query, parameters(d->c, name), each, d);
        strbuf_adds(&d->out, tail);
        if (rc != 0 || d->failed || !send_out(d))
            rc = -1;
    }
    strbuf_release(&d->out);
    strbuf_release(&d->scratch);
    return rc;
}

static int check_run(struct ctx *c)
{
    return ctx_value(c, "run_row", parameters(c, NULL), NULL) ? 0 : -1;
}

static const char *file_name(struct ctx *c, const char *what)
{
    return arena_printf(c->arena, "run-%s-%s", c->match.texts[0], what);
}

/* ---- results: rows of (key, value, count, n, ms, time) ---- */

static bool add_result_json(void *arg, const struct db_result *r)
{
    struct download *d = arg;
    strbuf_adds(&d->out, d->count++ ? ",\n{\"key\":" : "\n{\"key\":");
    json_put_string(&d->out, db_text(r, 0, 0), db_length(r, 0, 0));
    strbuf_adds(&d->out, ",\"value\":");
    strbuf_add(&d->out, db_text(r, 0, 1), db_length(r, 0, 1));
    strbuf_addf(&d->out, ",\"count\":%s,\"n\":%s,\"at\":%s}", db_text(r, 0, 2), db_text(r, 0, 3),
                db_text(r, 0, 4));
    return send_piece(d);
}

int downloads_results_json(struct ctx *c)
{
    struct download d = {.c = c, .out = STRBUF_INIT, .scratch = STRBUF_INIT};
    if (check_run(c) != 0)
        return -1;
    begin(&d, "application/json", file_name(c, "results.json"));
    strbuf_addf(&d.out, "{\"run\":%s,\"results\":[", c->match.texts[0]);
    return send_rows(&d, "result_download", NULL, add_result_json, "\n]}\n");
}

static bool add_result_csv(void *arg, const struct db_result *r)
{
    struct err e;
    struct download *d = arg;
    csv_put_text(&d->out, db_text(r, 0, 0), db_length(r, 0, 0));
    strbuf_addc(&d->out, ',');
    if (csv_put_json(&d->out, db_text(r, 0, 1), db_length(r, 0, 1), &d->scratch, &e) != 0)
        return broken(d, &e);
    strbuf_addf(&d->out, ",%s,%s\r\n", db_text(r, 0, 2), db_text(r, 0, 5));
    return send_piece(d);
}

int downloads_results_csv(struct ctx *c)
{
    struct download d = {.c = c, .out = STRBUF_INIT, .scratch = STRBUF_INIT};
    if (check_run(c) != 0)
        return -1;
    begin(&d, "text/csv; charset=utf-8", file_name(c, "results.csv"));
    strbuf_adds(&d.out, "key,value,count,at\r\n");
    return send_rows(&d, "result_download", NULL, add_result_csv, "");
}

/* ---- tables ---- */

/* The columns of the table in the order of their first rows. */
static int read_columns(struct download *d, const char *name)
{
    struct ctx *c = d->c;
    struct params *p = parameters(c, name);
    params_int(p, COLUMNS_MAX + 1);
    struct db_result *r = ctx_query(c, "table_columns", p);
    int rc = -1;
    if (!r)
        return -1;
    if (db_rows(r) == 0)
        problem_field(&c->problem, 404, "name", "there is no table %.100s of run %s", name,
                      c->match.texts[0]);
    else if (db_rows(r) > COLUMNS_MAX)
        problem_set(&c->problem, 409,
                    "the table has more than %d columns; read its rows as JSON instead",
                    COLUMNS_MAX);
    else
        rc = 0;
    d->count = rc == 0 ? (size_t)db_rows(r) : 0;
    d->columns = arena_alloc(c->arena, d->count * sizeof(*d->columns) + 1);
    for (size_t i = 0; i < d->count; i++) {
        d->columns[i].len = db_length(r, (int64_t)i, 0);
        d->columns[i].name = arena_strndup(c->arena, db_text(r, (int64_t)i, 0), d->columns[i].len);
    }
    db_result_free(r);
    return rc;
}

/* The place of a column. Rows mostly name all of them in one order, so we look from `from` on. */
static size_t column_of(const struct download *d, const struct json_member *m, size_t from)
{
    for (size_t i = 0; i < d->count; i++) {
        size_t at = (from + i) % d->count;
        if (d->columns[at].len == m->key_len &&
            memcmp(d->columns[at].name, m->key, m->key_len) == 0)
            return at;
    }
    return d->count; /* came after the columns were read */
}

static void put_cells(struct download *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (i)
            strbuf_addc(&d->out, ',');
        strbuf_add(&d->out, d->cells[i].buf, d->cells[i].len);
        strbuf_reset(&d->cells[i]);
    }
    strbuf_adds(&d->out, "\r\n");
}

static bool add_row(void *arg, const struct db_result *r)
{
    struct err e;
    struct download *d = arg;
    struct json_members it;
    struct json_member m;
    size_t at = 0;
    int more, rc = 0;
    json_members_init(&it, db_text(r, 0, 0), db_length(r, 0, 0));
    while (rc == 0 && (more = json_members_next(&it, &m, &e)) == 1) {
        at = column_of(d, &m, at);
        if (at < d->count)
            rc = csv_put_json(&d->cells[at], m.value, m.value_len, &d->scratch, &e);
        at++;
    }
    json_members_release(&it);
    if (rc != 0 || more < 0)
        return broken(d, &e);
    put_cells(d);
    return send_piece(d);
}

int downloads_table_csv(struct ctx *c)
{
    const char *name = request_query(&c->req, "name");
    struct download d = {.c = c, .out = STRBUF_INIT, .scratch = STRBUF_INIT};
    if (!name)
        return problem_field(&c->problem, 400, "name", "name must say which table");
    if (check_run(c) != 0 || read_columns(&d, name) != 0)
        return -1;
    begin(&d, "text/csv; charset=utf-8", arena_printf(c->arena, "%s.csv", name));
    d.cells = arena_alloc(c->arena, d.count * sizeof(*d.cells));
    for (size_t i = 0; i < d.count; i++) {
        strbuf_init(&d.cells[i]);
        csv_put_text(&d.cells[i], d.columns[i].name, d.columns[i].len);
    }
    put_cells(&d);
    int rc = send_rows(&d, "table_download", name, add_row, "");
    for (size_t i = 0; i < d.count; i++)
        strbuf_release(&d.cells[i]);
    return rc;
}

/* ---- series ---- */

static void add_point(void *arg, const char *point, size_t len)
{
    struct download *d = arg;
    for (size_t i = 1; i + 1 < len; i++) { /* the brackets, and the quotes of NaN, go */
        if (point[i] != '"')
            strbuf_addc(&d->out, point[i]);
    }
    strbuf_adds(&d->out, "\r\n");
}

static bool add_points(void *arg, const struct db_result *r)
{
    struct download *d = arg;
    points_each(db_text(r, 0, 0), db_length(r, 0, 0), add_point, d);
    return send_piece(d);
}

int downloads_metrics_csv(struct ctx *c)
{
    const char *key = request_query(&c->req, "key");
    struct download d = {.c = c, .out = STRBUF_INIT, .scratch = STRBUF_INIT};
    if (!key)
        return problem_field(&c->problem, 400, "key", "key must say which series");
    if (points_total(c, key, NULL, NULL) < 0)
        return -1;
    begin(&d, "text/csv; charset=utf-8", arena_printf(c->arena, "%s.csv", key));
    strbuf_adds(&d.out, "step,value,ms\r\n");
    return send_rows(&d, "metric_download", key, add_points, "");
}
