#include "append.h"

#include "chunk.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

static void put_marks(struct params *p, const struct batch *b)
{
    size_t count = b->marks.len / sizeof(int64_t);
    const int64_t *marks = (const int64_t *)(const void *)b->marks.buf;
    int64_t *levels = xmalloc(2 * count * sizeof(*levels));
    int64_t *lines = levels + count;
    for (size_t i = 0; i < count; i++) {
        levels[i] = marks[i] % CHUNK_LEVELS;
        lines[i] = marks[i] / CHUNK_LEVELS;
    }
    params_int_array(p, levels, count);
    params_int_array(p, lines, count);
    free(levels);
}

static struct params_slice slice(const struct batch *b, struct batch_span span)
{
    return (struct params_slice){batch_text(b, span), span.len};
}

static void put_records(struct params *p, const struct batch *b)
{
    size_t count = batch_record_count(b);
    int64_t *lines = xmalloc(count * sizeof(*lines));
    struct params_slice *columns = xmalloc(4 * count * sizeof(*columns));
    for (size_t i = 0; i < count; i++) {
        const struct batch_record *r = batch_record(b, i);
        const char *kind = record_kind_names[r->kind];
        lines[i] = r->line;
        columns[i] = (struct params_slice){kind, strlen(kind)};
        columns[count + i] = slice(b, r->key);
        columns[2 * count + i] = slice(b, r->body);
        columns[3 * count + i] = slice(b, r->brief);
    }
    params_int_array(p, lines, count);
    for (size_t column = 0; column < 4; column++)
        params_text_array(p, columns + column * count, count);
    free(lines);
    free(columns);
}

static void put_series(struct params *p, const struct batch *b)
{
    size_t count = batch_series_count(b);
    int64_t *numbers = xmalloc(2 * count * sizeof(*numbers));
    struct params_slice *columns = xmalloc(4 * count * sizeof(*columns));
    struct strbuf *steps = xcalloc(2 * count, sizeof(*steps));
    for (size_t i = 0; i < count; i++) {
        const struct batch_series *s = batch_series(b, i);
        strbuf_init(&steps[i]);
        strbuf_init(&steps[count + i]);
        json_put_double(&steps[i], s->first_step);
        json_put_double(&steps[count + i], s->last_step);
        numbers[i] = s->record;
        numbers[count + i] = s->points;
        columns[i] = slice(b, s->key);
        columns[count + i] = (struct params_slice){steps[i].buf, steps[i].len};
        columns[2 * count + i] = (struct params_slice){steps[count + i].buf, steps[count + i].len};
        columns[3 * count + i] = slice(b, s->body);
    }
    params_text_array(p, columns, count);
    params_int_array(p, numbers, count);
    params_int_array(p, numbers + count, count);
    for (size_t column = 1; column < 4; column++)
        params_text_array(p, columns + column * count, count);
    for (size_t i = 0; i < 2 * count; i++)
        strbuf_release(&steps[i]);
    free(steps);
    free(columns);
    free(numbers);
}

const char *append_params(struct params *p, const struct batch *b, int64_t epoch)
{
    const struct batch_head *h = &b->head;
    const int64_t numbers[] = {b->run,          epoch,          h->first_line, h->last_line,
                               h->first_record, h->last_record, h->first_byte, h->last_byte,
                               h->levels[0],    h->levels[1],   h->levels[2],  h->levels[3]};
    params_reset(p);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        params_int(p, numbers[i]);
    if (b->chunk.len)
        params_textn(p, b->chunk.buf, b->chunk.len);
    else
        params_null(p);
    if (!b->marks.len && !b->records.len && !b->series.len)
        return "append_lines";
    put_marks(p, b);
    put_records(p, b);
    put_series(p, b);
    return "append_batch";
}

bool append_is_final(const struct err *e)
{
    return e->code == ERR_INVALID || e->code == ERR_CONFLICT;
}
