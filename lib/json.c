#include "json.h"
#include "json_text.h"

#include <string.h>

static size_t utf8_len(uint32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static void put_utf8(struct strbuf *out, uint32_t code)
{
    char bytes[4];
    size_t len = utf8_len(code);
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = len; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(lead[len] | code);
    strbuf_add(out, bytes, len);
}

/* Decodes the escape, or replaces what is invalid, at s. Returns how many bytes that were, 0 when
 * it would add more than `room` bytes, or -1 when a JSON string cannot hold it. */
static int decode_special(const char *s, const char *end, size_t room, struct strbuf *out)
{
    if ((unsigned char)*s >= 0x80) {
        if (room < 3)
            return 0;
        strbuf_add(out, JSON_REPLACEMENT, 3);
        return (int)json_invalid_part(s, end);
    }
    uint32_t code;
    bool replaced;
    size_t len = *s == '\\' ? json_read_escape(s, end, &code, &replaced) : 0;
    if (!len)
        return -1;
    if (utf8_len(code) > room)
        return 0;
    put_utf8(out, code);
    return (int)len;
}

int json_decode_part(const char **at, const char *end, size_t max, struct strbuf *out,
                     struct err *e)
{
    const char *s = *at;
    size_t full = out->len + MIN(max, SIZE_MAX - out->len);
    int step = 1;
    while (s < end && step > 0) {
        size_t room = full - out->len;
        const char *window = (size_t)(end - s) > room ? s + room : end;
        const char *stop = json_plain_span(s, window);
        strbuf_add(out, s, (size_t)(stop - s));
        s = stop;
        if (s == window) /* the end, or no room for one byte more */
            break;
        if ((unsigned char)*s >= 0x80 && json_plain_span(s, MIN(end, s + 4)) > s)
            break; /* a character that the window cut in two */
        step = decode_special(s, end, full - out->len, out);
        if (step < 0)
            return err_set(e, ERR_INVALID, "not a valid JSON string");
        s += step;
    }
    *at = s;
    return 0;
}

int json_decode_string(const char *raw, size_t len, struct strbuf *out, struct err *e)
{
    size_t before = out->len;
    const char *at = raw + 1;
    if (len >= 2 && raw[0] == '"' && raw[len - 1] == '"' &&
        json_decode_part(&at, raw + len - 1, SIZE_MAX, out, e) == 0)
        return 0;
    strbuf_truncate(out, before);
    return err_set(e, ERR_INVALID, "not a valid JSON string");
}

void json_members_init(struct json_members *it, const char *text, size_t len)
{
    it->at = text;
    it->end = text + len;
    strbuf_init(&it->key);
    it->started = false;
}

void json_members_release(struct json_members *it)
{
    strbuf_release(&it->key);
}

static int members_fault(struct err *e, const char *what)
{
    return err_set(e, ERR_INVALID, "not a valid JSON object: %s", what);
}

/* Steps over `{` or `,`. Returns 1 when a member follows, 0 behind the last. */
static int members_step(struct json_members *it, struct err *e)
{
    const char *s = json_skip_space(it->at, it->end);
    if (s == it->end)
        return members_fault(e, "it is cut off");
    bool first = !it->started;
    it->started = true;
    if (*s == '}' && !first)
        goto last;
    if (*s != (first ? '{' : ','))
        return members_fault(e, first ? "no { at the start" : "a comma or } is missing");
    s = json_skip_space(s + 1, it->end);
    if (first && s < it->end && *s == '}')
        goto last;
    it->at = s;
    return 1;
last:
    if (json_skip_space(s + 1, it->end) != it->end)
        return members_fault(e, "something stands behind it");
    it->at = NULL;
    return 0;
}

int json_members_next(struct json_members *it, struct json_member *m, struct err *e)
{
    if (!it->at)
        return 0;
    int rc = members_step(it, e);
    if (rc != 1)
        return rc;
    const char *raw = it->at, *end = it->end;
    const char *s = raw < end && *raw == '"' ? json_skip_string(raw, end) : NULL;
    if (!s)
        return members_fault(e, "a key is missing");
    strbuf_reset(&it->key);
    if (json_decode_string(raw, (size_t)(s - raw), &it->key, NULL) != 0)
        return members_fault(e, "a bad key");
    s = json_skip_space(s, end);
    if (s == end || *s != ':')
        return members_fault(e, "a colon is missing");
    s = json_skip_space(s + 1, end);
    bool deep;
    const char *behind = json_skip_value(s, end, &m->type, &deep);
    if (!behind && deep)
        return err_set(e, ERR_INVALID, "a value is nested deeper than %d levels", JSON_MAX_DEPTH);
    if (!behind)
        return members_fault(e, "a value is missing");
    m->key = it->key.buf;
    m->key_len = it->key.len;
    m->value = s;
    m->value_len = (size_t)(behind - s);
    it->at = behind;
    return 1;
}

static bool too_deep(const json_t *value, int depth)
{
    if (!json_is_object(value) && !json_is_array(value))
        return false;
    if (depth == JSON_MAX_DEPTH)
        return true;
    size_t i;
    const char *key;
    json_t *child;
    if (json_is_array(value)) {
        json_array_foreach(value, i, child) if (too_deep(child, depth + 1)) return true;
        return false;
    }
    json_object_foreach((json_t *)value, key, child) if (too_deep(child, depth + 1)) return true;
    return false;
}

/* The end of the string or the number that begins at `s`, or of one character of anything else. */
static const char *skip_token(const char *s, const char *end)
{
    if (*s != '"') {
        const char *from = s;
        while (s < end && *s && strchr("+-.0123456789eE", *s))
            s++;
        return s > from ? s : s + 1;
    }
    for (s++; s < end && *s != '"'; s++)
        if (*s == '\\' && s + 1 < end)
            s++;
    return s < end ? s + 1 : end;
}

static bool is_digits(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len && s[i] >= '0' && s[i] <= '9')
        i++;
    return i == len;
}

