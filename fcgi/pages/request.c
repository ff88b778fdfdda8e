#include "request.h"

#include "json.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int method_of(const char *name)
{
    static const struct {
        const char *name;
        int bit;
    } methods[] = {
        {"GET", METHOD_GET}, {"HEAD", METHOD_HEAD},     {"POST", METHOD_POST},
        {"PUT", METHOD_PUT}, {"DELETE", METHOD_DELETE}, {"PATCH", METHOD_PATCH},
    };
    for (size_t i = 0; name && i < ARRAY_LEN(methods); i++) {
        if (strcmp(name, methods[i].name) == 0)
            return methods[i].bit;
    }
    return 0;
}

static const char *made_param(const struct request_made *m, const char *name)
{
    const struct {
        const char *name, *value;
    } params[] = {
        {"CONTENT_TYPE", m->type},
        {"HTTP_IDEMPOTENCY_KEY", m->key},
        {"HTTP_RANGE", m->range},
    };
    for (size_t i = 0; i < ARRAY_LEN(params); i++) {
        if (strcmp(params[i].name, name) == 0)
            return params[i].value;
    }
    return NULL;
}

const char *request_param(const struct request *rq, const char *name)
{
    const char *value = rq->made ? made_param(rq->made, name) : gateway_param(rq->gateway, name);
    return value && value[0] ? value : NULL;
}

const char *request_query(const struct request *rq, const char *name)
{
    return fields_get(&rq->query, name);
}

/* The target of the request line; a plain CGI server may give the path alone. */
static const char *read_target(struct request *rq)
{
    const char *target = request_param(rq, "REQUEST_URI");
    if (!target) {
        const char *path = request_param(rq, "PATH_INFO");
        const char *query = request_param(rq, "QUERY_STRING");
        return arena_printf(rq->arena, "%s%s%s", path ? path : "/", query ? "?" : "",
                            query ? query : "");
    }
    const char *host = strstr(target, "://");
    if (target[0] != '/' && host) { /* the absolute form, as sent to proxies */
        const char *path = strchr(host + 3, '/');
        return path ? path : "/";
    }
    return target;
}

static int read_segments(struct request *rq, size_t len, struct problem *p)
{
    struct err e;
    const char *at = rq->path + 1, *end = rq->path + len;
    while (at < end) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        size_t part = (size_t)((slash ? slash : end) - at);
        if (rq->segment_count == REQUEST_SEGMENTS)
            return problem_set(p, 404, "there is no such page");
        struct segment *s = &rq->segments[rq->segment_count++];
        s->text = fields_unescape(rq->arena, at, part, false, &s->len, &e);
        if (!s->text)
            return problem_set(p, 400, "the path is malformed: %s", e.text);
        at += part + 1;
    }
    return 0;
}

/* Whether programs ask at this path, not people. */
static bool is_for_programs(const char *target, size_t len)
{
    static const char *const paths[] = {"/healthz", "/metrics", "/mcp"};
    while (len > 1 && target[len - 1] == '/')
        len--;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (strlen(paths[i]) == len && memcmp(target, paths[i], len) == 0)
            return true;
    }
    return strncmp(target, "/api/", 5) == 0;
}

static int take_target(struct request *rq, const char *target, struct problem *p)
{
    static const struct fields_limits limits = {REQUEST_QUERY_FIELDS, 200, REQUEST_QUERY_VALUE};
    struct err e;
    size_t len = strcspn(target, "?#");
    rq->api = is_for_programs(target, len);
    if (strlen(target) > REQUEST_TARGET_MAX)
        return problem_set(p, 414, "the address is longer than %d bytes", REQUEST_TARGET_MAX);
    if (target[0] != '/')
        return problem_set(p, 400, "the path does not begin with /");
    rq->target = target;
    rq->path = arena_strndup(rq->arena, target, len);
    if (read_segments(rq, len, p) != 0)
        return -1;
    if (target[len] != '?')
        return 0;
    const char *query = target + len + 1;
    if (fields_parse(&rq->query, rq->arena, query, strcspn(query, "#"), &limits, &e) != 0)
        return problem_set(p, 400, "the query string is malformed: %s", e.text);
    return 0;
}

int request_init(struct request *rq, struct gateway *g, struct arena *a, struct problem *p)
{
    *rq = (struct request){.gateway = g, .arena = a, .target = "/", .path = "/"};
    rq->method = method_of(request_param(rq, "REQUEST_METHOD"));
    return take_target(rq, read_target(rq), p);
}

int request_make(struct request *rq, const struct request *outer, const struct request_made *made,
                 struct problem *p)
{
    *rq = (struct request){.gateway = outer->gateway,
                           .made = made,
                           .arena = outer->arena,
                           .method = made->method,
                           .target = "/",
                           .path = "/",
                           .body = made->body ? made->body : "",
                           .body_len = made->body_len};
    return take_target(rq, made->target, p);
}

int64_t request_length(const struct request *rq)
{
    if (rq->made)
        return (int64_t)rq->body_len;
    const char *text = request_param(rq, "CONTENT_LENGTH");
    int64_t length;
    return text && parse_int64(text, strlen(text), &length) && length >= 0 ? length : -1;
}

