#include "fields.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of the UTF-8 character at s, 0 if it is none (overlong, surrogate, beyond U+10FFFF, cut).
 */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    unsigned char c = s[0];
    size_t n = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (n == 0 || n > left || c == 0)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    }
    if ((c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F) || (c == 0xF0 && s[1] < 0x90) ||
        (c == 0xF4 && s[1] > 0x8F))
        return 0;
    return n;
}

bool fields_is_text(const char *s, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t n = utf8_length((const unsigned char *)s + at, len - at);
        if (n == 0)
            return false;
        at += n;
    }
    return true;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *fields_unescape(struct arena *a, const char *text, size_t len, bool plus,
                            size_t *out_len, struct err *e)
{
    char *out = arena_alloc(a, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? hex(text[i + 1]) : -1;
            int low = len - i > 2 ? hex(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                err_set(e, ERR_INVALID, "a %% escape is not followed by two hexadecimal digits");
                return NULL;
            }
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        out[n++] = c;
    }
    out[n] = '\0';
    if (!fields_is_text(out, n)) {
        err_set(e, ERR_INVALID, "not valid UTF-8 text");
        return NULL;
    }
    if (out_len)
        *out_len = n;
    return out;
}

static int add(struct fields *out, struct arena *a, const char *text, size_t len,
               const struct fields_limits *limits, struct err *e)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;
    size_t value_len = equals ? len - name_len - 1 : 0;
    struct field *f = &out->items[out->count];
    f->name = fields_unescape(a, text, name_len, true, &f->name_len, e);
    f->value = f->name ? fields_unescape(a, equals ? equals + 1 : text + len, value_len, true,
                                         &f->value_len, e)
                       : NULL;
    if (!f->value)
        return -1;
    if (f->name_len > limits->name)
        return err_set(e, ERR_LIMIT, "a name is longer than %zu bytes", limits->name);
    if (f->value_len > limits->value) {
        err_set(e, ERR_LIMIT, "longer than %zu bytes", limits->value);
        return err_wrap(e, "%.80s", f->name);
    }
    f->order = out->count++;
    f->used = false;
    return 0;
}

int fields_parse(struct fields *out, struct arena *a, const char *text, size_t len,
                 const struct fields_limits *limits, struct err *e)
{
    size_t count = len > 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '&';
    out->count = 0;
    out->items = NULL;
    if (count > limits->count)
        return err_set(e, ERR_LIMIT, "more than %zu fields", limits->count);
    out->items = arena_alloc(a, (count + 1) * sizeof(*out->items));
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '&', len - at);
        size_t part = end ? (size_t)(end - text) - at : len - at;
        if (part > 0 && add(out, a, text + at, part, limits, e) != 0)
            return -1;
        at += part + 1;
    }
    return 0;
}

const char *fields_get(const struct fields *f, const char *name)
{
    for (size_t i = f->count; i-- > 0;) {
        if (strcmp(f->items[i].name, name) == 0)
            return f->items[i].value;
    }
    return NULL;
}

const char *fields_unix_lines(struct arena *a, const char *text)
{
    if (!strchr(text, '\r'))
        return text;
    char *copy = arena_strdup(a, text), *to = copy;
    for (const char *at = copy; *at; at++) {
        if (at[0] != '\r' || at[1] != '\n')
            *to++ = *at;
    }
    *to = '\0';
    return copy;
}

static int by_name(const void *a, const void *b)
{
    const struct field *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

void fields_sort(struct fields *f)
{
    if (f->count > 1)
        qsort(f->items, f->count, sizeof(*f->items), by_name);
}

const char *fields_twice(const struct fields *f)
{
    for (size_t i = 1; i < f->count; i++) {
        if (strcmp(f->items[i - 1].name, f->items[i].name) == 0)
            return f->items[i].name;
    }
    return NULL;
}

size_t fields_lower_bound(const struct fields *f, const char *name, size_t len)
{
    size_t low = 0, high = f->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct field *at = &f->items[mid];
        int order = memcmp(at->name, name, MIN(at->name_len, len));
        if (order < 0 || (order == 0 && at->name_len < len))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct field *fields_find(struct fields *f, const char *name)
{
    size_t len = strlen(name);
    const struct field *found = NULL;
    for (size_t i = fields_lower_bound(f, name, len); i < f->count; i++) {
        if (f->items[i].name_len != len || memcmp(f->items[i].name, name, len) != 0)
            break;
        f->items[i].used = true;
        found = &f->items[i];
    }
    return found;
}

void fields_put_escaped(struct strbuf *out, const char *text, const char *keep)
{
    for (; *text; text++) {
        unsigned char ch = (unsigned char)*text;
        if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
            strchr("-._~", ch) || strchr(keep, ch))
            strbuf_addc(out, *text);
        else
            strbuf_addf(out, "%%%02X", ch);
    }
}

const char *fields_cookie(struct arena *a, const char *header, const char *name)
{
    size_t name_len = strlen(name);
    for (const char *at = header; at && *at;) {
        at += strspn(at, " \t;");
        size_t len = strcspn(at, ";");
        if (len > name_len && at[name_len] == '=' && memcmp(at, name, name_len) == 0) {
            const char *value = at + name_len + 1;
            len -= name_len + 1;
            return fields_is_text(value, len) ? arena_strndup(a, value, len) : NULL;
        }
        at += len;
    }
    return NULL;
}
