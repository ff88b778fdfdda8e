/* The routes of pipelines under /api/v1. */
#include "pipelines.h"

#include "api.h"
#include "artifacts.h"
#include "json.h"
#include "schema.h"

#include <string.h>

/* Answers with the version of the request's path. */
static int show(struct ctx *c)
{
    size_t len;
    struct params *p = ctx_params(c);
    const char *input = ctx_view_input(c, "{}", &len);
    params_textn(p, input, len);
    const char *row = ctx_value(c, "version_view", p, &len);
    if (!row)
        return -1;
    strbuf_add(&c->res->body, row, len);
    return api_json(c);
}

static const char *take_text(const json_t *body, const char *name, struct faults *f)
{
    const json_t *value = json_object_get(body, name);
    if (value && !json_is_string(value))
        faults_add(f, name, "must be text");
    return json_string_value(value);
}

static void take_tags(struct ctx *c, const json_t *body, struct pipelines_words *w,
                      struct faults *f)
{
    const json_t *tags = json_object_get(body, "tags"), *tag;
    size_t i;
    if (!tags)
        return;
    w->has_tags = true;
    if (!json_is_array(tags)) {
        faults_add(f, "tags", "must be a list of texts");
        return;
    }
    json_array_foreach(tags, i, tag)
    {
        if (json_is_string(tag))
            pipelines_add_tag(c->arena, w, json_string_value(tag), json_string_length(tag), f);
        else if (!faults_find(f, "tags"))
            faults_add(f, "tags", "must be a list of texts");
    }
}

static void take_words(struct ctx *c, const json_t *body, struct pipelines_words *w,
                       struct faults *f)
{
    w->description = take_text(body, "description", f);
    pipelines_check_description(w, f);
    take_tags(c, body, w, f);
}

static void take_artifact(const json_t *body, struct pipelines_draft *d, struct faults *f)
{
    const json_t *value = json_object_get(body, "artifact");
    if (json_is_string(value))
        d->artifact = json_string_value(value);
    else if (json_is_integer(value) && json_integer_value(value) > 0)
        d->n = json_integer_value(value);
    else if (value && !json_is_null(value))
        faults_add(f, "artifact", "must be the name of a file or the number of its record");
}

static struct faults *new_faults(struct ctx *c)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    faults_init(f, c->arena);
    return f;
}

static int promote(struct ctx *c, const json_t *body)
{
    struct pipelines_draft d = {0};
    struct pipelines_made made;
    struct faults *f = new_faults(c);
    if (api_known_members(c, body, "name description tags artifact") != 0)
        return -1;
    d.name = take_text(body, "name", f);
    if (!faults_find(f, "name"))
        pipelines_check_name(d.name ? d.name : "", f);
    take_words(c, body, &d.words, f);
    take_artifact(body, &d, f);
    if (f->count > 0)
        return problem_faults(&c->problem, 422, f, "this cannot be promoted as asked");
    if (pipelines_promote(c, c->match.ids[0], &d, &made) != 0)
        return -1;
    c->res->status = made.made ? 201 : 200;
    response_headerf(c->res, "Location", "/api/v1%s", made.path);
    strbuf_adds(&c->res->body, made.row);
    return api_json(c);
}

static int set(struct ctx *c, const json_t *body)
{
    struct pipelines_words w = {0};
    struct faults *f = new_faults(c);
    if (api_known_members(c, body, "description tags") != 0)
        return -1;
    take_words(c, body, &w, f);
    if (f->count > 0)
        return problem_faults(&c->problem, 422, f, "the version has wrong values");
    if (pipelines_describe(c, &w, request_param(&c->req, "HTTP_IF_MATCH")) != 0 || show(c) != 0)
        return -1;
    response_etag(c->res, NULL);
    return 0;
}

static int stage(struct ctx *c, const json_t *body)
{
    const json_t *value = json_object_get(body, "stage");
    const char *const *known = pipelines_stages;
    if (api_known_members(c, body, "stage") != 0)
        return -1;
    while (*known && !(json_is_string(value) && strcmp(*known, json_string_value(value)) == 0))
        known++;
    if (!*known && !json_is_null(value))
        return problem_field(&c->problem, 422, "stage",
                             "stage must be staging, production, archived or null");
    return pipelines_set_stage(c, *known) == 0 ? show(c) : -1;
}

typedef int body_handler(struct ctx *c, const json_t *body);

static int with_body(struct ctx *c, body_handler *handle)
{
    json_t *body;
    if (request_json(&c->req, false, &body, &c->problem) != 0)
        return -1;
    int rc = handle(c, body);
    json_decref(body);
    return rc;
}

int pipelines_api_promote(struct ctx *c)
{
    return with_body(c, promote);
}

int pipelines_api_set(struct ctx *c)
{
    return with_body(c, set);
}

int pipelines_api_stage(struct ctx *c)
{
    return with_body(c, stage);
}

int pipelines_api_verify(struct ctx *c)
{
    const char *answer;
    if (pipelines_verify(c, &answer) != 0)
        return -1;
    strbuf_adds(&c->res->body, answer);
    return api_json(c);
}

int pipelines_api_download(struct ctx *c)
{
    struct artifacts_file f = {.n = c->match.ids[1]};
    struct params *p = ctx_params(c);
    params_text(p, c->match.texts[0]);
    params_int(p, f.n);
    return artifacts_find(c, "version_file", p, &f) == 0 ? artifacts_send(c, &f) : -1;
}

int pipelines_api_delete(struct ctx *c)
{
    if (pipelines_delete(c) != 0)
        return -1;
    c->res->status = 204;
    return 0;
}
