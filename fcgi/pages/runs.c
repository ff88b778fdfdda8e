#include "runs.h"

#include "api.h"
#include "experiments.h"
#include "instances.h"
#include "json.h"
#include "validate.h"

#include <string.h>

enum { PRIORITY_MAX = 1000, KEY_MAX = 200 };

/* The configuration that the run will have: the instance's, checked anew. The caller decrefs it. */
static json_t *checked_configuration(struct ctx *c, int64_t instance)
{
    struct instance_draft d;
    struct schema schema;
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    json_t *manifest = NULL, *checked = NULL;
    faults_init(f, c->arena);
    if (instances_get(c, instance, &d) != 0)
        return NULL;
    if (experiments_schema(c, d.experiment, 409, &schema, &manifest) != 0)
        goto out;
    checked = validate(&schema, d.configuration, "configuration", f);
    instances_check_size(checked, f); /* defaults may have been added since */
    if (f->count > 0) {
        problem_faults(
            &c->problem, 409, f,
            "the configuration does not fit the experiment as it is now; edit the instance first");
        json_decref(checked);
        checked = NULL;
    }
out:
    json_decref(manifest);
    json_decref(d.configuration);
    return checked;
}

int runs_start(struct ctx *c, int64_t instance, int64_t priority, const char *key, int64_t *run,
               bool *made)
{
    struct strbuf text = STRBUF_INIT;
    if (priority < -PRIORITY_MAX || priority > PRIORITY_MAX)
        return problem_field(&c->problem, 422, "priority", "must be from %d to %d", -PRIORITY_MAX,
                             PRIORITY_MAX);
    if (key && (strlen(key) > KEY_MAX || !fields_is_text(key, strlen(key))))
        return problem_field(&c->problem, 400, "Idempotency-Key",
                             "an idempotency key is text of at most %d bytes", KEY_MAX);
    json_t *configuration = checked_configuration(c, instance);
    if (!configuration)
        return -1;
    json_put_value(&text, configuration);
    json_decref(configuration);
    struct params *p = ctx_params(c);
    params_int(p, c->user.id);
    params_int(p, instance);
    params_int(p, priority);
    params_textn(p, text.buf, text.len);
    params_text(p, key);
    params_text(p, arena_printf(c->arena, "start instance %lld priority %lld", (long long)instance,
                                (long long)priority));
    strbuf_release(&text);
    struct db_result *r = ctx_query(c, "run_start", p);
    if (!r)
        return -1;
    *run = db_int(r, 0, 0);
    *made = db_bool(r, 0, 1);
    db_result_free(r);
    return 0;
}

int runs_cancel(struct ctx *c, int64_t run, bool force)
{
    struct params *p = ctx_params(c);
    params_int(p, run);
    params_bool(p, force);
    return ctx_exec(c, "run_cancel", p);
}

int runs_delete(struct ctx *c, int64_t run, int64_t *instance)
{
    struct params *p = ctx_params(c);
    params_int(p, run);
    struct db_result *r = ctx_query(c, "run_delete", p);
    if (!r)
        return -1;
    int rc = db_rows(r) ? 0 : problem_set(&c->problem, 404, "there is no run %lld", (long long)run);
    if (rc == 0 && instance)
        *instance = db_int(r, 0, 0);
    db_result_free(r);
    return rc;
}

/* ---- the API ---- */

/* Answers with the row of the run. */
static int show(struct ctx *c, int64_t run)
{
    size_t len;
    struct params *p = ctx_params(c);
    params_int(p, run);
    const char *row = ctx_value(c, "run_row", p, &len);
    if (!row)
        return -1;
    strbuf_add(&c->res->body, row, len);
    return api_json(c);
}

/* Reads a body of one optional member of the given type, null where it is left out. */
static int read_member(struct ctx *c, const char *name, bool (*is_type)(const json_t *),
                       const char *expected, json_t **body, const json_t **value)
{
    if (request_json(&c->req, true, body, &c->problem) != 0)
        return -1;
    *value = json_object_get(*body, name);
    if (api_known_members(c, *body, name) == 0) {
        if (!*value || is_type(*value))
            return 0;
        problem_field(&c->problem, 422, name, "%s must be %s", name, expected);
    }
    json_decref(*body);
    return -1;
}

/* 1e2 and 100.0 are whole numbers too. */
static bool is_integer(const json_t *v)
{
    return schema_is_whole(v);
}

static bool is_boolean(const json_t *v)
{
    return json_is_boolean(v);
}

int runs_api_start(struct ctx *c)
{
    json_t *body;
    const json_t *priority;
    int64_t run;
    bool made;
    if (read_member(c, "priority", is_integer, "a whole number", &body, &priority) != 0)
        return -1;
    int rc = runs_start(c, c->match.ids[0],
                        json_is_real(priority) ? (int64_t)json_real_value(priority)
                                               : json_integer_value(priority),
                        request_param(&c->req, "HTTP_IDEMPOTENCY_KEY"), &run, &made);
    json_decref(body);
    if (rc != 0)
        return -1;
    c->res->status = made ? 201 : 200;
    response_headerf(c->res, "Location", "/api/v1/runs/%lld", (long long)run);
    return show(c, run);
}

int runs_api_cancel(struct ctx *c)
{
    json_t *body;
    const json_t *force;
    if (read_member(c, "force", is_boolean, "true or false", &body, &force) != 0)
        return -1;
    int rc = runs_cancel(c, c->match.ids[0], json_is_true(force));
    json_decref(body);
    return rc == 0 ? show(c, c->match.ids[0]) : -1;
}

int runs_api_delete(struct ctx *c)
{
    if (runs_delete(c, c->match.ids[0], NULL) != 0)
        return -1;
    c->res->status = 204;
    return 0;
}
