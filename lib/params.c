#include "params.h"

#include "arena.h"

#include <endian.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OID_INT8 = 20, OID_TEXT = 25 }; /* Postgres' built-in types, fixed for ever */

struct params {
    struct arena *memory;
    int count;
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX];
    int formats[PARAMS_MAX]; /* 0 text, 1 binary */
};

struct params *params_new(void)
{
    struct params *p = xcalloc(1, sizeof(*p));
    p->memory = arena_new();
    return p;
}

void params_free(struct params *p)
{
    if (!p)
        return;
    arena_free(p->memory);
    free(p);
}

void params_reset(struct params *p)
{
    p->count = 0;
    arena_reset(p->memory);
}

static void append(struct params *p, const char *value, size_t len, int format)
{
    if (p->count == PARAMS_MAX)
        die("a query takes at most %d parameters", PARAMS_MAX);
    if (len > INT_MAX)
        die("a parameter of %zu bytes is too large", len);
    p->values[p->count] = value;
    p->lengths[p->count] = (int)len;
    p->formats[p->count] = format;
    p->count++;
}

struct params *params_copy(const struct params *p)
{
    struct params *copy = params_new();
    for (int i = 0; p && i < p->count; i++) {
        size_t len = (size_t)p->lengths[i];
        const char *value = p->values[i] ? arena_strndup(copy->memory, p->values[i], len) : NULL;
        append(copy, value, len, p->formats[i]);
    }
    return copy;
}

struct params *params_move(struct params *p)
{
    struct params *moved = params_new(), all = *moved;
    *moved = *p;
    *p = all;
    return moved;
}

void params_null(struct params *p)
{
    append(p, NULL, 0, 0);
}

void params_text(struct params *p, const char *s)
{
    if (s)
        params_textn(p, s, strlen(s));
    else
        params_null(p);
}

void params_textn(struct params *p, const char *s, size_t len)
{
    size_t fit = s ? strnlen(s, len) : 0;
    append(p, arena_strndup(p->memory, s ? s : "", fit), fit, 0);
}

void params_int(struct params *p, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%" PRId64, value);
    params_textn(p, digits, (size_t)len);
}

void params_bool(struct params *p, bool value)
{
    params_textn(p, value ? "t" : "f", 1);
}

void params_double(struct params *p, double value)
{
    char digits[40];
    if (isnan(value))
        params_text(p, "NaN");
    else if (isinf(value))
        params_text(p, value > 0 ? "Infinity" : "-Infinity");
    else
        params_textn(p, digits, (size_t)snprintf(digits, sizeof(digits), "%.17g", value));
}

static char *put32(char *at, uint32_t value)
{
    value = htobe32(value);
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

/* The head of a one-dimensional array in Postgres' binary form; an empty one has no dimension. */
static char *put_array_head(char *at, bool nulls, uint32_t oid, size_t count)
{
    if (count > INT_MAX)
        die("an array of %zu elements is too large", count);
    at = put32(at, count ? 1 : 0);
    at = put32(at, nulls ? 1 : 0);
    at = put32(at, oid);
    if (count) {
        at = put32(at, (uint32_t)count);
        at = put32(at, 1); /* SQL counts from one */
    }
    return at;
}

void params_text_array(struct params *p, const struct params_slice *items, size_t count)
{
    bool nulls = false;
    size_t size = 5 * 4 + 4 * count;
    for (size_t i = 0; i < count; i++) {
        nulls = nulls || !items[i].data;
        size += items[i].data ? strnlen(items[i].data, items[i].len) : 0;
    }
    if (size > INT_MAX)
        die("a parameter of %zu bytes is too large", size);
    char *value = arena_alloc(p->memory, size);
    char *at = put_array_head(value, nulls, OID_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        if (!items[i].data) {
            at = put32(at, UINT32_MAX); /* length -1: null */
            continue;
        }
        size_t len = strnlen(items[i].data, items[i].len);
        at = put32(at, (uint32_t)len);
        memcpy(at, items[i].data, len);
        at += len;
    }
    append(p, value, (size_t)(at - value), 1);
}

void params_int_array(struct params *p, const int64_t *items, size_t count)
{
    char *value = arena_alloc(p->memory, 5 * 4 + 12 * count);
    char *at = put_array_head(value, false, OID_INT8, count);
    for (size_t i = 0; i < count; i++) {
        at = put32(at, 8);
        uint64_t big = htobe64((uint64_t)items[i]);
        memcpy(at, &big, sizeof(big));
        at += sizeof(big);
    }
    append(p, value, (size_t)(at - value), 1);
}

int params_count(const struct params *p)
{
    return p ? p->count : 0;
}

const char *const *params_values(struct params *p)
{
    return p ? p->values : NULL;
}

const int *params_lengths(struct params *p)
{
    return p ? p->lengths : NULL;
}

const int *params_formats(struct params *p)
{
    return p ? p->formats : NULL;
}
