#include "runs.h"

#include "api.h"
#include "data_fields.h"
#include "experiments.h"
#include "instances.h"
#include "json.h"
#include "validate.h"

#include <string.h>

enum { PRIORITY_MAX = 1000, LIMIT_MAX_S = 30 * 86400 };

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

static int check_order(struct ctx *c, const struct run_order *o)
{
    if (o->priority < -PRIORITY_MAX || o->priority > PRIORITY_MAX)
        return problem_field(&c->problem, 422, "priority", "must be from %d to %d", -PRIORITY_MAX,
                             PRIORITY_MAX);
    if (o->time_limit_s < 0 || o->time_limit_s > LIMIT_MAX_S)
        return problem_field(&c->problem, 422, "time_limit_s", "must be from 1 to %d seconds",
                             LIMIT_MAX_S);
    return 0;
}

/* Makes the run; a repetition with the same key must be of the same `what` and order. */
static int start(struct ctx *c, const struct source *s, const struct run_order *o, const char *what,
                 struct run_made *out)
{
    struct strbuf text = STRBUF_INIT, request = STRBUF_INIT;
    json_t *configuration = checked_configuration(c, s);
    if (!configuration)
        return -1;
    json_put_value(&text, configuration);
    json_decref(configuration);
    strbuf_addf(&request, "%s priority %lld", what, (long long)o->priority);
    if (o->time_limit_s)
        strbuf_addf(&request, " limit %lld", (long long)o->time_limit_s);
    struct params *p = ctx_params(c);
    params_int(p, c->user.id);
    params_int(p, s->instance);
    params_int(p, o->priority);
    params_textn(p, text.buf, text.len);
    params_text(p, o->key);
    params_text(p, request.buf);
    params_text(p, c->user.actor);
    params_int(p, o->time_limit_s);
    strbuf_release(&text);
    strbuf_release(&request);
    struct db_result *r = ctx_query(c, "run_start", p);
    if (!r)
        return -1;
    *out = (struct run_made){db_int(r, 0, 0), db_bool(r, 0, 1)};
    db_result_free(r);
    return 0;
}

int runs_start(struct ctx *c, int64_t instance, const struct run_order *o, struct run_made *out)
{
    struct source s;
    if (check_order(c, o) != 0 || source_instance(c, instance, &s) != 0)
        return -1;
    int rc =
        start(c, &s, o, arena_printf(c->arena, "start instance %lld", (long long)instance), out);
    json_decref(s.configuration);
    return rc;
}

int runs_again(struct ctx *c, int64_t of, const struct run_order *o, struct run_made *out)
{
    struct source s;
    if (check_order(c, o) != 0 || source_run(c, of, &s) != 0)
        return -1;
    int rc = start(c, &s, o, arena_printf(c->arena, "repeat run %lld", (long long)of), out);
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

/* Takes an optional whole number, 0 where it is left out; 1e2 and 100.0 are some too. */
static int take_whole(struct ctx *c, const json_t *body, const char *name, int64_t *out)
{
    const json_t *value = json_object_get(body, name);
    if (value && !schema_is_whole(value))
        return problem_field(&c->problem, 422, name, "%s must be a whole number", name);
    *out = json_is_real(value) ? (int64_t)json_real_value(value) : json_integer_value(value);
    return 0;
}

static int read_order(struct ctx *c, struct run_order *o)
{
    json_t *body;
    if (api_key(c, &o->key) != 0 || request_json(&c->req, true, &body, &c->problem) != 0)
        return -1;
    int rc = api_known_members(c, body, "priority time_limit_s");
    if (rc == 0)
        rc = take_whole(c, body, "priority", &o->priority);
    if (rc == 0)
        rc = take_whole(c, body, "time_limit_s", &o->time_limit_s);
    if (rc == 0 && json_object_get(body, "time_limit_s") && o->time_limit_s == 0)
        rc = problem_field(&c->problem, 422, "time_limit_s", "must be at least 1 second");
    json_decref(body);
    return rc;
}

/* The orders of a run: by its instance or after another run. */
typedef int starter(struct ctx *c, int64_t id, const struct run_order *o, struct run_made *out);

static int api_start(struct ctx *c, starter *start_run)
{
    struct run_order o;
    struct run_made run;
    if (read_order(c, &o) != 0 || start_run(c, c->match.ids[0], &o, &run) != 0)
        return -1;
    c->res->status = run.made ? 201 : 200;
    response_headerf(c->res, "Location", "/api/v1/runs/%lld", (long long)run.id);
    return show(c, run.id);
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
    if (request_json(&c->req, true, &body, &c->problem) != 0)
        return -1;
    const json_t *force = json_object_get(body, "force");
    int rc = api_known_members(c, body, "force");
    if (rc == 0 && force && !json_is_boolean(force))
        rc = problem_field(&c->problem, 422, "force", "force must be true or false");
    if (rc == 0)
        rc = runs_cancel(c, c->match.ids[0], json_is_true(force));
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
