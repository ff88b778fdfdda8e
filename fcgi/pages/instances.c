#include "instances.h"

#include "api.h"
#include "data_fields.h"
#include "experiments.h"
#include "json.h"
#include "secret.h"
#include "texts.h"
#include "validate.h"

#include <string.h>

void instances_check_texts(const struct instance_draft *d, struct faults *f)
{
    if (texts_is_blank(d->name) && !faults_find(f, "name"))
        faults_add(f, "name", "is required");
    texts_check_line(f, "name", d->name, INSTANCES_NAME_MAX);
    texts_check_lines(f, "description", d->description, INSTANCES_DESCRIPTION_MAX);
    texts_check_line(f, "project", d->project, INSTANCES_PROJECT_MAX);
}

void instances_check_size(const json_t *configuration, struct faults *f)
{
    struct strbuf text = STRBUF_INIT;
    json_put_value(&text, configuration);
    if (text.len > INSTANCES_CONFIGURATION_MAX)
        faults_add(f, "configuration", "is larger than 1 MiB: as JSON it has %zu bytes", text.len);
    strbuf_release(&text);
}

static void put_draft(struct params *p, const struct instance_draft *d,
                      const struct strbuf *configuration)
{
    params_text(p, d->name);
    params_text(p, d->description);
    params_text(p, d->project);
    params_textn(p, configuration->buf, configuration->len);
}

/* What a repetition with the same idempotency key must ask for. */
static const char *request_of(struct ctx *c, const struct instance_draft *d,
                              const struct strbuf *configuration)
{
    char hash[SECRET_HEX_SIZE];
    const char *text = arena_printf(c->arena, "%s\n%s\n%s\n%s\n%s", d->experiment, d->name,
                                    d->project, configuration->buf, d->description);
    secret_hash(text, strlen(text), hash);
    return arena_printf(c->arena, "instance %s", hash);
}

int instances_add(struct ctx *c, const struct instance_draft *d, const char *key, int64_t *id,
                  bool *made)
{
    struct strbuf configuration = STRBUF_INIT;
    json_put_value(&configuration, d->configuration);
    struct params *p = ctx_params(c);
    params_int(p, c->user.id);
    params_text(p, d->experiment);
    put_draft(p, d, &configuration);
    params_text(p, key);
    params_text(p, key ? request_of(c, d, &configuration) : NULL);
    strbuf_release(&configuration);
    struct db_result *r = ctx_query(c, "instance_add", p);
    if (!r)
        return -1;
    *id = db_int(r, 0, 0);
    *made = db_bool(r, 0, 1);
    db_result_free(r);
    return 0;
}

/* Why nothing was changed: the instance was there when the request was read. */
static int not_changed(struct ctx *c, int64_t id, const char *if_match)
{
    if (!if_match)
        return problem_set(&c->problem, 404, "there is no instance %lld", (long long)id);
    return problem_changed(&c->problem, "instance");
}

int instances_set(struct ctx *c, int64_t id, const struct instance_draft *d, const char *if_match,
                  const char **row)
{
    struct strbuf configuration = STRBUF_INIT;
    json_put_value(&configuration, d->configuration);
    struct params *p = ctx_params(c);
    params_int(p, id);
    put_draft(p, d, &configuration);
    params_text(p, if_match);
    strbuf_release(&configuration);
    struct db_result *r = ctx_query(c, "instance_set", p);
    if (!r)
        return -1;
    int rc = db_rows(r) ? 0 : not_changed(c, id, if_match);
    if (rc == 0 && row)
        *row = arena_strndup(c->arena, db_text(r, 0, 1), db_length(r, 0, 1));
    db_result_free(r);
    return rc;
}

int instances_get(struct ctx *c, int64_t id, struct instance_draft *d)
{
    struct err e;
    int rc = -1;
    struct params *p = ctx_params(c);
    params_int(p, id);
    struct db_result *r = ctx_query(c, "instance_get", p);
    *d = (struct instance_draft){0};
    if (!r)
        return -1;
    if (db_rows(r) == 0) {
        problem_set(&c->problem, 404, "there is no instance %lld", (long long)id);
        goto out;
    }
    d->experiment = arena_strdup(c->arena, db_text(r, 0, 0));
    d->name = arena_strdup(c->arena, db_text(r, 0, 1));
    d->description = arena_strdup(c->arena, db_text(r, 0, 2));
    d->project = arena_strdup(c->arena, db_text(r, 0, 3));
    d->configuration = json_parse(db_text(r, 0, 4), db_length(r, 0, 4), "the configuration", &e);
    rc = d->configuration ? 0 : problem_err(&c->problem, &e, "instance_get");
out:
    db_result_free(r);
    return rc;
}

/* ---- the API ---- */

/* Takes a text member over, if the body has it. */
static void take_text(const json_t *body, const char *name, const char **out, struct faults *f)
{
    const json_t *value = json_object_get(body, name);
    if (!value)
        return;
    if (json_is_string(value))
        *out = json_string_value(value);
    else
        faults_add(f, name, "must be text");
}

/* The name of the experiment, NULL where the body has none. */
static int take_experiment(struct ctx *c, const json_t *body, const char **out)
{
    const json_t *value = json_object_get(body, "experiment");
    *out = json_string_value(value);
    if (value && !*out)
        return problem_field(&c->problem, 422, "experiment", "experiment must be text");
    return 0;
}

/* The rules for a body over the draft that it changes. On success the draft's configuration is a
 * new reference. */
