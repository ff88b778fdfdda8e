#include "batch.h"

#include "merge.h"

#include <stdlib.h>
#include <string.h>

/* Cuts the lines of a message's rest into its chunk and records. Returns the records, to be freed.
 */
static struct merge_record *cut(const struct feed_head *head, struct frame_part *chunk,
                                size_t *count, struct err *e)
{
    const char *at = head->rest, *end = at + head->rest_len;
    uint64_t told = (uint64_t)head->last_record - (uint64_t)head->first_record + 1;
    size_t n = 0;
    bool has_lines = head->last_line >= head->first_line;
    if (told > head->rest_len) {
        err_set(e, ERR_INVALID, "a batch that is too short for its records");
        return NULL;
    }
    struct merge_record *records = xcalloc((size_t)told + 1, sizeof(*records));
    while (at < end && (n < told || has_lines)) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        if (has_lines) {
            *chunk = (struct frame_part){at, len};
            has_lines = false;
        } else {
            struct merge_record *r = &records[n++];
            r->text = at;
            r->len = len;
            if (feed_record_place(at, len, &r->n, &r->line, e) != 0)
                goto fail;
        }
        at += len + 1;
    }
    if (n == told && !has_lines) {
        *count = n;
        return records;
    }
    err_set(e, ERR_INVALID, "a batch that lacks some of its lines or records");
fail:
    free(records);
    return NULL;
}

int batch_follow(const struct feed_head *head, struct frame_pool *pool, int64_t run,
                 struct trail *ring, struct err *e)
{
    struct cursor from = {head->first_line - 1, head->first_record - 1};
    struct frame_part chunk = {NULL, 0};
    struct merge m = {.run = run, .pool = pool, .chunks = &chunk};
    struct merge_record *records = cut(head, &chunk, &m.record_count, e);
    if (!records)
        return -1;
    m.records = records;
    m.chunk_count = chunk.data != NULL;
    struct trail batch, *t = &batch;
    trail_init(&batch, from);
    if (cursor_compare(from, ring->to) == 0)
        t = ring; /* the usual case: it follows */
    int result = merge(&m, t, e);
    if (result == 0 && t == &batch)
        trail_follow(ring, &batch, run);
    trail_release(&batch);
    free(records);
    return result;
}