/* jansson reads no whole number beyond 64 bits; with .0 it is a float, as json_put_double writes
 * it. */
static void put_with_floats(struct strbuf *out, const char *text, size_t len)
{
    const char *end = text + len;
    for (const char *s = text, *next; s < end; s = next) {
        int64_t whole;
        next = skip_token(s, end);
        size_t size = (size_t)(next - s), sign = *s == '-';
        strbuf_add(out, s, size);
        if (size > 18 && is_digits(s + sign, size - sign) && !parse_int64(s, size, &whole))
            strbuf_adds(out, ".0");
    }
}

static json_t *load(const char *text, size_t len, json_error_t *error)
{
    const size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    json_t *value = json_loadb(text, len, flags, error);
    if (!value && json_error_code(error) == json_error_numeric_overflow) {
        struct strbuf wide = STRBUF_INIT;
        put_with_floats(&wide, text, len);
        value = json_loadb(wide.buf, wide.len, flags, error);
        strbuf_release(&wide);
    }
    return value;
}

json_t *json_parse(const char *text, size_t len, const char *what, struct err *e)
{
    json_error_t error;
    json_t *value = load(text, len, &error);
    if (!value) {
        enum json_error_code code = json_error_code(&error);
        bool nul = code == json_error_null_character || code == json_error_null_byte_in_key;
        err_set(e, ERR_INVALID, "%s: line %d, column %d: %s", what, error.line, error.column,
                nul ? "U+0000 is not allowed" : error.text);
        return NULL;
    }
    if (too_deep(value, 0)) {
        json_decref(value);
        err_set(e, ERR_INVALID, "%s: nested deeper than %d levels", what, JSON_MAX_DEPTH);
        return NULL;
    }
    return value;
}

const char *json_get_str(const json_t *object, const char *key, const char *otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

int64_t json_get_int(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool json_get_bool(const json_t *object, const char *key, bool otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}
