#include "router.h"

#include <string.h>

static bool is_integer_name(const char *name, size_t len)
{
    return (len >= 2 && memcmp(name + len - 2, "id", 2) == 0) || (len == 1 && name[0] == 'n');
}

/* Binds one pattern segment. 0: no match; 1: by braces; 2: by word. */
static int bind(const char *part, size_t len, const struct segment *s, struct route_match *m)
{
    if (part[0] != '{')
        return s->len == len && memcmp(s->text, part, len) == 0 ? 2 : 0;
    int64_t id = 0;
    const char *name = part + 1;
    size_t name_len = len - 2;
    if (s->len == 0)
        return 0;
    if (is_integer_name(name, name_len) && (!parse_int64(s->text, s->len, &id) || id <= 0))
        return 0;
    m->names[m->count] = name;
    m->name_lens[m->count] = name_len;
    m->texts[m->count] = s->text;
    m->ids[m->count++] = id;
    return 1;
}

/* 0: no match; else the higher the more of it is words, the first segments counting most. */
static unsigned match(const char *pattern, const struct request *rq, struct route_match *m)
{
    unsigned rank = 1;
    size_t i = 0;
    m->count = 0;
    for (const char *at = pattern + 1; *at; i++) {
        size_t len = strcspn(at, "/");
        int how = i < rq->segment_count ? bind(at, len, &rq->segments[i], m) : 0;
        if (how == 0)
            return 0;
        rank = rank * 2 + (how == 2);
        at += len;
        at += *at == '/';
    }
    return i == rq->segment_count ? rank : 0;
}

void router_find(const struct route *routes, size_t count, const struct request *rq,
                 struct route_match *out)
{
    unsigned best = 0;
    int method = rq->method == METHOD_HEAD ? METHOD_GET : rq->method;
    *out = (struct route_match){0};
    for (size_t i = 0; i < count; i++) {
        struct route_match m = {0};
        unsigned rank = match(routes[i].pattern, rq, &m);
        if (rank == 0 || rank < best)
            continue;
        if (rank > best) {
            *out = (struct route_match){0};
            best = rank;
        }
        int allowed = out->allowed | routes[i].methods;
        if (routes[i].methods & method) {
            *out = m;
            out->route = &routes[i];
        }
        out->allowed = allowed;
    }
}

void router_put_methods(struct strbuf *out, int methods)
{
    static const struct {
        int bit;
        const char *name;
    } names[] = {{METHOD_GET, "GET, HEAD"},
                 {METHOD_POST, "POST"},
                 {METHOD_PUT, "PUT"},
                 {METHOD_DELETE, "DELETE"},
                 {METHOD_PATCH, "PATCH"}};
    const char *comma = "";
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!(methods & names[i].bit))
            continue;
        strbuf_adds(out, comma);
        strbuf_adds(out, names[i].name);
        comma = ", ";
    }
}
