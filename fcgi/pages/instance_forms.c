#include "instance_forms.h"

#include "form.h"
#include "form_view.h"
#include "instances.h"
#include "json.h"
#include "page.h"
#include "validate.h"

#include <string.h>

#define CONFIGURATION "configuration"

/* A page with a form on its way: the view of its query, and the schema of the experiment in it. */
struct draw {
    json_t *view;
    json_t *chosen; /* the experiment, borrowed; NULL: none, so no form */
    struct schema schema;
    struct form_view form;
};

static int draw_begin(struct ctx *c, struct draw *d, const char *input)
{
    struct err e;
    *d = (struct draw){.view = page_query(c, input)};
    if (!d->view)
        return -1;
    json_t *chosen = json_object_get(d->view, "chosen");
    if (!json_is_object(chosen))
        return 0;
    json_t *fields = json_object_get(json_object_get(chosen, "manifest"), CONFIGURATION);
    if (schema_read(&d->schema, c->arena, fields, &e) != 0) {
        json_decref(d->view);
        d->view = NULL;
        return problem_field(&c->problem, 409, "experiment", "the experiment is broken: %s",
                             e.text);
    }
    d->chosen = chosen;
    d->form.schema = &d->schema;
    return 0;
}

/* Renders the page with its form and lets the view go. */
static int draw_end(struct ctx *c, struct draw *d, int status)
{
    const struct route *r = c->match.route;
    if (d->chosen)
        json_object_set_new(d->view, "form", form_view_make(c->arena, &d->form));
    c->res->status = status;
    int rc = page_render(c, r->template, r->title, d->view);
    json_decref(d->view);
    return rc;
}

static void fill_new(struct draw *d)
{
    d->form.action = "/experiments/new";
    d->form.experiment = json_get_str(d->chosen, "name", "");
    d->form.submit = "Create";
    d->form.cancel = "/experiments";
    d->form.name = d->form.description = d->form.project = "";
}

static void fill_edit(struct ctx *c, struct draw *d)
{
    const json_t *instance = json_object_get(d->view, "instance");
    d->form.cancel = arena_printf(c->arena, "/experiments/%lld", (long long)c->match.ids[0]);
    d->form.action = arena_printf(c->arena, "%s/edit", d->form.cancel);
    d->form.submit = "Save";
    d->form.name = json_get_str(instance, "name", "");
    d->form.description = json_get_str(instance, "description", "");
    d->form.project = json_get_str(instance, "project", "");
    d->form.values = json_object_get(instance, "configuration");
}

/* What an empty form begins with: the defaults. A required field that has none is no fault yet. */
static json_t *defaults(struct ctx *c, const struct schema *s)
{
    struct faults *ignored = arena_alloc(c->arena, sizeof(*ignored));
    json_t *nothing = json_object();
    faults_init(ignored, c->arena);
    json_t *values = validate(s, nothing, CONFIGURATION, ignored);
    json_decref(nothing);
    return values;
}

int instance_forms_new(struct ctx *c)
{
    struct draw d;
    json_t *values = NULL;
    if (draw_begin(c, &d, NULL) != 0)
        return -1;
    if (d.chosen) {
        fill_new(&d);
        d.form.values = values = defaults(c, &d.schema);
    }
    int rc = draw_end(c, &d, 200);
    json_decref(values);
    return rc;
}

int instance_forms_edit(struct ctx *c)
{
    struct draw d;
    if (draw_begin(c, &d, NULL) != 0)
        return -1;
    if (d.chosen)
        fill_edit(c, &d);
    return draw_end(c, &d, 200);
}

/* Browsers end lines with \r\n; what is stored ends them with \n. */
static const char *typed(struct ctx *c, const struct fields *f, const char *name)
{
    const char *value = fields_get(f, name);
    if (!value || !strchr(value, '\r'))
        return value ? value : "";
    char *copy = arena_strdup(c->arena, value), *to = copy;
    for (const char *at = copy; *at; at++) {
        if (at[0] != '\r' || at[1] != '\n')
            *to++ = *at;
    }
    *to = '\0';
    return copy;
}

/* Checks what was posted into the draw's form. On success *checked is a new reference; with faults
 * it is NULL and *input holds what was typed. */
