/*
 * Any bytes as templates: the main one and two that it may include, cut at bytes 0xff. Rendered
 * against one view, within limits, twice: the second time must tell the same.
 */
#include "mustache.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[SOURCES] = {"m", "p", "q"};

static const char view[] = "{\"a\":true,\"b\":[1,2,{\"a\":\"<\",\"m\":\"p\"},[],[\"x\",\"y\"]],"
                           "\"c\":\"text & more\",\"d\":{\"a\":{\"b\":0.1}},"
                           "\"m\":\"m\",\"p\":\"p\",\"q\":\"q\",\"n\":null,\"z\":0,\"e\":[],\"f\":["
                           "{\"b\":[1]},{\"f\":[{}]}]}";

static const struct mustache *find(void *arg, const char *name, size_t len)
{
    struct mustache **set = arg;
    for (size_t i = 0; i < SOURCES; i++) {
        if (len == 1 && set[i] && *name == names[i][0])
            return set[i];
    }
    return NULL;
}

static void compile(struct mustache **set, const uint8_t *data, size_t size)
{
    struct err e;
    for (size_t i = 0; i < SOURCES; i++) {
        const uint8_t *cut = size ? memchr(data, 0xff, size) : NULL;
        size_t len = cut ? (size_t)(cut - data) : size;
        set[i] = mustache_compile(names[i], (const char *)data, len, &e);
        size_t used = cut ? len + 1 : len;
        data += used;
        size -= used;
    }
    for (size_t i = 0; i < SOURCES; i++) {
        if (set[i] && mustache_link(set[i], find, set, false, &e))
            abort();
    }
}

static int render(struct mustache **set, const json_t *value, struct strbuf *out)
{
    struct err e;
    struct mustache_options options = {
        .find = find, .arg = set, .max_output = 1 << 16, .max_steps = 20000};
    strbuf_adds(out, "before");
    int rc = mustache_render(set[0], value, &options, out, &e);
    if (out->len < 6 || memcmp(out->buf, "before", 6) || (rc && out->len != 6))
        abort();
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static json_t *value;
    if (!value)
        value = json_loads(view, 0, NULL);
    struct mustache *set[SOURCES];
    struct strbuf once = STRBUF_INIT, again = STRBUF_INIT;
    compile(set, data, size);
    if (set[0]) {
        int rc = render(set, value, &once);
        if (rc != render(set, value, &again) || once.len != again.len ||
            memcmp(once.buf, again.buf, once.len))
            abort();
    }
    strbuf_release(&once);
    strbuf_release(&again);
    for (size_t i = 0; i < SOURCES; i++)
        mustache_free(set[i]);
    return 0;
}
