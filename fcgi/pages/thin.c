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

/* A plain decimal of up to 19 digits, as most values are: many times as fast as strtod, and off by
 * no more than the last digit of a double, which moves no point. False for anything else. */
static bool read_plain(const char *at, const char *end, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
    bool minus = at < end && *at == '-', dot = false;
    uint64_t digits = 0;
    int count = 0, places = 0;
    for (at += minus; at < end; at++) {
        if (*at == '.' && !dot) {
            dot = true;
            continue;
        }
        if (*at < '0' || *at > '9' || ++count > 19)
            return false;
        digits = digits * 10 + (uint64_t)(*at - '0');
        places += dot;
    }
    double value = (double)digits / powers[places];
    *out = minus ? -value : value;
    return count > 0;
}

/* The second element of `[step,value,ms]`; NaN if it is no number. */
static double value_of(const char *point, size_t len)
{
    double value;
    char digits[64];
    const char *end = point + len, *at = memchr(point, ',', len);
    if (!at)
        return NAN;
    at++;
    const char *stop = memchr(at, ',', (size_t)(end - at));
    if (!stop)
        stop = end - 1; /* the bracket */
    if (at < stop && *at == '"')
        return NAN;
    if (read_plain(at, stop, &value))
        return value;
    size_t n = MIN((size_t)(stop - at), sizeof(digits) - 1);
    memcpy(digits, at, n);
    digits[n] = '\0';
    return strtod(digits, NULL);
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
