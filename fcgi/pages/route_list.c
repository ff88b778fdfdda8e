#include "route_list.h"

#include "json.h"
#include "routes.h"

#include <string.h>

static void put_words(struct strbuf *out, const char *words)
{
    const char *comma = "";
    strbuf_adds(out, ",\"words\":[");
    for (const char *at = strcmp(words, "*") == 0 ? "" : words; *at; comma = ",") {
        size_t len = strcspn(at, " ");
        strbuf_adds(out, comma);
        json_put_string(out, at, len);
        at += len;
        at += *at == ' ';
    }
    strbuf_addc(out, ']');
}

/* Bounds this far out are there to be safe in calculations, and none to a caller. */
static bool is_bound(int64_t value)
{
    return value < INT64_MAX / 8 && value > INT64_MIN / 8;
}

static void put_bounds(struct strbuf *out, const struct route_param *rp)
{
    strbuf_addf(out, ",\"low\":%lld", (long long)rp->low);
    if (is_bound(rp->high))
        strbuf_addf(out, ",\"high\":%lld", (long long)rp->high);
    if (is_bound(rp->otherwise) && rp->otherwise >= rp->low)
        strbuf_addf(out, ",\"default\":%lld", (long long)rp->otherwise);
}

static void put_params(struct strbuf *out, const struct route_param *rp)
{
    const char *comma = "";
    strbuf_adds(out, ",\"params\":[");
    for (; rp && rp->name; rp++, comma = ",") {
        strbuf_addf(out, "%s{\"name\":\"%s\"", comma, rp->name);
        if (rp->words)
            put_words(out, rp->words);
        else
            put_bounds(out, rp);
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}

static void put_route(struct strbuf *out, const struct route *r)
{
    static const char *const scopes[] = {"open", "read", "run", "admin"};
    const char *comma = "";
    struct strbuf methods = STRBUF_INIT;
    router_put_methods(&methods, r->methods);
    strbuf_adds(out, "{\"methods\":[");
    for (const char *at = methods.buf; *at; comma = ",") {
        size_t len = strcspn(at, ", ");
        strbuf_addf(out, "%s\"%.*s\"", comma, (int)len, at);
        at += len + strspn(at + len, ", ");
    }
    strbuf_addf(out, "],\"path\":\"%s\",\"scope\":\"%s\"", r->pattern, scopes[r->scope]);
    put_params(out, r->params);
    strbuf_addc(out, '}');
    strbuf_release(&methods);
}

void route_list_put(struct strbuf *out)
{
    strbuf_adds(out, "[\n");
    for (size_t i = 0; i < routes_count; i++) {
        put_route(out, &routes[i]);
        strbuf_adds(out, i + 1 < routes_count ? ",\n" : "\n]\n");
    }
}
