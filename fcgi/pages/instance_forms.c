#include "instance_forms.h"

#include "data_fields.h"
#include "form.h"
#include "form_page.h"
#include "instance_file.h"
#include "instances.h"
#include "json.h"
#include "texts.h"
#include "validate.h"

#include <string.h>

/* What an empty form begins with: the defaults. A required field that has none is no fault yet. */
static json_t *defaults(struct ctx *c, const struct schema *s)
{
    struct faults *ignored = arena_alloc(c->arena, sizeof(*ignored));
    json_t *nothing = json_object();
    faults_init(ignored, c->arena);
    json_t *values = validate(s, nothing, FORM_PAGE_VALUES, ignored);
    json_decref(nothing);
    return values;
}

int instance_forms_new(struct ctx *c)
{
    struct form_page p;
    json_t *values = NULL;
    if (form_page_begin(c, &p, NULL) != 0)
        return -1;
    if (p.chosen) {
        form_page_fill_new(&p);
        p.form.values = values = defaults(c, &p.schema);
    }
    int rc = form_page_end(c, &p, 200);
    json_decref(values);
    return rc;
}

int instance_forms_edit(struct ctx *c)
{
    struct form_page p;
    if (form_page_begin(c, &p, NULL) != 0)
        return -1;
    if (p.chosen)
        form_page_fill_edit(c, &p);
    return form_page_end(c, &p, 200);
}

static const char *typed(struct ctx *c, const struct fields *f, const char *name)
{
    const char *value = fields_get(f, name);
    return value ? fields_unix_lines(c->arena, value) : "";
}

/* Reads a post into sorted fields, none of which stands twice. */
static int read_post(struct ctx *c, struct fields *post)
{
    if (request_form(&c->req, post, &c->problem) != 0)
        return -1;
    fields_sort(post);
    const char *twice = fields_twice(post);
    return twice ? problem_field(&c->problem, 400, twice, "the form holds %.200s twice", twice) : 0;
}

/* What is told above the form; NULL where all is well. */
static const char *form_error(struct ctx *c, const struct faults *f, const char *unknown)
{
    if (unknown)
        return arena_printf(c->arena,
                            "The experiment has changed and knows no field %s any more. What it "
                            "knows is shown below.",
                            texts_beginning(c->arena, unknown, 200));
    if (faults_find(f, FORM_PAGE_VALUES))
        return "All values together take more than 1 MiB; nothing has been saved.";
    if (f->count == FAULTS_MAX)
        return "Nothing has been saved: very many values are not right yet, and the first 1,000 "
               "are "
               "marked.";
    return f->count ? "Some values are not right yet; nothing has been saved." : NULL;
}

/* Checks what was posted into the page's form. *checked is a new reference, or NULL where there are
 * faults; then *input holds what was typed. */
static int check_post(struct ctx *c, struct form_page *p, struct fields *post,
                      struct form_input *input, json_t **checked)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    struct instance_draft texts = {.name = typed(c, post, "name"),
                                   .description = typed(c, post, "description"),
                                   .project = typed(c, post, "project")};
    *checked = NULL;
    form_read(&p->schema, post, FORM_PAGE_VALUES, input);
    if (input->too_many)
        return problem_set(&c->problem, 413, "the form holds more than %d values", VALIDATE_VALUES);
    faults_init(f, c->arena);
    instances_check_texts(&texts, f);
    if (data_fields_resolve(c, &p->schema, input->values, texts.project, FORM_PAGE_VALUES, f) != 0)
        return -1;
    *checked = validate(&p->schema, input->values, FORM_PAGE_VALUES, f);
    instances_check_size(*checked, f);
    p->form.name = texts.name;
    p->form.description = texts.description;
    p->form.project = texts.project;
    p->form.values = input->typed;
    p->form.faults = f;
    p->form.unsaved = true;
    p->form.error = form_error(c, f, form_unknown(post, FORM_PAGE_VALUES));
    if (p->form.error) {
        json_decref(*checked);
        *checked = NULL;
    }
    return 0;
}

/* Stores the checked configuration: a new instance, or the one of the path, if it is still the one
 * that `version` names (NULL: whatever it is). */
static int store(struct ctx *c, const struct form_page *p, json_t *configuration,
                 const char *version, int64_t *id)
{
    struct instance_draft d = {.experiment = json_get_str(p->chosen, "name", ""),
                               .name = p->form.name,
                               .description = p->form.description,
                               .project = p->form.project,
                               .configuration = configuration};
    bool made;
    if (c->match.count == 0)
        return instances_add(c, &d, NULL, id, &made);
    *id = c->match.ids[0];
    return instances_set(c, *id, &d, version, NULL);
}

/* The form again, as typed. What it would change may have become another since it was read: it says
 * so, and changes that one when it is sent once more. */
static int show_again(struct ctx *c, struct form_page *p, bool outdated, int status)
{
    if (outdated)
        p->form.outdated = arena_printf(c->arena, "%s?tab=configuration", p->form.cancel);
    return form_page_end(c, p, status);
}

/* Answers a post to the form of a page that has begun, and releases the page. */
static int take_post(struct ctx *c, struct form_page *p, struct fields *post)
{
    struct form_input input;
    json_t *checked;
    int64_t id;
    const char *version = fields_get(post, "version");
    bool outdated = version && p->form.version && strcmp(version, p->form.version) != 0;
    int rc = check_post(c, p, post, &input, &checked);
    if (rc == 0 && (!checked || outdated)) {
        rc = show_again(c, p, outdated, checked ? 409 : 422);
    } else {
        if (rc == 0)
            rc = store(c, p, checked, version, &id);
        if (rc == 0)
            response_redirect(c->res, arena_printf(c->arena, "/experiments/%lld", (long long)id));
        else if (c->problem.status == 412)
            rc = show_again(c, p, true, 409);
        form_page_release(p);
    }
    json_decref(checked);
    json_decref(input.typed);
    json_decref(input.values);
    return rc;
}

int instance_forms_add(struct ctx *c)
{
    struct form_page p;
    struct fields post;
    if (read_post(c, &post) != 0)
        return -1;
    const char *document = fields_get(&post, "document");
    if (document)
        return instance_file_import(c, document);
    const char *experiment = typed(c, &post, "experiment");
    if (form_page_begin(c, &p, experiment) != 0)
        return -1;
    if (!p.chosen) {
        form_page_release(&p);
        return problem_field(&c->problem, 422, "experiment",
                             "there is no experiment %.100s that can be used", experiment);
    }
    form_page_fill_new(&p);
    return take_post(c, &p, &post);
}

int instance_forms_set(struct ctx *c)
{
    struct form_page p;
    struct fields post;
    if (read_post(c, &post) != 0 || form_page_begin(c, &p, NULL) != 0)
        return -1;
    if (!p.chosen) {
        form_page_release(&p);
        return problem_set(&c->problem, 409,
                           "the experiment of this instance is not known any more");
    }
    form_page_fill_edit(c, &p);
    return take_post(c, &p, &post);
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
