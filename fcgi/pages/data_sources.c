#include "data_sources.h"

#include "api.h"
#include "artifacts.h"
#include "data_upload.h"

#include <string.h>

int data_sources_find(struct ctx *c, const char *text, const char *project, struct data_source *out)
{
    struct params *p = ctx_params(c);
    params_text(p, text);
    params_text(p, project);
    struct db_result *r = ctx_query(c, "data_source_find", p);
    if (!r)
        return -1;
    int rc = 0;
    if (db_rows(r) == 0) {
        rc = project ? problem_set(&c->problem, 404, "there is no data source %.200s in %.200s",
                                   text, project)
                     : problem_set(&c->problem, 404, "there is no data source %.200s", text);
    } else {
        *out = (struct data_source){.id = db_int(r, 0, 0),
                                    .bytes = db_int(r, 0, 3),
                                    .name = arena_strdup(c->arena, db_text(r, 0, 1)),
                                    .sha256 = arena_strdup(c->arena, db_text(r, 0, 2)),
                                    .project = arena_strdup(c->arena, db_text(r, 0, 4))};
    }
    db_result_free(r);
    return rc;
}

int data_sources_change(struct ctx *c, const struct data_source *s, const char *name,
                        const char *project)
{
    if (data_upload_check(c, name ? name : s->name, project ? project : s->project) != 0)
        return -1;
    struct params *p = ctx_params(c);
    params_int(p, s->id);
    params_text(p, name);
    params_text(p, project);
    if (ctx_exec(c, "data_source_set", p) == 0)
        return 0;
    if (c->problem.status == 409)
        problem_field(&c->problem, 409, "name", "there is another data source %.200s",
                      name ? name : s->name);
    return -1;
}

/* ---- the API ---- */

static int find(struct ctx *c, struct data_source *s)
{
    return data_sources_find(c, c->match.texts[0], request_query(&c->req, "project"), s);
}

/* Answers with the row. */
static int show(struct ctx *c, int64_t id)
{
    size_t len;
    struct params *p = ctx_params(c);
    params_int(p, id);
    const char *row = ctx_value(c, "data_source_row", p, &len);
    if (!row)
        return -1;
    strbuf_add(&c->res->body, row, len);
    return api_json(c);
}

struct body {
    struct request *request;
    int64_t left; /* -1: unknown */
};

static ssize_t read_body(void *arg, void *buf, size_t len)
{
    struct body *b = arg;
    if (b->left >= 0)
        len = (size_t)MIN((int64_t)len, b->left);
    ssize_t n = len ? request_read(b->request, buf, len) : 0;
    if (b->left >= 0 && n == 0 && len)
        return -1;
    if (b->left >= 0 && n > 0)
        b->left -= n;
    return n;
}

int data_sources_api_put(struct ctx *c)
{
    const char *project = request_query(&c->req, "project");
    struct body body = {&c->req, request_length(&c->req)};
    struct data_upload u = {.name = c->match.texts[0],
                            .project = project ? project : "",
                            .replace = api_int(c, "replace") == 1,
                            .announced = body.left,
                            .read = read_body,
                            .arg = &body};
    struct data_uploaded out;
    if (data_upload_check(c, u.name, u.project) != 0 || data_upload(c, &u, &out) != 0)
        return -1;
    c->res->status = out.made ? 201 : 200;
    response_headerf(c->res, "Location", "/api/v1/data-sources/%lld", (long long)out.id);
    strbuf_adds(&c->res->body, out.row);
    return api_json(c);
}

int data_sources_api_file(struct ctx *c)
{
    struct data_source s;
    if (find(c, &s) != 0)
        return -1;
    struct artifacts_file f = {
        .n = s.id, .size = s.bytes, .name = s.name, .sha256 = s.sha256, .type = "text/csv"};
    return artifacts_send(c, &f);
}

/* A text member of the body, NULL where it has none. */
static int take_text(struct ctx *c, const json_t *body, const char *name, const char **out)
{
    const json_t *value = json_object_get(body, name);
    *out = json_string_value(value);
    if (value && !*out)
        return problem_field(&c->problem, 422, name, "%s must be text", name);
    return 0;
}

int data_sources_api_change(struct ctx *c)
{
    struct data_source s;
    const char *name, *project;
    json_t *body;
    if (find(c, &s) != 0 || request_json(&c->req, false, &body, &c->problem) != 0)
        return -1;
    int rc = api_known_members(c, body, "name project");
    if (rc == 0)
        rc = take_text(c, body, "name", &name);
    if (rc == 0)
        rc = take_text(c, body, "project", &project);
    if (rc == 0)
        rc = data_sources_change(c, &s, name, project);
    json_decref(body);
    return rc == 0 ? show(c, s.id) : -1;
}

/* The first of those who use it, for the refusal. */
static void tell_uses(struct ctx *c, int64_t id)
{
    struct problem refusal = c->problem;
    struct params *p = ctx_params(c);
    params_int(p, id);
    const char *uses = ctx_value(c, "data_source_first_uses", p, NULL);
    c->problem = refusal;
    if (uses)
        c->problem.more = arena_printf(c->arena, "\"uses\":%s", uses);
}

int data_sources_api_delete(struct ctx *c)
{
    struct data_source s;
    if (find(c, &s) != 0)
        return -1;
    struct params *p = ctx_params(c);
    params_int(p, s.id);
    if (ctx_exec(c, "data_source_delete", p) == 0) {
        c->res->status = 204;
        return 0;
    }
    if (c->problem.status == 409)
        tell_uses(c, s.id);
    return -1;
}
