#include "runs.h"

#include "api.h"
#include "data_fields.h"
#include "experiments.h"
#include "instances.h"
#include "json.h"
#include "validate.h"

#include <string.h>

enum { PRIORITY_MAX = 1000 };

/* What a run is to be made of; the caller decrefs the configuration. */
struct source {
    int64_t instance;
    const char *experiment;
    json_t *configuration;
    const char *misfit; /* what to do where it does not fit the experiment */
};

static int source_instance(struct ctx *c, int64_t instance, struct source *s)
{
    struct instance_draft d;
    if (instances_get(c, instance, &d) != 0)
        return -1;
    *s = (struct source){instance, d.experiment, d.configuration, "edit the instance first"};
    return 0;
}

static int source_run(struct ctx *c, int64_t run, struct source *s)
{
    struct err e;
    struct params *p = ctx_params(c);
    params_int(p, run);
    struct db_result *r = ctx_query(c, "run_source", p);
    *s = (struct source){.misfit = "start its instance instead"};
    if (!r)
        return -1;
    if (db_rows(r) == 0) {
        problem_set(&c->problem, 404, "there is no run %lld", (long long)run);
    } else {
        s->instance = db_int(r, 0, 0);
        s->experiment = arena_strdup(c->arena, db_text(r, 0, 1));
        s->configuration =
            json_parse(db_text(r, 0, 2), db_length(r, 0, 2), "the configuration", &e);
        if (!s->configuration)
            problem_err(&c->problem, &e, "run_source");
    }
    db_result_free(r);
    return s->configuration ? 0 : -1;
}

/* The configuration that the run will have: the source's, checked anew. The caller decrefs it. */
static json_t *checked_configuration(struct ctx *c, const struct source *s)
{
    struct schema schema;
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    json_t *manifest = NULL, *checked = NULL;
    faults_init(f, c->arena);
    if (experiments_schema(c, s->experiment, 409, &schema, &manifest) != 0)
        goto out;
    if (data_fields_resolve(c, &schema, s->configuration, "", "configuration", f) != 0)
        goto out;
    checked = validate(&schema, s->configuration, "configuration", f);
    instances_check_size(checked, f); /* defaults may have been added since */
    if (f->count > 0) {
        problem_faults(&c->problem, 409, f,
                       "the configuration does not fit the experiment as it is now; %s", s->misfit);
        json_decref(checked);
        checked = NULL;
    }
out:
    json_decref(manifest);
    return checked;
}

static int check_priority(struct ctx *c, int64_t priority)
{
    if (priority < -PRIORITY_MAX || priority > PRIORITY_MAX)
        return problem_field(&c->problem, 422, "priority", "must be from %d to %d", -PRIORITY_MAX,
                             PRIORITY_MAX);
    return 0;
}

/* Makes the run; `request` is what a repetition with the same key must be. */
static int start(struct ctx *c, const struct source *s, int64_t priority, const char *key,
                 const char *request, int64_t *run, bool *made)
{
    struct strbuf text = STRBUF_INIT;
    json_t *configuration = checked_configuration(c, s);
    if (!configuration)
        return -1;
    json_put_value(&text, configuration);
    json_decref(configuration);
    struct params *p = ctx_params(c);
    params_int(p, c->user.id);
    params_int(p, s->instance);
    params_int(p, priority);
    params_textn(p, text.buf, text.len);
    params_text(p, key);
    params_text(p, request);
    strbuf_release(&text);
    struct db_result *r = ctx_query(c, "run_start", p);
    if (!r)
        return -1;
    *run = db_int(r, 0, 0);
    *made = db_bool(r, 0, 1);
    db_result_free(r);
    return 0;
}

int runs_start(struct ctx *c, int64_t instance, int64_t priority, const char *key, int64_t *run,
               bool *made)
{
    struct source s;
    if (check_priority(c, priority) != 0 || source_instance(c, instance, &s) != 0)
        return -1;
    int rc = start(c, &s, priority, key,
                   arena_printf(c->arena, "start instance %lld priority %lld", (long long)instance,
                                (long long)priority),
                   run, made);
    json_decref(s.configuration);
    return rc;
}

int runs_again(struct ctx *c, int64_t of, int64_t priority, const char *key, int64_t *run,
               bool *made)
{
    struct source s;
    if (check_priority(c, priority) != 0 || source_run(c, of, &s) != 0)
        return -1;
    int rc = start(
        c, &s, priority, key,
        arena_printf(c->arena, "repeat run %lld priority %lld", (long long)of, (long long)priority),
        run, made);
    json_decref(s.configuration);
    return rc;
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

/* The orders of a run: by its instance or after another run. */
typedef int starter(struct ctx *c, int64_t id, int64_t priority, const char *key, int64_t *run,
                    bool *made);

static int api_start(struct ctx *c, starter *start_run)
{
    json_t *body;
    const json_t *priority;
    const char *key;
    int64_t run;
    bool made;
    if (api_key(c, &key) != 0)
        return -1;
    if (read_member(c, "priority", is_integer, "a whole number", &body, &priority) != 0)
        return -1;
    int rc = start_run(c, c->match.ids[0],
                       json_is_real(priority) ? (int64_t)json_real_value(priority)
                                              : json_integer_value(priority),
                       key, &run, &made);
    json_decref(body);
    if (rc != 0)
        return -1;
    c->res->status = made ? 201 : 200;
    response_headerf(c->res, "Location", "/api/v1/runs/%lld", (long long)run);
    return show(c, run);
}

int runs_api_start(struct ctx *c)
{
    return api_start(c, runs_start);
}

int runs_api_again(struct ctx *c)
{
    return api_start(c, runs_again);
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
