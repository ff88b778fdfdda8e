#include "batch.h"

#include "feed.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

static const struct batch_span null_span = {UINT32_MAX, 0};

const char *const record_kind_names[RECORD_KINDS] = {"result", "metrics",  "row",
                                                     "event",  "artifact", "fact"};

struct series_builder {
    char *key;
    size_t key_len;
    struct strbuf body;
    double first_step, last_step;
    int64_t points;
};

struct batch *batch_new(int64_t run, int64_t lines, int64_t records, int64_t bytes)
{
    struct batch *b = xcalloc(1, sizeof(*b));
    b->run = run;
    b->head = (struct batch_head){
        .first_line = lines + 1,
        .last_line = lines,
        .first_record = records + 1,
        .last_record = records,
        .first_byte = bytes,
        .last_byte = bytes,
    };
    struct strbuf *all[] = {&b->chunk, &b->marks, &b->records, &b->series, &b->text, &b->points};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        strbuf_init(all[i]);
    return b;
}

static void free_builders(struct batch *b)
{
    for (size_t i = 0; i < b->builder_count; i++) {
        free(b->builders[i].key);
        strbuf_release(&b->builders[i].body);
    }
    free(b->builders);
    b->builders = NULL;
    b->builder_count = b->builder_at = 0;
}

void batch_free(struct batch *b)
{
    if (!b)
        return;
    free_builders(b);
    struct strbuf *all[] = {&b->chunk, &b->marks, &b->records, &b->series, &b->text, &b->points};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        strbuf_release(all[i]);
    free(b);
}

bool batch_is_empty(const struct batch *b)
{
    return b->chunk.len == 0 && b->records.len == 0 && b->points.len == 0;
}

size_t batch_size(const struct batch *b)
{
    return b->chunk.len + b->marks.len + b->records.len + b->series.len + b->text.len +
           2 * b->points.len;
}

/* -- lines -- */

/* How many bytes the JSON string at s, made by json_put_string, stands for. */
static size_t decoded_len(const char *s, size_t len)
{
    size_t decoded = len;
    const char *end = s + len;
    while ((s = memchr(s, '\\', (size_t)(end - s))) != NULL) {
        size_t escape = s[1] == 'u' ? 6 : 2;
        decoded -= escape - 1;
        s += escape;
    }
    return decoded;
}

/* The text's bytes as log.txt will show them. It is plain if it grew by its two quotes alone. */
static size_t shown_len(const struct batch *b, size_t before, const struct chunk_line *line)
{
    const char *quote = memchr(b->chunk.buf + before, '"', b->chunk.len - before);
    const char *text = quote + 1;
    if (text[line->text_len] == '"' && memchr(text, '\\', line->text_len) == NULL)
        return line->text_len;
    const char *close = text;
    while (*close != '"')
        close += *close == '\\' ? 2 : 1;
    return decoded_len(text, (size_t)(close - text));
}

void batch_add_line(struct batch *b, const struct chunk_line *line)
{
    if (b->chunk.len == 0)
        chunk_begin(&b->chunk, b->head.first_line);
    size_t before = b->chunk.len;
    chunk_add(&b->chunk, line);
    b->head.last_line++;
    b->head.levels[line->level]++;
    b->head.last_byte += (int64_t)shown_len(b, before, line);
    if (!(line->flags & CHUNK_CONTINUED))
        b->head.last_byte++;
    if (line->level >= CHUNK_WARN) {
        int64_t mark = b->head.last_line * CHUNK_LEVELS + line->level;
        strbuf_add(&b->marks, &mark, sizeof(mark));
    }
}

/* -- records -- */

static struct batch_span put_span(struct strbuf *text, const char *s, size_t len)
{
    if (!s)
        return null_span;
    struct batch_span span = {(uint32_t)text->len, (uint32_t)len};
    strbuf_add(text, s, len);
    return span;
}

static struct batch_record *last_record(const struct batch *b)
{
    return (struct batch_record *)(void *)(b->records.buf + b->records.len) - 1;
}

