#include "form.h"

#include "strbuf.h"
#include "typed.h"
#include "validate.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct fields *fields;
    struct strbuf path;
    size_t values; /* read so far */
};

static void read_object(struct reader *r, const struct schema *s, json_t *typed, json_t *values);

/* Browsers end lines with \r\n. */
static json_t *read_text(const char *text, size_t len)
{
    if (!memchr(text, '\r', len))
        return json_stringn(text, len);
    char *copy = xmalloc(len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\r' || text[i + 1] != '\n')
            copy[n++] = text[i];
    }
    json_t *value = json_stringn(copy, n);
    free(copy);
    return value;
}

static json_t *read_option(const struct schema_field *f, const char *text)
{
    for (size_t i = 0; i < f->option_count; i++) {
        const json_t *value = f->options[i].value;
        const char *string = json_string_value(value);
        if (string && strcmp(string, text) == 0)
            return json_incref((json_t *)value);
        if (json_is_boolean(value) && strcmp(text, json_is_true(value) ? "true" : "false") == 0)
            return json_incref((json_t *)value);
        json_t *number = json_is_number(value) ? typed_number(text, false) : NULL;
        bool same = number && json_number_value(number) == json_number_value(value);
        json_decref(number);
        if (same)
            return json_incref((json_t *)value);
    }
    return NULL;
}

static json_t *read_scalar(const struct schema_field *f, const struct field *given)
{
    json_t *value = NULL;
    if (f->type == SCHEMA_STRING)
        return read_text(given->value, given->value_len);
    if (f->type == SCHEMA_ENUM)
        value = read_option(f, given->value);
    else if (f->type == SCHEMA_DATA)
        value = NULL; /* an option or a reference: a text in any case */
    else if (given->value_len > 0)
        value = typed_number(given->value, f->type == SCHEMA_INTEGER);
    if (!value && given->value[strspn(given->value, " \t\r\n")] == '\0')
        value = json_null();
    return value ? value : json_stringn(given->value, given->value_len);
}

static bool is_checked(const struct field *given)
{
    return given && (strcmp(given->value, "true") == 0 || strcmp(given->value, "on") == 0 ||
                     strcmp(given->value, "1") == 0);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The indices that stand behind the path at hand, ascending; the caller frees them. */
static int64_t *item_indices(struct reader *r, size_t *count)
{
    const struct fields *f = r->fields;
    size_t len = r->path.len, n = 0, first = fields_lower_bound(f, r->path.buf, len), end = first;
    while (end < f->count && f->items[end].name_len > len &&
           memcmp(f->items[end].name, r->path.buf, len) == 0)
        end++;
    int64_t *indices = xcalloc(end - first + 1, sizeof(*indices));
    for (size_t i = first; i < end; i++) {
        const char *rest = f->items[i].name + len;
        if (parse_int64(rest, strcspn(rest, "."), &indices[n]) && indices[n] >= 0)
            n++;
    }
    qsort(indices, n, sizeof(*indices), by_value);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || indices[i] != indices[i - 1])
            indices[(*count)++] = indices[i];
    }
    return indices;
}

static void read_list(struct reader *r, const struct schema_field *f, json_t *typed, json_t *values)
{
    size_t count, before = r->path.len;
    strbuf_addc(&r->path, '.');
    int64_t *indices = item_indices(r, &count);
    for (size_t i = 0; i < count && r->values <= VALIDATE_VALUES; i++) {
        json_t *typed_item = json_object(), *item = json_object();
        strbuf_truncate(&r->path, before);
        strbuf_addf(&r->path, ".%lld", (long long)indices[i]);
        read_object(r, &f->fields, typed_item, item);
        json_array_append_new(typed, typed_item);
        json_array_append_new(values, item);
    }
    strbuf_truncate(&r->path, before);
    free(indices);
}

static void read_field(struct reader *r, const struct schema_field *f, json_t *typed,
                       json_t *values)
{
    bool group = f->type == SCHEMA_GROUP, list = f->type == SCHEMA_LIST;
    r->values++;
    if (group || list) {
        json_t *typed_inner = list ? json_array() : json_object();
        json_t *inner = list ? json_array() : json_object();
        json_object_set_new(typed, f->name, typed_inner);
        json_object_set_new(values, f->name, inner);
        if (list)
            read_list(r, f, typed_inner, inner);
        else
            read_object(r, &f->fields, typed_inner, inner);
        return;
    }
    const struct field *given = fields_find(r->fields, r->path.buf);
    if (f->type == SCHEMA_BOOLEAN) { /* a box that is not ticked is not sent */
        json_object_set_new(typed, f->name, json_boolean(is_checked(given)));
        json_object_set_new(values, f->name, json_boolean(is_checked(given)));
    } else if (given) {
        json_object_set_new(typed, f->name, json_stringn(given->value, given->value_len));
        json_object_set_new(values, f->name, read_scalar(f, given));
    }
}

static void read_object(struct reader *r, const struct schema *s, json_t *typed, json_t *values)
{
    size_t before = r->path.len;
    for (size_t i = 0; i < s->count; i++) {
        strbuf_addf(&r->path, ".%s", s->fields[i].name);
        read_field(r, &s->fields[i], typed, values);
        strbuf_truncate(&r->path, before);
    }
}

void form_read(const struct schema *s, struct fields *sorted, const char *prefix,
               struct form_input *out)
{
    struct reader r = {.fields = sorted, .path = STRBUF_INIT};
    out->typed = json_object();
    out->values = json_object();
    strbuf_adds(&r.path, prefix);
    read_object(&r, s, out->typed, out->values);
    out->too_many = r.values > VALIDATE_VALUES;
    strbuf_release(&r.path);
}

const char *form_unknown(const struct fields *f, const char *prefix)
{
    size_t len = strlen(prefix);
    for (size_t i = fields_lower_bound(f, prefix, len); i < f->count; i++) {
        const struct field *at = &f->items[i];
        if (strncmp(at->name, prefix, len) != 0)
            break;
        if (!at->used && at->name[len] == '.')
            return at->name;
    }
    return NULL;
}
