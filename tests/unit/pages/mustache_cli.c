/*
 * Renders templates for the tests that are written in JavaScript. One JSON object a line in:
 *
 *     {"template":"...","data":<view>,"partials":{"name":"..."}}
 *
 * and one a line out: {"output":"...","features":BITS} or {"error":"..."}. Features are those of
 * the template and its partials (mustache_features). With `--strict`, partials that do not exist
 * are errors.
 */
#include "json.h"
#include "mustache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTIALS = 256 };

struct job {
    struct mustache *main;
    struct mustache *partials[MAX_PARTIALS];
    size_t count;
    unsigned features;
};

static const struct mustache *find(void *arg, const char *name, size_t len)
{
    const struct job *job = arg;
    for (size_t i = 0; i < job->count; i++) {
        const char *other = mustache_name(job->partials[i]);
        if (strlen(other) == len && !memcmp(other, name, len))
            return job->partials[i];
    }
    return NULL;
}

static struct mustache *compile(struct job *job, const char *name, const json_t *source,
                                struct err *e)
{
    if (!json_is_string(source)) {
        err_set(e, ERR_INVALID, "%s is not a text", name);
        return NULL;
    }
    struct mustache *m =
        mustache_compile(name, json_string_value(source), json_string_length(source), e);
    if (m)
        job->features |= mustache_features(m);
    return m;
}

static int compile_all(struct job *job, json_t *request, bool strict, struct err *e)
{
    const char *name;
    json_t *source;
    json_object_foreach(json_object_get(request, "partials"), name, source)
    {
        if (job->count == MAX_PARTIALS)
            return err_set(e, ERR_LIMIT, "too many partials");
        job->partials[job->count] = compile(job, name, source, e);
        if (!job->partials[job->count++])
            return -1;
    }
    job->main = compile(job, "template", json_object_get(request, "template"), e);
    if (!job->main || mustache_link(job->main, find, job, strict, e))
        return -1;
    for (size_t i = 0; i < job->count; i++) {
        if (mustache_link(job->partials[i], find, job, strict, e))
            return -1;
    }
    return 0;
}

static void answer(const char *line, size_t len, bool strict, struct strbuf *reply)
{
    struct err e;
    struct job job = {0};
    struct strbuf out = STRBUF_INIT;
    json_t *request = json_parse(line, len, "request", &e);
    struct mustache_options options = {.find = find, .arg = &job};
    bool done = request && !compile_all(&job, request, strict, &e) &&
                !mustache_render(job.main, json_object_get(request, "data"), &options, &out, &e);
    strbuf_adds(reply, done ? "{\"output\":" : "{\"error\":");
    json_put_string(reply, done ? out.buf : e.text, done ? out.len : strlen(e.text));
    strbuf_addf(reply, ",\"features\":%u}\n", job.features);
    for (size_t i = 0; i < job.count; i++)
        mustache_free(job.partials[i]);
    mustache_free(job.main);
    json_decref(request);
    strbuf_release(&out);
}

int main(int argc, char **argv)
{
    bool strict = argc > 1 && !strcmp(argv[1], "--strict");
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    struct strbuf reply = STRBUF_INIT;
    while ((len = getline(&line, &cap, stdin)) > 0) {
        strbuf_reset(&reply);
        answer(line, (size_t)len, strict, &reply);
        if (fwrite(reply.buf, 1, reply.len, stdout) != reply.len)
            return 1;
    }
    free(line);
    strbuf_release(&reply);
    return fflush(stdout) ? 1 : 0;
}
