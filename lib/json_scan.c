/*
 * One pass over the text. What may stay is not copied piece by piece: `from` is where the bytes
 * begin that are still to be copied, and they are copied when something is left out or replaced, so
 * text that is compact already costs one memcpy.
 *
 * Duplicate keys are found by 64-bit hashes of the decoded keys: those of the open objects lie on
 * one stack, an object's part is sorted when it closes. Equal hashes count as equal keys; for a
 * million keys chance does that once in forty million texts.
 */
#include "json.h"
#include "json_text.h"

#include <stdlib.h>
#include <string.h>

enum { FEW_KEYS = 12 }; /* up to here comparing all pairs is cheaper than sorting */

struct scan {
    const char *start, *at, *end;
    const char *from;
    struct strbuf *out; /* NULL: only checked */
    struct strbuf key;  /* a decoded key */
    uint64_t *hashes;
    size_t hash_count, hash_cap;
    int depth;
    struct err *e;
};

static int scan_value(struct scan *sc);

static int fault(const struct scan *sc, const char *what)
{
    return err_set(sc->e, ERR_INVALID, "not valid JSON: %s at byte %zu", what,
                   (size_t)(sc->at - sc->start) + 1);
}

static void copy_pending(struct scan *sc)
{
    if (sc->out)
        strbuf_add(sc->out, sc->from, (size_t)(sc->at - sc->from));
}

/* Puts `with` in the place of the next `len` bytes. */
static void replace(struct scan *sc, size_t len, const char *with)
{
    copy_pending(sc);
    if (sc->out)
        strbuf_adds(sc->out, with);
    sc->at += len;
    sc->from = sc->at;
}

static void skip_space(struct scan *sc)
{
    const char *behind = json_skip_space(sc->at, sc->end);
    if (behind != sc->at)
        replace(sc, (size_t)(behind - sc->at), "");
}

static bool next_is(const struct scan *sc, char c)
{
    return sc->at < sc->end && *sc->at == c;
}

static int scan_string(struct scan *sc)
{
    sc->at++;
    for (;;) {
        sc->at = json_plain_span(sc->at, sc->end);
        if (sc->at == sc->end)
            return fault(sc, "a string without an end");
        unsigned char c = (unsigned char)*sc->at;
        if (c == '"') {
            sc->at++;
            return 0;
        }
        if (c >= 0x80) {
            replace(sc, json_invalid_part(sc->at, sc->end), JSON_REPLACEMENT);
            continue;
        }
        if (c != '\\')
            return fault(sc, "a control character in a string");
        uint32_t code;
        bool unfit;
        size_t len = json_read_escape(sc->at, sc->end, &code, &unfit);
        if (!len)
            return fault(sc, "a bad escape");
        if (unfit)
            replace(sc, len, "\\ufffd");
        else
            sc->at += len;
    }
}

static uint64_t hash_bytes(const char *s, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u ^ len;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
}

static int scan_key(struct scan *sc)
{
    const char *raw = sc->at;
    if (!next_is(sc, '"'))
        return fault(sc, "a key is missing");
    if (scan_string(sc) != 0)
        return -1;
    if (sc->hash_count == JSON_MAX_KEYS)
        return fault(sc, "too many keys");
    strbuf_reset(&sc->key);
    if (json_decode_string(raw, (size_t)(sc->at - raw), &sc->key, sc->e) != 0)
        return -1;
    if (sc->hash_count == sc->hash_cap) {
        sc->hash_cap = sc->hash_cap ? sc->hash_cap * 2 : 64;
        sc->hashes = xreallocarray(sc->hashes, sc->hash_cap, sizeof(*sc->hashes));
    }
    sc->hashes[sc->hash_count++] = hash_bytes(sc->key.buf, sc->key.len);
    return 0;
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static bool has_duplicate(uint64_t *hashes, size_t count)
{
    if (count > FEW_KEYS) {
        qsort(hashes, count, sizeof(*hashes), compare_hashes);
        for (size_t i = 1; i < count; i++)
            if (hashes[i] == hashes[i - 1])
                return true;
        return false;
    }
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (hashes[i] == hashes[j])
                return true;
    return false;
}

static int scan_members(struct scan *sc)
{
    for (;;) {
        skip_space(sc);
        if (scan_key(sc) != 0)
            return -1;
        skip_space(sc);
        if (!next_is(sc, ':'))
            return fault(sc, "a colon is missing");
        sc->at++;
        skip_space(sc);
        if (scan_value(sc) != 0)
            return -1;
        skip_space(sc);
        if (next_is(sc, '}')) {
            sc->at++;
            return 0;
        }
        if (!next_is(sc, ','))
            return fault(sc, "a comma or } is missing");
        sc->at++;
    }
}

static int scan_object(struct scan *sc)
{
    size_t base = sc->hash_count;
    sc->at++;
    skip_space(sc);
    if (next_is(sc, '}')) {
        sc->at++;
        return 0;
    }
    if (scan_members(sc) != 0)
        return -1;
    if (has_duplicate(sc->hashes + base, sc->hash_count - base))
        return fault(sc, "a key stands twice in the object that ends");
    sc->hash_count = base;
    return 0;
}

static int scan_array(struct scan *sc)
{
    sc->at++;
    skip_space(sc);
    if (next_is(sc, ']')) {
        sc->at++;
        return 0;
    }
    for (;;) {
        skip_space(sc);
        if (scan_value(sc) != 0)
            return -1;
        skip_space(sc);
        if (next_is(sc, ']')) {
            sc->at++;
            return 0;
        }
        if (!next_is(sc, ','))
            return fault(sc, "a comma or ] is missing");
        sc->at++;
    }
}

static int scan_nested(struct scan *sc)
{
    if (sc->depth == JSON_MAX_DEPTH)
        return err_set(sc->e, ERR_INVALID, "a value is nested deeper than %d levels",
                       JSON_MAX_DEPTH);
    sc->depth++;
    int rc = *sc->at == '{' ? scan_object(sc) : scan_array(sc);
    sc->depth--;
    return rc;
}

static int scan_value(struct scan *sc)
{
    if (next_is(sc, '{') || next_is(sc, '['))
        return scan_nested(sc);
    if (next_is(sc, '"'))
        return scan_string(sc);
    char type;
    bool deep;
    const char *behind = json_skip_value(sc->at, sc->end, &type, &deep);
    if (!behind)
        return fault(sc, "a value is missing");
    sc->at = behind;
    return 0;
}

int json_compact(const char *text, size_t len, struct strbuf *out, struct err *e)
{
    struct scan sc = {
        .start = text, .at = text, .end = text + len, .from = text, .out = out, .e = e};
    size_t before = out ? out->len : 0;
    strbuf_init(&sc.key);
    skip_space(&sc);
    int rc = scan_value(&sc);
    if (rc == 0) {
        skip_space(&sc);
        if (sc.at != sc.end)
            rc = fault(&sc, "something stands behind the value");
    }
    if (rc == 0)
        copy_pending(&sc);
    else if (out)
        strbuf_truncate(out, before);
    strbuf_release(&sc.key);
    free(sc.hashes);
    return rc;
}
