#include "catchup.h"

#include "log.h"
#include "merge.h"
#include "stream.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 512 * 1024, /* of lines, and of records */
    READS_MAX = 2,           /* queued at Postgres: the next is under way while one is worked on */
    RING_MAX = 2 * 1024 * 1024
};

/* A read under way. Its run is not freed meanwhile (read_in_flight). */
struct reading {
    struct catchup *catchup;
    struct run *run; /* NULL: a free slot */
    struct cursor from;
    bool of_ring;
};

struct catchup {
    struct hub *hub;
    struct link line; /* struct run.reading */
    struct reading slots[READS_MAX];
};

struct catchup *catchup_new(struct hub *h)
{
    struct catchup *c = xcalloc(1, sizeof(*c));
    c->hub = h;
    list_init(&c->line);
    return c;
}

void catchup_free(struct catchup *c)
{
    free(c);
}

static bool needs_read(const struct run *run)
{
    return !run->parked && run->state != RUN_GONE &&
           (run_is_behind(run) || !list_empty(&run->waiting));
}

static void line_up(struct catchup *c, struct run *run)
{
    if (list_linked(&run->reading) || run->read_in_flight || !needs_read(run))
        return;
    list_append(&c->line, &run->reading);
    catchup_pump(c);
}

void catchup_want(struct catchup *c, struct sub *s)
{
    if (!list_linked(&s->waiting))
        list_append(&s->run->waiting, &s->waiting);
    line_up(c, s->run);
}

void catchup_ring(struct catchup *c, struct run *run)
{
    line_up(c, run);
}

/* The ring serves those who are nearly live; its share shrinks as runs become many. */
static void bound_ring(struct hub *h, struct run *run)
{
    size_t share = hub_memory_limit(h) / 2 / (h->runs.count + 1);
    size_t most = MAX(MIN(share, (size_t)RING_MAX), (size_t)64 * 1024);
    while (run->ring.bytes > most && trail_count(&run->ring) > 1)
        trail_shift(&run->ring);
}

void catchup_advanced(struct catchup *c, struct run *run)
{
    run->parked = false;
    bound_ring(c->hub, run);
    stream_wake(run, false);
    line_up(c, run);
}

/* -- a read -- */

struct contents {
    struct cursor head;
    struct frame_part *chunks;
    struct merge_record *records;
    size_t chunk_count, record_count, bytes;
};

static void sort_rows(const struct db_result *r, struct contents *out)
{
    size_t rows = (size_t)db_rows(r);
    *out = (struct contents){.chunks = xcalloc(rows + 1, sizeof(*out->chunks)),
                             .records = xcalloc(rows + 1, sizeof(*out->records))};
    for (int64_t i = 0; i < db_rows(r); i++) {
        const char *text = db_text(r, i, 3);
        size_t len = db_length(r, i, 3);
        int64_t a = db_int(r, i, 1), b = db_int(r, i, 2);
        out->bytes += len;
        switch (db_text(r, i, 0)[0]) {
        case 'h':
            out->head = (struct cursor){a, b};
            break;
        case 'l':
            out->chunks[out->chunk_count++] = (struct frame_part){text, len};
            break;
        case 'r':
            out->records[out->record_count++] = (struct merge_record){a, b, text, len};
            break;
        }
    }
}

/* Makes the page's frames. -1 when what is stored is not whole. */
static int make_page(struct catchup *c, struct run *run, const struct db_result *r,
                     struct trail *page, struct err *e)
{
    struct contents in;
    struct hub *h = c->hub;
    sort_rows(r, &in);
    int64_t last = in.record_count ? in.records[in.record_count - 1].n : page->from.record;
    struct merge m = {.run = run->id,
                      .pool = &h->frames,
                      .chunks = in.chunks,
                      .chunk_count = in.chunk_count,
                      .records = in.records,
                      .record_count = in.record_count,
                      .more_records = last < in.head.record};
    int result = merge(&m, page, e);
    run_set_head(run, in.head);
    h->stats.pages_read++;
    h->stats.page_bytes += (int64_t)in.bytes;
    free(in.chunks);
    free(in.records);
    return result;
}

/* The page serves the ring, if it passes its end, and whoever waits; who finds nothing in it waits
 * again. */
static void use_page(struct catchup *c, struct run *run, struct trail *page, bool of_ring)
{
    size_t added = trail_follow(&run->ring, page, run->id);
    if (trail_count(page) > 0 && (!of_ring || !list_empty(&run->waiting)))
        runs_add_page(&c->hub->runs, run, page);
    if (added)
        bound_ring(c->hub, run);
    hub_trim(c->hub);
}

static void on_page(void *arg, const struct db_result *r, const struct err *e)
{
    struct reading *q = arg;
    struct catchup *c = q->catchup;
    struct run *run = q->run;
    struct trail page;
    struct err fault = {0};
    bool of_ring = q->of_ring;
    trail_init(&page, q->from);
    q->run = NULL;
    run->read_in_flight = false;
    if (!r)
        fault = *e;
    else if (make_page(c, run, r, &page, &fault) != 0)
        err_wrap(&fault, "what is stored is not whole");
    if (fault.code)
        c->hub->stats.read_failures++;
    if (fault.code && fault.code != ERR_UNAVAILABLE) /* an outage is told by the connection */
        log_warn("a page of run %lld could not be read: %s", (long long)run->id, fault.text);
    run->parked = trail_count(&page) == 0;
    if (!run->parked) {
        use_page(c, run, &page, of_ring);
        for (struct link *l; (l = list_shift(&run->waiting));)
            client_dirty(list_item(l, struct sub, waiting)->client);
        stream_wake(run, false);
    }
    trail_release(&page);
    line_up(c, run);
    catchup_pump(c);
}

static void start(struct catchup *c, struct reading *q, struct run *run)
{
    bool of_ring = run_is_behind(run) && (!run->read_was_ring || list_empty(&run->waiting));
    *q = (struct reading){.catchup = c, .run = run, .of_ring = of_ring};
    q->from = of_ring ? run->ring.to : list_item(run->waiting.next, struct sub, waiting)->at;
    run->read_was_ring = of_ring;
    run->read_in_flight = true;
    struct params *p = params_new();
    params_int(p, run->id);
    params_int(p, q->from.line);
    params_int(p, q->from.record);
    params_int(p, PAGE_BYTES);
    dba_query(c->hub->reads, "page", p, on_page, q);
    params_free(p);
}

void catchup_pump(struct catchup *c)
{
    for (int i = 0; i < READS_MAX && dba_is_up(c->hub->reads); i++) {
        struct reading *slot = &c->slots[i];
        while (!slot->run && !list_empty(&c->line)) {
            struct run *run = list_item(list_shift(&c->line), struct run, reading);
            if (needs_read(run))
                start(c, slot, run);
        }
    }
}

void catchup_tick(struct catchup *c)
{
    int64_t now = loop_now(c->hub->loop);
    list_each(at, &c->hub->runs.all)
    {
        struct run *run = list_item(at, struct run, all);
        run->parked = false;
        if (!run_is_behind(run))
            run->behind_since = 0;
        else if (!run->behind_since)
            run->behind_since = now;
        if (!list_empty(&run->waiting))
            line_up(c, run);
    }
    catchup_pump(c);
}
