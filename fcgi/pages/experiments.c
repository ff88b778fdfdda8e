#include "experiments.h"

#include "api.h"
#include "json.h"
#include "json_schema.h"

/* What went wrong is told with the status `missing` or `broken`. *title is in the arena. */
static int read_schema(struct ctx *c, const char *name, int missing, int broken, struct schema *out,
                       json_t **manifest, const char **title)
{
    struct err e;
    int rc = -1;
    struct params *p = ctx_params(c);
    params_text(p, name);
    struct db_result *r = ctx_query(c, "experiment_schema", p);
    *manifest = NULL;
    if (!r)
        return -1;
    if (db_rows(r) == 0) {
        problem_field(&c->problem, missing, "experiment", "there is no experiment %.100s", name);
        goto out;
    }
    if (!db_is_null(r, 0, 1)) {
        problem_field(&c->problem, broken, "experiment", "%s", db_text(r, 0, 1));
        goto out;
    }
    *title = arena_strdup(c->arena, db_text(r, 0, 2));
    *manifest = json_parse(db_text(r, 0, 0), db_length(r, 0, 0), "the manifest", &e);
    if (!*manifest ||
        schema_read(out, c->arena, json_object_get(*manifest, "configuration"), &e) != 0) {
        json_decref(*manifest);
        *manifest = NULL;
        problem_field(&c->problem, broken, "experiment", "the experiment %s is broken: %s", name,
                      e.text);
        goto out;
    }
    rc = 0;
out:
    db_result_free(r);
    return rc;
}

int experiments_schema(struct ctx *c, const char *name, int status, struct schema *out,
                       json_t **manifest)
{
    const char *title;
    return read_schema(c, name, status, status, out, manifest, &title);
}

int experiments_json_schema(struct ctx *c)
{
    struct schema schema;
    json_t *manifest;
    const char *title;
    if (read_schema(c, c->match.texts[0], 404, 409, &schema, &manifest, &title) != 0)
        return -1;
    json_t *out =
        json_schema_make(c->arena, &schema, title, json_get_str(manifest, "description", ""));
    json_put_value(&c->res->body, out);
    json_decref(out);
    json_decref(manifest);
    api_json(c);
    c->res->type = "application/schema+json";
    return 0;
}
