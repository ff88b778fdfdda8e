#include "runs.h"

#include <stdlib.h>

void runs_init(struct runs *r)
{
    *r = (struct runs){.bucket_count = 256};
    r->buckets = xcalloc(r->bucket_count, sizeof(*r->buckets));
    list_init(&r->all);
    list_init(&r->idle);
    list_init(&r->pages);
}

void runs_release(struct runs *r)
{
    list_each(at, &r->all) runs_drop(r, list_item(at, struct run, all));
    free(r->buckets);
    r->buckets = NULL;
}

static size_t bucket_of(const struct runs *r, int64_t id)
{
    return (size_t)((uint64_t)id * 0x9E3779B97F4A7C15u >> 32) & (r->bucket_count - 1);
}

static void grow(struct runs *r)
{
    struct run **old = r->buckets;
    size_t old_count = r->bucket_count;
    r->bucket_count *= 2;
    r->buckets = xcalloc(r->bucket_count, sizeof(*r->buckets));
    for (size_t i = 0; i < old_count; i++) {
        for (struct run *run = old[i], *next; run; run = next) {
            struct run **bucket = &r->buckets[bucket_of(r, run->id)];
            next = run->hash_next;
            run->hash_next = *bucket;
            *bucket = run;
        }
    }
    free(old);
}

struct run *runs_find(const struct runs *r, int64_t id)
{
    struct run *run = r->buckets[bucket_of(r, id)];
    while (run && run->id != id)
        run = run->hash_next;
    return run;
}

static bool is_watched(const struct run *run)
{
    return !list_empty(&run->subs) || !list_empty(&run->waits);
}

void runs_keep(struct run *run)
{
    list_remove(&run->idle);
}

void runs_leave(struct runs *r, struct run *run, int64_t now)
{
    if (is_watched(run))
        return;
    list_remove(&run->idle);
    list_append(&r->idle, &run->idle);
    run->idle_since = now;
}

struct run *runs_get(struct runs *r, int64_t id, int64_t now)
{
    struct run *run = runs_find(r, id);
    if (run) {
        runs_leave(r, run, now);
        return run;
    }
    if (r->count++ == r->bucket_count)
        grow(r);
    struct run **bucket = &r->buckets[bucket_of(r, id)];
    run = xcalloc(1, sizeof(*run));
    run->id = id;
    run->hash_next = *bucket;
    *bucket = run;
    trail_init(&run->ring, (struct cursor){0, 0});
    list_init(&run->pages);
    list_init(&run->subs);
    list_init(&run->waiting);
    list_init(&run->waits);
    list_append(&r->all, &run->all);
    runs_leave(r, run, now);
    return run;
}

void runs_drop(struct runs *r, struct run *run)
{
    struct run **at = &r->buckets[bucket_of(r, run->id)];
    while (*at != run)
        at = &(*at)->hash_next;
    *at = run->hash_next;
    r->count--;
    list_each(page, &run->pages) runs_drop_page(r, list_item(page, struct page, of_run));
    trail_release(&run->ring);
    frame_unref(run->progress);
    frame_unref(run->preview);
    list_remove(&run->all);
    list_remove(&run->idle);
    list_remove(&run->reading);
    free(run);
}

void run_set_head(struct run *run, struct cursor head)
{
    run->head.line = MAX(run->head.line, head.line);
    run->head.record = MAX(run->head.record, head.record);
    if (!run->ring_begun) {
        trail_init(&run->ring, run->head);
        run->ring_begun = true;
    }
}

bool run_is_behind(const struct run *run)
{
    return run->ring_begun && cursor_compare(run->ring.to, run->head) != 0;
}

void run_set_progress(struct run *run, struct frame *f)
{
    frame_unref(run->progress);
    run->progress = f;
    run->progress_version++;
}

void run_set_preview(struct run *run, struct frame *f, int64_t line)
{
    frame_unref(run->preview);
    run->preview = f;
    run->preview_line = line;
    run->preview_version++;
}

void runs_add_page(struct runs *r, struct run *run, struct trail *trail)
{
    struct page *page = xcalloc(1, sizeof(*page));
    page->trail = *trail;
    trail_init(trail, trail->to);
    list_append(&run->pages, &page->of_run);
    list_append(&r->pages, &page->of_all);
    r->page_count++;
}

void runs_drop_page(struct runs *r, struct page *page)
{
    list_remove(&page->of_run);
    list_remove(&page->of_all);
    r->page_count--;
    trail_release(&page->trail);
    free(page);
}

const struct trail *runs_locate(struct runs *r, struct run *run, struct cursor at,
                                enum trail_place *place, uint64_t *seq)
{
    *place = trail_find(&run->ring, at, seq);
    if (*place != TRAIL_NONE)
        return &run->ring;
    list_each(l, &run->pages)
    {
        struct page *page = list_item(l, struct page, of_run);
        *place = trail_find(&page->trail, at, seq);
        if (*place != TRAIL_AT && *place != TRAIL_INSIDE)
            continue;
        list_remove(&page->of_all);
        list_append(&r->pages, &page->of_all);
        return &page->trail;
    }
    return NULL;
}
