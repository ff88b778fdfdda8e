#include "merge.h"

#include "log.h"
#include "params.h"

#include <stdlib.h>

struct merge {
    struct dba *db;
    int64_t run;
    void (*done)(void *arg);
    void *arg;
    struct params *params;
    int64_t first, last; /* lines of the group; first 0: it is empty */
    int64_t rows;
    size_t bytes;
    int under_way;
    bool ending;
};

struct merge *merge_new(struct dba *db, int64_t run, void (*done)(void *arg), void *arg)
{
    struct merge *m = xcalloc(1, sizeof(*m));
    m->db = db;
    m->run = run;
    m->done = done;
    m->arg = arg;
    m->params = params_new();
    return m;
}

void merge_free(struct merge *m)
{
    if (!m)
        return;
    params_free(m->params);
    free(m);
}

static void on_merged(void *arg, const struct db_result *r, const struct err *e)
{
    struct merge *m = arg;
    m->under_way--;
    if (!r && e->code != ERR_UNAVAILABLE)
        log_warn("run %lld: small chunks are not merged: %s", (long long)m->run, e->text);
    if (m->ending && !m->under_way)
        m->done(m->arg);
}

/* Merges the group, if it is one, and begins a new one. */
static void send_group(struct merge *m)
{
    if (m->rows > 1) {
        params_reset(m->params);
        params_int(m->params, m->run);
        params_int(m->params, m->first);
        params_int(m->params, m->last);
        m->under_way++;
        dba_query(m->db, "merge_chunks", m->params, on_merged, m);
    }
    m->first = m->rows = 0;
    m->bytes = 0;
}

void merge_note(struct merge *m, const struct batch *b)
{
    int64_t lines = b->head.last_line - b->head.first_line + 1;
    if (lines == 0)
        return;
    if (lines >= MERGE_LINES || b->chunk.len >= MERGE_LARGE) {
        send_group(m);
        return;
    }
    if (m->rows == 0)
        m->first = b->head.first_line;
    m->last = b->head.last_line;
    m->rows++;
    m->bytes += b->chunk.len;
    if (m->last - m->first + 1 >= MERGE_LINES || m->bytes >= MERGE_BYTES)
        send_group(m);
}

bool merge_rest(struct merge *m)
{
    m->ending = true;
    send_group(m);
    return m->under_way > 0;
}