static int check_body(struct ctx *c, const json_t *body, struct instance_draft *d)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    struct schema schema;
    json_t *manifest, *given = json_object_get(body, "configuration"), *checked = NULL;
    faults_init(f, c->arena);
    take_text(body, "name", &d->name, f);
    take_text(body, "description", &d->description, f);
    take_text(body, "project", &d->project, f);
    instances_check_texts(d, f);
    if (experiments_schema(c, d->experiment, 422, &schema, &manifest) != 0)
        return -1;
    given = given ? given : d->configuration;
    if (data_fields_resolve(c, &schema, given, d->project, "configuration", f) == 0)
        checked = validate(&schema, given, "configuration", f);
    json_decref(manifest);
    if (!checked)
        return -1;
    instances_check_size(checked, f);
    if (f->count == 0) {
        d->configuration = checked;
        return 0;
    }
    json_decref(checked);
    return problem_faults(&c->problem, 422, f, "the instance has wrong values");
}

static int show_made(struct ctx *c, int64_t id, bool made)
{
    size_t len;
    struct params *p = ctx_params(c);
    params_int(p, id);
    const char *row = ctx_value(c, "instance_row", p, &len);
    if (!row)
        return -1;
    c->res->status = made ? 201 : 200;
    response_headerf(c->res, "Location", "/api/v1/instances/%lld", (long long)id);
    strbuf_add(&c->res->body, row, len);
    return api_json(c);
}

int instances_api_add(struct ctx *c)
{
    json_t *body, *empty = json_object();
    struct instance_draft d = {
        .name = "", .description = "", .project = "", .configuration = empty};
    const char *key;
    int64_t id;
    bool made;
    int rc = -1;
    if (api_key(c, &key) != 0 || request_json(&c->req, false, &body, &c->problem) != 0)
        goto out_empty;
    if (api_known_members(c, body, "experiment name description project configuration") != 0)
        goto out;
    if (take_experiment(c, body, &d.experiment) != 0)
        goto out;
    if (!d.experiment) {
        problem_field(&c->problem, 422, "experiment", "experiment is required");
        goto out;
    }
    if (check_body(c, body, &d) != 0)
        goto out;
    rc = instances_add(c, &d, key, &id, &made);
    json_decref(d.configuration);
    if (rc == 0)
        rc = show_made(c, id, made);
out:
    json_decref(body);
out_empty:
    json_decref(empty);
    return rc;
}

static void put_check(struct ctx *c, const struct faults *f, const json_t *configuration)
{
    struct strbuf *out = &c->res->body;
    strbuf_addf(out, "{\"valid\":%s,\"errors\":[", configuration ? "true" : "false");
    for (size_t i = 0; f && i < f->count; i++) {
        strbuf_adds(out, i ? ",{\"field\":" : "{\"field\":");
        json_put_cstring(out, f->items[i].field);
        strbuf_adds(out, ",\"message\":");
        json_put_cstring(out, f->items[i].message);
        strbuf_addc(out, '}');
    }
    strbuf_adds(out, "],\"configuration\":");
    if (configuration)
        json_put_value(out, configuration);
    else
        strbuf_adds(out, "null");
    strbuf_addc(out, '}');
}

int instances_api_check(struct ctx *c)
{
    size_t len;
    json_t *body, *empty = json_object();
    struct instance_draft d = {.name = "unnamed", .description = "", .configuration = empty};
    int rc = -1;
    struct params *p = ctx_params(c);
    const char *input = ctx_view_input(c, NULL, &len);
    params_textn(p, input, len);
    if (!ctx_value(c, "experiment_view", p, NULL) ||
        request_json(&c->req, false, &body, &c->problem) != 0)
        goto out_empty;
    d.experiment = c->match.texts[0];
    d.project = "";
    if (api_known_members(c, body, "configuration project") != 0)
        goto out;
    rc = check_body(c, body, &d);
    if (rc == 0) {
        put_check(c, NULL, d.configuration);
        json_decref(d.configuration);
    } else if (c->problem.faults) {
        put_check(c, c->problem.faults, NULL);
        rc = 0;
    }
    if (rc == 0)
        api_json(c);
out:
    json_decref(body);
out_empty:
    json_decref(empty);
    return rc;
}

int instances_api_set(struct ctx *c)
{
    json_t *body = NULL;
    struct instance_draft d;
    const char *row = NULL, *experiment = NULL;
    int64_t id = c->match.ids[0];
    int rc = -1;
    if (instances_get(c, id, &d) != 0)
        return -1;
    json_t *old = d.configuration;
    if (request_json(&c->req, false, &body, &c->problem) != 0)
        goto out;
    if (api_known_members(
            c, body,
            "id experiment name description project configuration created_at updated_at") != 0)
        goto out;
    if (take_experiment(c, body, &experiment) != 0)
        goto out;
    if (experiment && strcmp(experiment, d.experiment) != 0) {
        problem_field(&c->problem, 409, "experiment", "an instance stays one of %s", d.experiment);
        goto out;
    }
    if (check_body(c, body, &d) != 0)
        goto out;
    rc = instances_set(c, id, &d, request_param(&c->req, "HTTP_IF_MATCH"), &row);
    json_decref(d.configuration);
    if (rc != 0)
        goto out;
    strbuf_adds(&c->res->body, row);
    response_etag(c->res, NULL);
    api_json(c);
out:
    json_decref(body);
    json_decref(old);
    return rc;
}

int instances_api_delete(struct ctx *c)
{
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    if (ctx_exec(c, "instance_delete", p) != 0)
        return -1;
    c->res->status = 204;
    return 0;
}
