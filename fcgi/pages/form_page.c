#include "form_page.h"

#include "json.h"
#include "page.h"

/* The view input {"experiment":NAME}; NULL: the request's own. */
static char *input_of(struct strbuf *text, const char *experiment)
{
    if (!experiment)
        return NULL;
    strbuf_adds(text, "{\"experiment\":");
    json_put_cstring(text, experiment);
    strbuf_addc(text, '}');
    return text->buf;
}

int form_page_begin(struct ctx *c, struct form_page *p, const char *experiment)
{
    struct err e;
    struct strbuf input = STRBUF_INIT;
    *p = (struct form_page){.view = page_query(c, input_of(&input, experiment))};
    strbuf_release(&input);
    if (!p->view)
        return -1;
    json_t *chosen = json_object_get(p->view, "chosen");
    if (!json_is_object(chosen))
        return 0;
    const json_t *manifest = json_object_get(chosen, "manifest");
    if (schema_read(&p->schema, c->arena, json_object_get(manifest, "configuration"), &e) != 0) {
        form_page_release(p);
        return problem_field(&c->problem, 409, "experiment", "the experiment is broken: %s",
                             e.text);
    }
    p->chosen = chosen;
    p->form.schema = &p->schema;
    p->form.data = json_object_get(p->view, "data");
    p->form.seed = json_get_str(manifest, "seed", NULL);
    return 0;
}

void form_page_fill_new(struct form_page *p)
{
    p->form.action = "/experiments/new";
    p->form.experiment = json_get_str(p->chosen, "name", "");
    p->form.submit = "Create";
    p->form.cancel = "/experiments";
    p->form.name = p->form.description = p->form.project = "";
}

void form_page_fill_edit(struct ctx *c, struct form_page *p)
{
    const json_t *instance = json_object_get(p->view, "instance");
    p->form.cancel = arena_printf(c->arena, "/experiments/%lld", (long long)c->match.ids[0]);
    p->form.action = arena_printf(c->arena, "%s/edit", p->form.cancel);
    p->form.submit = "Save";
    p->form.version = json_get_str(instance, "version", NULL);
    p->form.name = json_get_str(instance, "name", "");
    p->form.description = json_get_str(instance, "description", "");
    p->form.project = json_get_str(instance, "project", "");
    p->form.values = json_object_get(instance, "configuration");
}

int form_page_end(struct ctx *c, struct form_page *p, int status)
{
    const struct route *r = c->match.route;
    json_t *form = p->chosen ? form_view_make(c->arena, &p->form) : NULL;
    int rc;
    if (p->chosen && !form && !p->optional) {
        rc = problem_set(&c->problem, 409,
                         "the form would have more than %d fields; such a configuration is changed "
                         "through the API",
                         FORM_VIEW_FIELDS);
    } else {
        if (form)
            json_object_set_new(p->view, "form", form);
        c->res->status = status;
        rc = page_render(c, r->template, r->title, p->view);
    }
    form_page_release(p);
    return rc;
}

void form_page_release(struct form_page *p)
{
    json_decref(p->view);
    p->view = NULL;
}
