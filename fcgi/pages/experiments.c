#include "experiments.h"

#include "json.h"

int experiments_schema(struct ctx *c, const char *name, int status, struct schema *out,
                       json_t **manifest)
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
        problem_field(&c->problem, status, "experiment", "there is no experiment %.100s", name);
        goto out;
    }
    if (!db_is_null(r, 0, 1)) {
        problem_field(&c->problem, status, "experiment", "%s", db_text(r, 0, 1));
        goto out;
    }
    *manifest = json_parse(db_text(r, 0, 0), db_length(r, 0, 0), "the manifest", &e);
    if (!*manifest ||
        schema_read(out, c->arena, json_object_get(*manifest, "configuration"), &e) != 0) {
        json_decref(*manifest);
        *manifest = NULL;
        problem_field(&c->problem, status, "experiment", "the experiment %s is broken: %s", name,
                      e.text);
        goto out;
    }
    rc = 0;
out:
    db_result_free(r);
    return rc;
}
