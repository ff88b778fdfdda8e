#include "stamp.h"

#include <string.h>

/* The views with a narrow stamp, by their queries. */
static const struct narrow {
    const char *query;
    bool run; /* shows what the run says that the path names */
} narrow[] = {
    {"page_experiments", false},
    {"page_run", true},
};

static const struct narrow *narrow_of(const struct route_match *m)
{
    const char *query = m->route ? m->route->query : NULL;
    for (size_t i = 0; query && i < ARRAY_LEN(narrow); i++) {
        if (strcmp(narrow[i].query, query) == 0)
            return &narrow[i];
    }
    return NULL;
}

void stamp_seen_init(struct stamp_seen *s)
{
    *s = (struct stamp_seen){0};
    strbuf_init(&s->snapshot);
}

void stamp_seen_release(struct stamp_seen *s)
{
    strbuf_release(&s->snapshot);
}

void stamp_ask(const struct stamp_seen *s, const struct route_match *m, struct params *p)
{
    const struct narrow *n = narrow_of(m);
    bool lately = s->snapshot.len && clock_mono_ms() - s->asked_ms < STAMP_REMEMBERED_MS;
    params_text(p, lately ? s->snapshot.buf : NULL);
    if (n && n->run)
        params_int(p, m->ids[0]);
    else
        params_null(p);
}

const char *stamp_take(struct stamp_seen *s, const struct route_match *m, const struct db_result *r,
                       int column, struct arena *a)
{
    const struct narrow *n = narrow_of(m);
    if (db_bool(r, 0, column + 1))
        s->changes++;
    strbuf_reset(&s->snapshot);
    strbuf_adds(&s->snapshot, db_text(r, 0, column));
    s->asked_ms = clock_mono_ms();
    if (!n)
        return arena_strdup(a, s->snapshot.buf);
    return arena_printf(a, "%llu %s", (unsigned long long)s->changes, db_text(r, 0, column + 2));
}
