#include "doc.h"

#include "json.h"
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

/* The value at s, which lies before `end`. */
static struct doc value_at(const char *s, const char *end)
{
    char type;
    bool deep;
    s = json_skip_space(s, end);
    const char *behind = s < end ? json_skip_value(s, end, &type, &deep) : NULL;
    return behind ? (struct doc){s, (size_t)(behind - s)} : (struct doc){0};
}

struct doc doc_of(const char *text, size_t len)
{
    return value_at(text, text + len);
}

char doc_type(struct doc d)
{
    if (!d.len)
        return 0;
    return *d.at == '-' || (*d.at >= '0' && *d.at <= '9') ? '0' : *d.at;
}

bool doc_is_set(struct doc d)
{
    return d.len && *d.at != 'n';
}

/* Where the first element of what opens with `open` begins, or the next behind `from`; NULL when
 * there is none. */
static const char *element(struct doc d, char open, const char *from)
{
    const char *end = d.at + d.len;
    if (!d.len || *d.at != open)
        return NULL;
    const char *s = json_skip_space(from ? from : d.at + 1, end);
    if (from) {
        if (s == end || *s != ',')
            return NULL;
        s = json_skip_space(s + 1, end);
    }
    return s < end && *s != ']' && *s != '}' ? s : NULL;
}

bool doc_next(struct doc list, struct doc *item)
{
    const char *s = element(list, '[', item->at ? item->at + item->len : NULL);
    *item = s ? value_at(s, list.at + list.len) : (struct doc){0};
    return item->len > 0;
}

bool doc_next_member(struct doc object, struct strbuf *key, struct doc *value)
{
    const char *end = object.at + object.len;
    const char *s = element(object, '{', value->at ? value->at + value->len : NULL);
    struct doc name = s ? value_at(s, end) : (struct doc){0};
    *value = (struct doc){0};
    strbuf_reset(key);
    if (doc_type(name) != '"')
        return false;
    doc_put(key, name);
    s = json_skip_space(name.at + name.len, end);
    if (s < end && *s == ':')
        *value = value_at(s + 1, end);
    return value->len > 0;
}

struct doc doc_get(struct doc d, const char *path)
{
    struct strbuf key = STRBUF_INIT;
    while (*path) {
        size_t len = strcspn(path, ".");
        struct doc value = {0};
        while (doc_next_member(d, &key, &value))
            if (key.len == len && memcmp(key.buf, path, len) == 0)
                break;
        d = value;
        path += len + (path[len] == '.');
    }
    strbuf_release(&key);
    return d;
}

void doc_put(struct strbuf *out, struct doc d)
{
    if (doc_type(d) == '"') {
        size_t before = out->len;
        if (json_decode_string(d.at, d.len, out, NULL) < 0)
            strbuf_truncate(out, before);
    } else if (doc_is_set(d)) {
        strbuf_add(out, d.at, d.len);
    }
}

char *doc_text(struct doc d, const char *path)
{
    struct strbuf out = STRBUF_INIT;
    doc_put(&out, doc_get(d, path));
    return strbuf_detach(&out, NULL);
}

int64_t doc_int(struct doc d, const char *path, int64_t otherwise)
{
    struct doc value = doc_get(d, path);
    int64_t number;
    return value.len && parse_int64(value.at, value.len, &number) ? number : otherwise;
}

bool doc_true(struct doc d, const char *path)
{
    struct doc value = doc_get(d, path);
    return value.len == 4 && memcmp(value.at, "true", 4) == 0;
}

bool doc_is(struct doc d, const char *path, const char *text)
{
    char *value = doc_text(d, path);
    bool same = strcmp(value, text) == 0;
    free(value);
    return same;
}