static void check_post(struct ctx *c, struct draw *d, struct fields *post, struct form_input *input,
                       json_t **checked)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    struct instance_draft texts = {.name = typed(c, post, "name"),
                                   .description = typed(c, post, "description"),
                                   .project = typed(c, post, "project")};
    faults_init(f, c->arena);
    instances_check_texts(&texts, f);
    form_read(&d->schema, post, CONFIGURATION, input);
    *checked = validate(&d->schema, input->values, CONFIGURATION, f);
    instances_check_size(*checked, f);
    const char *unknown = form_unknown(post, CONFIGURATION);
    d->form.name = texts.name;
    d->form.description = texts.description;
    d->form.project = texts.project;
    d->form.values = input->typed;
    d->form.faults = f;
    if (f->count == 0 && !unknown)
        return;
    json_decref(*checked);
    *checked = NULL;
    if (unknown)
        d->form.error = arena_printf(c->arena,
                                     "The experiment has changed and knows no field %.200s any "
                                     "more. What it knows is shown below.",
                                     unknown);
    else if (faults_find(f, CONFIGURATION))
        d->form.error = "All values together take more than 1 MiB; nothing has been saved.";
    else
        d->form.error = "Some values are not right yet; nothing has been saved.";
}

static struct instance_draft draft_of(const struct draw *d, json_t *configuration)
{
    return (struct instance_draft){.experiment = json_get_str(d->chosen, "name", ""),
                                   .name = d->form.name,
                                   .description = d->form.description,
                                   .project = d->form.project,
                                   .configuration = configuration};
}

int instance_forms_add(struct ctx *c)
{
    struct draw d;
    struct fields post;
    struct form_input input;
    struct strbuf query = STRBUF_INIT;
    json_t *checked;
    int64_t id;
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    const char *experiment = typed(c, &post, "experiment");
    strbuf_adds(&query, "{\"experiment\":");
    json_put_cstring(&query, experiment);
    strbuf_addc(&query, '}');
    int rc = draw_begin(c, &d, query.buf);
    strbuf_release(&query);
    if (rc != 0)
        return -1;
    if (!d.chosen) {
        json_decref(d.view);
        return problem_field(&c->problem, 422, "experiment",
                             "there is no experiment %.100s that can be used", experiment);
    }
    fill_new(&d);
    fields_sort(&post);
    check_post(c, &d, &post, &input, &checked);
    if (!checked) {
        rc = draw_end(c, &d, 422);
    } else {
        struct instance_draft draft = draft_of(&d, checked);
        rc = instances_add(c, &draft, &id, NULL);
        if (rc == 0)
            response_redirect(c->res, arena_printf(c->arena, "/experiments/%lld", (long long)id));
        json_decref(checked);
        json_decref(d.view);
    }
    json_decref(input.typed);
    json_decref(input.values);
    return rc;
}

int instance_forms_set(struct ctx *c)
{
    struct draw d;
    struct fields post;
    struct form_input input;
    json_t *checked;
    int rc;
    if (request_form(&c->req, &post, &c->problem) != 0 || draw_begin(c, &d, NULL) != 0)
        return -1;
    if (!d.chosen) {
        json_decref(d.view);
        return problem_set(&c->problem, 409,
                           "the experiment of this instance is not known any more");
    }
    fill_edit(c, &d);
    fields_sort(&post);
    check_post(c, &d, &post, &input, &checked);
    if (!checked) {
        rc = draw_end(c, &d, 422);
    } else {
        struct instance_draft draft = draft_of(&d, checked);
        rc = instances_set(c, c->match.ids[0], &draft, NULL);
        if (rc == 0)
            response_redirect(c->res, d.form.cancel);
        json_decref(checked);
        json_decref(d.view);
    }
    json_decref(input.typed);
    json_decref(input.values);
    return rc;
}

int instance_forms_clone(struct ctx *c)
{
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    const char *id = ctx_value(c, "instance_clone", p, NULL);
    if (!id)
        return -1;
    response_redirect(c->res, arena_printf(c->arena, "/experiments/%s/edit", id));
    return 0;
}

int instance_forms_delete(struct ctx *c)
{
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    if (ctx_exec(c, "instance_delete", p) != 0)
        return -1;
    response_redirect(c->res, "/experiments");
    return 0;
}