void batch_begin_record(struct batch *b, enum record_kind kind, int64_t ms, const char *key,
                        size_t key_len)
{
    struct batch_record r = {
        .line = b->head.last_line,
        .kind = kind,
        .key = put_span(&b->text, key, MIN(key_len, (size_t)BATCH_KEY_MAX)),
        .brief = null_span,
    };
    r.body.offset = (uint32_t)b->text.len;
    b->head.last_record++;
    strbuf_adds(&b->text, "{\"n\":");
    strbuf_add_int(&b->text, b->head.last_record);
    strbuf_adds(&b->text, ",\"line\":");
    strbuf_add_int(&b->text, r.line);
    strbuf_adds(&b->text, ",\"kind\":\"");
    strbuf_adds(&b->text, record_kind_names[kind]);
    strbuf_adds(&b->text, "\",\"at\":");
    strbuf_add_int(&b->text, ms);
    strbuf_add(&b->records, &r, sizeof(r));
}

size_t batch_record_len(const struct batch *b)
{
    return b->text.len - last_record(b)->body.offset;
}

void batch_end_record(struct batch *b, size_t small)
{
    struct batch_record *r = last_record(b);
    strbuf_addc(&b->text, '}');
    size_t len = b->text.len - r->body.offset;
    r->body.len = (uint32_t)len;
    if (len <= FEED_RECORD_MAX)
        return;
    r->brief.offset = (uint32_t)b->text.len;
    strbuf_grow(&b->text, small + 128);
    strbuf_add(&b->text, b->text.buf + r->body.offset, small);
    strbuf_addf(&b->text, ",\"bytes\":%zu,\"href\":\"/api/v1/runs/%lld/records/%lld\"}", len,
                (long long)b->run, (long long)b->head.last_record);
    r->brief.len = (uint32_t)b->text.len - r->brief.offset;
}

/* -- metrics -- */

/* Programs say their series in turn, so the search begins behind the last one found. */
static struct series_builder *find_builder(struct batch *b, const char *key, size_t key_len)
{
    for (size_t tried = 0; tried < b->builder_count; tried++) {
        size_t i = (b->builder_at + 1 + tried) % b->builder_count;
        struct series_builder *s = &b->builders[i];
        if (s->key_len == key_len && memcmp(s->key, key, key_len) == 0) {
            b->builder_at = i;
            return s;
        }
    }
    b->builders = xreallocarray(b->builders, b->builder_count + 1, sizeof(*b->builders));
    b->builder_at = b->builder_count++;
    struct series_builder *s = &b->builders[b->builder_at];
    *s = (struct series_builder){.key = xstrndup(key, key_len), .key_len = key_len};
    strbuf_init(&s->body);
    strbuf_adds(&s->body, "{\"points\":[");
    return s;
}

static void put_point_rest(struct strbuf *out, const char *step, size_t step_len, const char *value,
                           size_t value_len, int64_t ms)
{
    strbuf_add(out, step, step_len);
    strbuf_addc(out, ',');
    strbuf_add(out, value, value_len);
    strbuf_addc(out, ',');
    strbuf_add_int(out, ms);
    strbuf_addc(out, ']');
}

static void put_points_record(struct batch *b)
{
    if (b->points.len == 0)
        return;
    batch_begin_record(b, RECORD_METRICS, b->points_ms, NULL, 0);
    size_t small = batch_record_len(b);
    strbuf_adds(&b->text, ",\"points\":[");
    strbuf_add(&b->text, b->points.buf, b->points.len);
    strbuf_addc(&b->text, ']');
    batch_end_record(b, small);
    for (size_t i = 0; i < b->builder_count; i++) {
        struct series_builder *s = &b->builders[i];
        strbuf_adds(&s->body, "]}");
        struct batch_series series = {
            .key = put_span(&b->text, s->key, s->key_len),
            .body = put_span(&b->text, s->body.buf, s->body.len),
            .first_step = s->first_step,
            .last_step = s->last_step,
            .points = s->points,
            .record = b->head.last_record,
        };
        strbuf_add(&b->series, &series, sizeof(series));
    }
    free_builders(b);
    strbuf_release(&b->points);
}

void batch_add_point(struct batch *b, const char *key, size_t key_len, double step,
                     const char *step_text, size_t step_len, const char *value_text,
                     size_t value_len, int64_t ms)
{
    if (b->points.len >= BATCH_POINTS_MAX || b->builder_count >= BATCH_SERIES_MAX)
        put_points_record(b);
    struct series_builder *s = find_builder(b, key, key_len);
    strbuf_adds(&s->body, s->points ? ",\t[" : "[");
    put_point_rest(&s->body, step_text, step_len, value_text, value_len, ms);
    if (!s->points)
        s->first_step = step;
    s->last_step = step;
    s->points++;

    strbuf_adds(&b->points, b->points.len ? ",[" : "[");
    json_put_string(&b->points, key, key_len);
    strbuf_addc(&b->points, ',');
    put_point_rest(&b->points, step_text, step_len, value_text, value_len, ms);
    b->points_ms = ms;
}

