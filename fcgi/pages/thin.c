#include "thin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void thin_init(struct thin *t, struct strbuf *out, int64_t total, int64_t points)
{
    *t = (struct thin){.out = out, .total = total, .all = total <= points};
    t->stretches = (points - 2) / 2;
    t->low_index = t->high_index = t->last_index = t->written_index = -1;
    strbuf_init(&t->low);
    strbuf_init(&t->high);
    strbuf_init(&t->last);
}

void thin_release(struct thin *t)
{
    strbuf_release(&t->low);
    strbuf_release(&t->high);
    strbuf_release(&t->last);
}

static void write_point(struct thin *t, int64_t index, const char *point, size_t len)
{
    if (index <= t->written_index)
        return;
    if (t->written++)
        strbuf_addc(t->out, ',');
    strbuf_add(t->out, point, len);
    t->written_index = index;
}

/* Ends a stretch: its lowest and highest point, in order. */
static void flush(struct thin *t)
{
    bool low_first = t->low_index <= t->high_index;
    const struct strbuf *a = low_first ? &t->low : &t->high, *b = low_first ? &t->high : &t->low;
    if (t->low_index < 0)
        return;
    write_point(t, low_first ? t->low_index : t->high_index, a->buf, a->len);
    write_point(t, low_first ? t->high_index : t->low_index, b->buf, b->len);
    t->low_index = t->high_index = -1;
}

static void set(struct strbuf *sb, const char *point, size_t len)
{
    strbuf_reset(sb);
    strbuf_add(sb, point, len);
}

/* The second element of `[step,value,ms]`; NaN if it is no number. */
static double value_of(const char *point, size_t len)
{
    const char *comma = memchr(point, ',', len);
    char digits[64];
    if (!comma)
        return NAN;
    size_t left = len - (size_t)(comma + 1 - point), n = 0;
    for (; n < left && n < sizeof(digits) - 1 && comma[1 + n] != ',' && comma[1 + n] != ']'; n++)
        digits[n] = comma[1 + n];
    digits[n] = '\0';
    return digits[0] == '"' ? NAN : strtod(digits, NULL);
}

void thin_add(struct thin *t, const char *point, size_t len)
{
    int64_t index = t->index++;
    if (index >= t->total) /* came in after the count */
        return;
    if (t->all || index == 0) {
        write_point(t, index, point, len);
        return;
    }
    set(&t->last, point, len);
    t->last_index = index;
    if (t->stretches == 0)
        return;
    int64_t stretch = index * t->stretches / t->total;
    double value = value_of(point, len);
    if (stretch != t->stretch) {
        flush(t);
        t->stretch = stretch;
    }
    if (t->low_index < 0 || value < t->low_value || (isnan(t->low_value) && !isnan(value))) {
        set(&t->low, point, len);
        t->low_index = index;
        t->low_value = value;
    }
    if (t->high_index < 0 || value > t->high_value || (isnan(t->high_value) && !isnan(value))) {
        set(&t->high, point, len);
        t->high_index = index;
        t->high_value = value;
    }
}

void thin_end(struct thin *t)
{
    flush(t);
    if (t->last_index >= 0)
        write_point(t, t->last_index, t->last.buf, t->last.len);
}