ssize_t request_read(struct request *rq, void *buf, size_t len)
{
    if (!rq->made)
        return gateway_read(rq->gateway, buf, len);
    size_t n = MIN(len, rq->body_len - rq->body_at);
    memcpy(buf, rq->body + rq->body_at, n);
    rq->body_at += n;
    return (ssize_t)n;
}

static int read_body(struct request *rq, struct problem *p)
{
    int64_t announced = request_length(rq);
    if (rq->body)
        return 0;
    if (announced > REQUEST_BODY_MAX)
        goto too_large;
    size_t cap = announced >= 0 ? (size_t)announced : 65536, len = 0;
    char *body = arena_alloc(rq->arena, cap + 1);
    for (;;) {
        if (len == cap && announced >= 0)
            break;
        if (len == cap) {
            if (cap >= REQUEST_BODY_MAX)
                goto too_large;
            char *grown = arena_alloc(rq->arena, cap * 4 + 1);
            memcpy(grown, body, len);
            body = grown;
            cap *= 4;
        }
        ssize_t n = gateway_read(rq->gateway, body + len, cap - len);
        if (n < 0)
            return problem_set(p, 400, "the body did not arrive");
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (announced >= 0 && len != (size_t)announced)
        return problem_set(p, 400, "the body is shorter than announced");
    if (len > REQUEST_BODY_MAX)
        goto too_large;
    body[len] = '\0';
    rq->body = body;
    rq->body_len = len;
    return 0;
too_large:
    return problem_set(p, 413, "the body is larger than %d MiB", REQUEST_BODY_MAX >> 20);
}

/* Whether the content type is `expected`, whatever its parameters. */
static bool has_type(const struct request *rq, const char *expected)
{
    const char *type = request_param(rq, "CONTENT_TYPE");
    size_t len = strlen(expected);
    return type && strncasecmp(type, expected, len) == 0 && strchr(" ;\t", type[len]);
}

int request_form(struct request *rq, struct fields *out, struct problem *p)
{
    static const struct fields_limits limits = {REQUEST_FIELDS_MAX, REQUEST_NAME_MAX,
                                                REQUEST_VALUE_MAX};
    struct err e;
    if (read_body(rq, p) != 0)
        return -1;
    if (rq->body_len > 0 && !has_type(rq, "application/x-www-form-urlencoded"))
        return problem_set(p, 415, "a form is posted as application/x-www-form-urlencoded");
    if (fields_parse(out, rq->arena, rq->body, rq->body_len, &limits, &e) != 0)
        return problem_set(p, e.code == ERR_LIMIT ? 413 : 400, "the form is malformed: %s", e.text);
    return 0;
}

/* How many values the text holds at the most, if it is JSON. */
static size_t count_values(const char *text, size_t len)
{
    size_t count = 1;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == ',' || text[i] == '[' || text[i] == '{'))
            count++;
    }
    return count;
}

/* Finds a text with U+0000 and leaves its dotted path in *path. */
static bool find_nul(const json_t *value, struct strbuf *path)
{
    const char *key;
    json_t *inner;
    size_t i, before = path->len;
    if (json_is_string(value))
        return strlen(json_string_value(value)) < json_string_length(value);
    json_object_foreach((json_t *)value, key, inner)
    {
        strbuf_addf(path, "%s%s", before ? "." : "", key);
        if (find_nul(inner, path))
            return true;
        strbuf_truncate(path, before);
    }
    json_array_foreach(value, i, inner)
    {
        strbuf_addf(path, "%s%zu", before ? "." : "", i);
        if (find_nul(inner, path))
            return true;
        strbuf_truncate(path, before);
    }
    return false;
}

/* Says why the body is no JSON of ours: where it is U+0000, which field holds it. */
static void bad_json(const struct request *rq, const struct err *e, struct problem *p)
{
    struct strbuf path = STRBUF_INIT;
    json_t *value = NULL;
    if (memmem(rq->body, rq->body_len, "\\u0000", 6))
        value = json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    if (find_nul(value, &path))
        problem_field(p, 400, path.buf, "%.200s may not hold U+0000", path.buf);
    else
        problem_set(p, 400, "%s", e->text);
    json_decref(value);
    strbuf_release(&path);
}

json_t *request_value(struct request *rq, struct problem *p)
{
    struct err e;
    json_t *value = NULL;
    if (read_body(rq, p) != 0)
        return NULL;
    if (!has_type(rq, "application/json"))
        problem_set(p, 415, "the body must be application/json");
    else if (count_values(rq->body, rq->body_len) > REQUEST_JSON_VALUES)
        problem_set(p, 413, "the body holds more than %d values", REQUEST_JSON_VALUES);
    else if (!(value = json_parse(rq->body, rq->body_len, "the body", &e)))
        bad_json(rq, &e, p);
    return value;
}

int request_json(struct request *rq, bool optional, json_t **out, struct problem *p)
{
    if (read_body(rq, p) != 0)
        return -1;
    if (rq->body_len == 0 && optional) {
        *out = json_object();
        return 0;
    }
    json_t *value = request_value(rq, p);
    if (!value)
        return -1;
    if (!json_is_object(value)) {
        json_decref(value);
        return problem_set(p, 400, "the body must be a JSON object");
    }
    *out = value;
    return 0;
}
