#include "mustache_value.h"

#include "json.h"

#include <math.h>
#include <string.h>

enum { MAX_LIST_DEPTH = 64 };

static int64_t utf16_length(const json_t *text)
{
    const char *s = json_string_value(text);
    int64_t n = 0;
    for (size_t i = 0; i < json_string_length(text); i++) {
        unsigned char c = (unsigned char)s[i];
        n += (c & 0xc0) != 0x80;
        n += c >= 0xf0;
    }
    return n;
}

struct mustache_value mustache_member(struct mustache_value v, const char *name, size_t len)
{
    int64_t index;
    if (json_is_object(v.json)) {
        const json_t *found = json_object_getn(v.json, name, len);
        return found ? (struct mustache_value){found, -1} : MUSTACHE_NOTHING;
    }
    if (!json_is_array(v.json))
        return MUSTACHE_NOTHING;
    if (len == 6 && !memcmp(name, "length", 6))
        return (struct mustache_value){NULL, (int64_t)json_array_size(v.json)};
    if (parse_int64(name, len, &index) && index >= 0)
        return (struct mustache_value){json_array_get(v.json, (size_t)index), -1};
    return MUSTACHE_NOTHING;
}

struct mustache_value mustache_dotted_member(struct mustache_value v, const char *name, size_t len)
{
    if (json_is_string(v.json) && len == 6 && !memcmp(name, "length", 6))
        return (struct mustache_value){NULL, utf16_length(v.json)};
    return mustache_member(v, name, len);
}

bool mustache_is_true(struct mustache_value v)
{
    if (!v.json)
        return v.length > 0;
    switch (json_typeof(v.json)) {
    case JSON_OBJECT:
    case JSON_TRUE:
        return true;
    case JSON_ARRAY:
        return json_array_size(v.json) > 0;
    case JSON_STRING:
        return json_string_length(v.json) > 0;
    case JSON_INTEGER:
        return json_integer_value(v.json) != 0;
    case JSON_REAL:
        return fpclassify(json_real_value(v.json)) != FP_ZERO;
    default:
        return false;
    }
}

static const struct {
    char text[8];
    uint8_t len;
} entities[] = {{"", 0},      {"&amp;", 5},  {"&lt;", 4},   {"&gt;", 4},  {"&quot;", 6},
                {"&#39;", 5}, {"&#x2F;", 6}, {"&#x60;", 6}, {"&#x3D;", 6}};

static const uint8_t entity_of[256] = {
    ['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5, ['/'] = 6, ['`'] = 7, ['='] = 8};

void mustache_put_escaped(struct strbuf *out, const char *s, size_t len)
{
    const char *end = s + len;
    while (s < end) {
        const char *p = s;
        while (p < end && !entity_of[(unsigned char)*p])
            p++;
        strbuf_add(out, s, (size_t)(p - s));
        if (p == end)
            return;
        uint8_t entity = entity_of[(unsigned char)*p];
        strbuf_add(out, entities[entity].text, entities[entity].len);
        s = p + 1;
    }
}

static void put_json(struct strbuf *out, const json_t *v, bool escape, int depth);

static void put_list(struct strbuf *out, const json_t *list, bool escape, int depth)
{
    for (size_t i = 0; i < json_array_size(list) && depth < MAX_LIST_DEPTH; i++) {
        if (i)
            strbuf_addc(out, ',');
        put_json(out, json_array_get(list, i), escape, depth + 1);
    }
}

static void put_json(struct strbuf *out, const json_t *v, bool escape, int depth)
{
    switch (json_typeof(v)) {
    case JSON_STRING:
        if (escape)
            mustache_put_escaped(out, json_string_value(v), json_string_length(v));
        else
            strbuf_add(out, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        strbuf_add_int(out, json_integer_value(v));
        break;
    case JSON_REAL:
        json_put_plain_double(out, json_real_value(v) + 0); /* no -0 */
        break;
    case JSON_TRUE:
        strbuf_add(out, "true", 4);
        break;
    case JSON_FALSE:
        strbuf_add(out, "false", 5);
        break;
    case JSON_ARRAY:
        put_list(out, v, escape, depth);
        break;
    case JSON_OBJECT:
        strbuf_adds(out, "[object Object]");
        break;
    case JSON_NULL:
        break;
    }
}

void mustache_put_value(struct strbuf *out, struct mustache_value v, bool escape)
{
    if (v.json)
        put_json(out, v.json, escape, 0);
    else if (v.length >= 0)
        strbuf_add_int(out, v.length);
}
