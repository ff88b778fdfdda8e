#include "merge.h"

#include "chunk.h"

/* Walks the elements of all chunks and collects them, still raw, for one frame. */
struct lines {
    const struct merge *m;
    struct trail *t;
    size_t chunk; /* the next one to be opened */
    bool open;
    struct chunk_iter it;
    const char *element; /* the next element, or NULL */
    size_t element_len;
    struct frame_part pieces[FRAME_PIECES_MAX];
    size_t piece_count, bytes;
    int64_t last; /* the last line in the pieces */
};

static int broken(const struct lines *l, struct err *e, const char *what)
{
    return err_set(e, ERR_INTERNAL, "run %lld: %s behind %lld.%lld", (long long)l->m->run, what,
                   (long long)l->t->to.line, (long long)l->t->to.record);
}

/* Moves to the next element of this chunk or the next. 1, 0 at the end, -1. */
static int next_element(struct lines *l, struct err *e)
{
    l->element = NULL;
    for (;;) {
        if (!l->open) {
            if (l->chunk == l->m->chunk_count)
                return 0;
            const struct frame_part *c = &l->m->chunks[l->chunk++];
            if (chunk_iter_init(&l->it, c->data, c->len, e) != 0)
                return -1;
            l->open = true;
        }
        if (chunk_iter_next(&l->it, &l->element, &l->element_len))
            return 1;
        if (l->it.at != l->it.end)
            return broken(l, e, "a broken chunk");
        l->open = false;
        l->element = NULL;
    }
}

static void flush(struct lines *l)
{
    if (!l->piece_count)
        return;
    trail_push(l->t,
               frame_logs(l->m->pool, l->m->run, l->t->to, l->last, l->pieces, l->piece_count));
    l->piece_count = 0;
    l->bytes = 0;
}

/* Adds the current element to the pieces; one that stands beside the last piece lengthens it. */
static void collect(struct lines *l)
{
    struct frame_part *p = l->piece_count ? &l->pieces[l->piece_count - 1] : NULL;
    if (l->bytes + l->element_len > FRAME_LINES_MAX) {
        flush(l);
        p = NULL;
    }
    if (p && p->data + p->len + 2 == l->element) {
        p->len += 2 + l->element_len;
    } else {
        if (l->piece_count == FRAME_PIECES_MAX)
            flush(l);
        l->pieces[l->piece_count++] = (struct frame_part){l->element, l->element_len};
    }
    l->bytes += 2 + l->element_len;
    l->last = l->it.line;
}

/* Appends the lines up to `last`, as far as they are given. */
static int put_lines(struct lines *l, int64_t last, struct err *e)
{
    int64_t at = l->t->to.line;
    int got = 1;
    while (got > 0) {
        if (!l->element)
            got = next_element(l, e);
        if (got <= 0 || l->it.line > last)
            break;
        if (l->it.line > at) {
            if (l->it.line != at + 1) {
                got = broken(l, e, "a line is missing");
                break;
            }
            collect(l);
            at++;
        }
        l->element = NULL;
    }
    flush(l);
    return got < 0 ? -1 : 0;
}

int merge(const struct merge *m, struct trail *t, struct err *e)
{
    struct lines l = {.m = m, .t = t};
    for (size_t i = 0; i < m->record_count; i++) {
        const struct merge_record *r = &m->records[i];
        if (r->n <= t->to.record)
            continue;
        if (r->n != t->to.record + 1)
            return broken(&l, e, "a record is missing");
        if (r->line > t->to.line && put_lines(&l, r->line, e) != 0)
            return -1;
        if (r->line > t->to.line)
            return 0;
        if (r->len < 2 || r->text[0] != '{')
            return broken(&l, e, "a record that is no object");
        struct cursor to = {t->to.line, r->n};
        struct frame_part text = {r->text, r->len};
        trail_push(t, frame_new(m->pool, FRAME_RECORD, m->run, t->to, to, &text, 1));
    }
    return m->more_records ? 0 : put_lines(&l, INT64_MAX, e);
}
