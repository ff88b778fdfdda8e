#include "frame.h"

#include "chunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    bool has_id;
} kinds[FRAME_KINDS] = {
    [FRAME_LOGS] = {"logs", true},          [FRAME_RECORD] = {"record", true},
    [FRAME_PROGRESS] = {"progress", false}, [FRAME_PREVIEW] = {"preview", false},
    [FRAME_CLOSED] = {"closed", true},      [FRAME_RUN] = {"run", false},
    [FRAME_INSTANCE] = {"instance", false}, [FRAME_RESET] = {"reset", false},
    [FRAME_PING] = {"ping", false},
};

static struct frame *allocate(struct frame_pool *pool, enum frame_kind kind, size_t len)
{
    if (len > UINT32_MAX)
        die("a frame of %zu bytes", len);
    struct frame *f = xmalloc(sizeof(*f) + len);
    *f = (struct frame){.pool = pool, .refs = 1, .kind = kind, .len = (uint32_t)len};
    pool->bytes += sizeof(*f) + len;
    pool->count++;
    pool->made++;
    return f;
}

/* What stands before the tail, in both forms. Returns its length; *one_at is where the second
 * begins. */
static size_t put_heads(char *out, size_t size, enum frame_kind kind, int64_t run, struct cursor to,
                        bool empty, size_t *one_at)
{
    const char *name = kinds[kind].name;
    int many = 0, id = 0, one;
    if (run)
        many = snprintf(out, size, "event: %s\ndata: {\"run\":%lld%s", name, (long long)run,
                        empty ? "" : ",");
    char *at = out + many;
    size_t room = size - (size_t)many;
    if (kinds[kind].has_id)
        id = snprintf(at, room, "id: %lld.%lld\n", (long long)to.line, (long long)to.record);
    one = snprintf(at + id, room - (size_t)id, "event: %s\ndata: {", name);
    *one_at = (size_t)many;
    return (size_t)(many + id + one);
}

struct frame *frame_new(struct frame_pool *pool, enum frame_kind kind, int64_t run,
                        struct cursor from, struct cursor to, const struct frame_part *parts,
                        size_t count)
{
    char heads[192];
    size_t one_at, data = 0;
    for (size_t i = 0; i < count; i++)
        data += parts[i].len;
    if (data < 2 || parts[0].len < 1 || parts[0].data[0] != '{')
        die("a %s frame whose data is no object", kinds[kind].name);
    size_t head = put_heads(heads, sizeof(heads), kind, run, to, data == 2, &one_at);
    struct frame *f = allocate(pool, kind, head + data - 1 + 2);
    f->from = from;
    f->to = to;
    f->one_at = (uint32_t)one_at;
    f->tail_at = (uint32_t)head;
    memcpy(f->bytes, heads, head);
    char *at = f->bytes + head;
    for (size_t i = 0; i < count; i++) {
        size_t skip = i == 0; /* the `{`, which the head has */
        memcpy(at, parts[i].data + skip, parts[i].len - skip);
        at += parts[i].len - skip;
    }
    memcpy(at, "\n\n", 2);
    return f;
}

struct frame *frame_logs(struct frame_pool *pool, int64_t run, struct cursor from, int64_t last,
                         const struct frame_part *pieces, size_t count)
{
    struct frame_part parts[2 * FRAME_PIECES_MAX + 1];
    char head[64];
    size_t n = 0;
    int len = snprintf(head, sizeof(head), "{\"first\":%lld,\"lines\":[", (long long)from.line + 1);
    parts[n++] = (struct frame_part){head, (size_t)len};
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            parts[n++] = (struct frame_part){",\t", 2};
        parts[n++] = pieces[i];
    }
    parts[n++] = (struct frame_part){"]}", 2};
    struct cursor to = {last, from.record};
    return frame_new(pool, FRAME_LOGS, run, from, to, parts, n);
}

struct frame *frame_rest(const struct frame *f, int64_t run, int64_t after)
{
    struct chunk_iter it;
    struct frame_part piece = {NULL, 0};
    size_t len;
    const char *body = frame_data(f, &len), *element;
    if (chunk_iter_init(&it, body, len, NULL) != 0)
        return NULL;
    while (it.line < after)
        if (!chunk_iter_next(&it, &element, &len))
            return NULL;
    piece.data = it.at;
    piece.len = (size_t)(it.end - it.at);
    struct cursor from = {after, f->from.record};
    return piece.len ? frame_logs(f->pool, run, from, f->to.line, &piece, 1) : NULL;
}

struct frame *frame_raw(struct frame_pool *pool, const char *data, size_t len)
{
    struct frame *f = allocate(pool, FRAME_RAW, len);
    memcpy(f->bytes, data, len);
    return f;
}

struct frame *frame_ref(struct frame *f)
{
    f->refs++;
    return f;
}

void frame_unref(struct frame *f)
{
    if (!f || --f->refs > 0)
        return;
    f->pool->bytes -= sizeof(*f) + f->len;
    f->pool->count--;
    free(f);
}

const char *frame_data(const struct frame *f, size_t *len)
{
    *len = f->len - f->tail_at + 1 - 2;
    return f->bytes + f->tail_at - 1;
}