/* -- sealing, encoding -- */

void batch_seal(struct batch *b)
{
    put_points_record(b);
    if (b->chunk.len)
        chunk_end(&b->chunk);
    b->head.sections[0] = b->chunk.len;
    b->head.sections[1] = b->marks.len;
    b->head.sections[2] = b->records.len;
    b->head.sections[3] = b->series.len;
    b->head.sections[4] = b->text.len;
}

void batch_encode(const struct batch *b, struct iovec iov[1 + BATCH_SECTIONS])
{
    const struct strbuf *sections[] = {&b->chunk, &b->marks, &b->records, &b->series, &b->text};
    iov[0] = (struct iovec){(void *)(uintptr_t)&b->head, sizeof(b->head)};
    for (size_t i = 0; i < BATCH_SECTIONS; i++)
        iov[1 + i] = (struct iovec){sections[i]->buf, sections[i]->len};
}

static bool span_fits(struct batch_span span, size_t text_len, bool nullable)
{
    if (span.offset == UINT32_MAX)
        return nullable && span.len == 0;
    return span.offset <= text_len && span.len <= text_len - span.offset;
}

static bool counts_fit(const struct batch_head *h, size_t records)
{
    return h->first_line >= 1 && h->first_record >= 1 && h->last_line >= h->first_line - 1 &&
           h->last_record >= h->first_record - 1 &&
           h->last_record - h->first_record + 1 == (int64_t)records && h->first_byte >= 0 &&
           h->last_byte >= h->first_byte && (h->last_line >= h->first_line) == (h->sections[0] > 0);
}

static bool is_sound(const struct batch *b)
{
    if (b->marks.len % sizeof(int64_t) || b->records.len % sizeof(struct batch_record) ||
        b->series.len % sizeof(struct batch_series) || !counts_fit(&b->head, batch_record_count(b)))
        return false;
    for (size_t i = 0; i < batch_record_count(b); i++) {
        const struct batch_record *r = batch_record(b, i);
        if (r->kind < 0 || r->kind >= RECORD_KINDS || !span_fits(r->key, b->text.len, true) ||
            !span_fits(r->body, b->text.len, false) || !span_fits(r->brief, b->text.len, true))
            return false;
    }
    for (size_t i = 0; i < batch_series_count(b); i++) {
        const struct batch_series *s = batch_series(b, i);
        if (!span_fits(s->key, b->text.len, false) || !span_fits(s->body, b->text.len, false))
            return false;
    }
    return true;
}

struct batch *batch_decode(int64_t run, const void *data, size_t len, struct err *e)
{
    const char *at = data;
    struct batch *b = batch_new(run, 0, 0, 0);
    if (len < sizeof(b->head))
        goto malformed;
    memcpy(&b->head, at, sizeof(b->head));
    at += sizeof(b->head);
    len -= sizeof(b->head);
    struct strbuf *sections[] = {&b->chunk, &b->marks, &b->records, &b->series, &b->text};
    for (size_t i = 0; i < BATCH_SECTIONS; i++) {
        if (b->head.sections[i] > len)
            goto malformed;
        strbuf_add(sections[i], at, b->head.sections[i]);
        at += b->head.sections[i];
        len -= b->head.sections[i];
    }
    if (len == 0 && is_sound(b))
        return b;
malformed:
    batch_free(b);
    err_set(e, ERR_INVALID, "not a spooled batch");
    return NULL;
}

size_t batch_record_count(const struct batch *b)
{
    return b->records.len / sizeof(struct batch_record);
}

const struct batch_record *batch_record(const struct batch *b, size_t i)
{
    return (const struct batch_record *)(const void *)b->records.buf + i;
}

size_t batch_series_count(const struct batch *b)
{
    return b->series.len / sizeof(struct batch_series);
}

const struct batch_series *batch_series(const struct batch *b, size_t i)
{
    return (const struct batch_series *)(const void *)b->series.buf + i;
}

const char *batch_text(const struct batch *b, struct batch_span span)
{
    return span.offset == UINT32_MAX ? NULL : b->text.buf + span.offset;
}
