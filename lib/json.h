/*
 * json.h - JSON text: writing it, checking it, cutting it, without losing a digit.
 *
 * jansson parses what we read as values (manifests, configuration, views); what an experiment says
 * is passed on as text, because a parsed number is no longer the one that was written (0.1, 2^64).
 * Everything written here is fit for Postgres' json and text types and for SSE: valid UTF-8, no
 * U+0000, no lone surrogate, no raw control character, no white space outside strings. What is not
 * valid UTF-8 becomes U+FFFD, one for each maximal invalid part.
 */
#ifndef ATHANOR_JSON_H
#define ATHANOR_JSON_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

#include <jansson.h>

enum { JSON_MAX_DEPTH = 96, JSON_MAX_KEYS = 1 << 20 /* in an object and those around it */ };

/* Appends a quoted, escaped string. */
void json_put_string(struct strbuf *out, const char *s, size_t len);
void json_put_cstring(struct strbuf *out, const char *s);

/* Appends the shortest decimal that reads back as the same double: 0.00001, 1e-7. NaN and the
 * infinities become the strings "NaN", "Infinity", "-Infinity". A whole number that 64 bits do not
 * hold ends in .0, for jansson reads no such integer. */
void json_put_double(struct strbuf *out, double value);

/* The same for people, of a finite number: as JavaScript writes it (but -0 as itself), without that
 * .0. */
void json_put_plain_double(struct strbuf *out, double value);

/* Checks one JSON value, which must fill text[0..len) but for white space, and appends it without
 * white space and with its strings made fit; numbers keep their spelling. Duplicate keys, depth
 * beyond JSON_MAX_DEPTH and more than JSON_MAX_KEYS keys are refused. ERR_INVALID on a fault, and
 * *out is as it was; `out` may be NULL, to check alone. Beside *out it needs 8 bytes for each key
 * of the open objects, twice that for a moment. */
MUST_CHECK int json_compact(const char *text, size_t len, struct strbuf *out, struct err *e);

/* One member of an object: the decoded key, and the value's raw text within the input. */
struct json_member {
    const char *key; /* NUL-terminated, decoded; owned by the iterator until the next call */
    size_t key_len;
    const char *value; /* raw text of the value, white space trimmed */
    size_t value_len;
    char type; /* { [ " 0 (number) t f n */
};

struct json_members {
    const char *at, *end;
    struct strbuf key;
    bool started;
};

/* Walks the top level of an object in place: init, next until it returns 0 (1: a member, -1: not
 * valid JSON), release. Nested values are checked for balance only; json_compact checks them. */
void json_members_init(struct json_members *it, const char *text, size_t len);
MUST_CHECK int json_members_next(struct json_members *it, struct json_member *m, struct err *e);
void json_members_release(struct json_members *it);

/* Decodes part of a string value's raw text, which stands between its quotes up to `end`: as many
 * whole characters as add at most `max` (4 or more) bytes to *out. *at is moved behind them. */
MUST_CHECK int json_decode_part(const char **at, const char *end, size_t max, struct strbuf *out,
                                struct err *e);

/* Decodes the raw text of a string value ("...") and appends its bytes (U+0000 as U+FFFD). */
MUST_CHECK int json_decode_string(const char *raw, size_t len, struct strbuf *out, struct err *e);

/* jansson behind our errors: the whole text must be one value; duplicate keys are refused and depth
 * is bounded. A whole number beyond 64 bits is read as a float. The caller json_decrefs it. `what`
 * names the text in errors ("experiment.json"). */
MUST_CHECK json_t *json_parse(const char *text, size_t len, const char *what, struct err *e);

/* Appends a jansson value compactly, object order kept, numbers by json_put_double. */
void json_put_value(struct strbuf *out, const json_t *value);

/* Convenience readers of a jansson object: the value, or the default where absent or of another
 * type. */
const char *json_get_str(const json_t *object, const char *key, const char *otherwise);
int64_t json_get_int(const json_t *object, const char *key, int64_t otherwise);
bool json_get_bool(const json_t *object, const char *key, bool otherwise);

#endif
