#include "pipeline_forms.h"

#include "page.h"
#include "pipelines.h"
#include "session.h"

#include <string.h>

static const char *typed(struct ctx *c, const struct fields *post, const char *name)
{
    const char *value = fields_get(post, name);
    return value ? fields_unix_lines(c->arena, value) : "";
}

static const char *trimmed(struct ctx *c, const char *text)
{
    size_t len = strlen(text);
    for (; len > 0 && text[len - 1] == ' '; len--)
        ;
    size_t skip = MIN(strspn(text, " "), len);
    return arena_strndup(c->arena, text + skip, len - skip);
}

/* The words as typed: tags stand in one field, between commas. */
static void read_words(struct ctx *c, const struct fields *post, struct pipelines_words *w,
                       struct faults *f)
{
    const char *at = typed(c, post, "tags");
    w->description = typed(c, post, "description");
    w->has_tags = true;
    pipelines_check_description(w, f);
    while (*at) {
        size_t len = strcspn(at, ",");
        pipelines_add_tag(c->arena, w, at, len, f);
        at += len;
        at += *at == ',';
    }
}

/* Answers with the form of the route's query again: what was typed, and what is wrong with it. */
static int show_again(struct ctx *c, const struct fields *post, const struct faults *f, int status)
{
    static const char *const kept[] = {"name", "description", "tags"};
    struct problem was = c->problem;
    json_t *view = page_query(c, NULL), *file;
    size_t i;
    if (!view)
        return -1;
    json_t *form = json_object_get(view, "form");
    for (i = 0; i < ARRAY_LEN(kept); i++) {
        if (json_object_get(form, kept[i]))
            json_object_set_new(form, kept[i], json_string(typed(c, post, kept[i])));
    }
    json_array_foreach(json_object_get(form, "artifacts"), i, file)
    {
        const char *n = json_string_value(json_object_get(file, "n"));
        json_object_set_new(file, "selected", json_boolean(!strcmp(n, typed(c, post, "artifact"))));
    }
    for (i = 0; i < f->count; i++)
        json_object_set_new(form, arena_printf(c->arena, "error_%s", f->items[i].field),
                            json_string(f->items[i].message));
    if (was.status)
        json_object_set_new(form,
                            was.field ? arena_printf(c->arena, "error_%s", was.field) : "error",
                            json_string(was.detail));
    c->problem.status = 0;
    c->res->status = status;
    int rc = page_answer(c, view);
    json_decref(view);
    return rc;
}

/* What the database says of a form's values stands in the form; all else is a page of its own. */
static int refused(struct ctx *c, const struct fields *post, const struct faults *f)
{
    int status = c->problem.status;
    return status == 409 || status == 422 ? show_again(c, post, f, status) : -1;
}

static struct faults *new_faults(struct ctx *c)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    faults_init(f, c->arena);
    return f;
}

int pipeline_forms_promote(struct ctx *c)
{
    struct fields post;
    struct pipelines_draft d = {0};
    struct pipelines_made made;
    struct faults *f = new_faults(c);
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    const char *n = typed(c, &post, "artifact");
    d.name = trimmed(c, typed(c, &post, "name"));
    pipelines_check_name(d.name, f);
    read_words(c, &post, &d.words, f);
    if (*n && (!parse_int64(n, strlen(n), &d.n) || d.n < 1))
        faults_add(f, "artifact", "must be one of these");
    if (f->count > 0)
        return show_again(c, &post, f, 422);
    if (pipelines_promote(c, c->match.ids[0], &d, &made) != 0)
        return refused(c, &post, f);
    response_redirect(c->res, made.path);
    return 0;
}

/* The page of the request's version. */
static const char *version_page(struct ctx *c)
{
    return arena_printf(c->arena, "/pipelines/%s/versions/%s", c->match.texts[0],
                        c->match.texts[1]);
}

int pipeline_forms_describe(struct ctx *c)
{
    struct fields post;
    struct pipelines_words w = {0};
    struct faults *f = new_faults(c);
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    read_words(c, &post, &w, f);
    if (f->count > 0)
        return show_again(c, &post, f, 422);
    if (pipelines_describe(c, &w, NULL) != 0)
        return refused(c, &post, f);
    response_redirect(c->res, version_page(c));
    return 0;
}

/* To the page that the form stood on. */
static void go_back(struct ctx *c, const struct fields *post)
{
    const char *back = fields_get(post, "back");
    response_redirect(c->res, session_is_local(back) ? back : version_page(c));
}

int pipeline_forms_stage(struct ctx *c)
{
    struct fields post;
    const char *const *known = pipelines_stages;
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    const char *stage = typed(c, &post, "stage");
    while (*known && strcmp(*known, stage) != 0)
        known++;
    if (!*known && *stage)
        return problem_field(&c->problem, 422, "stage", "must be one of the stages");
    if (pipelines_set_stage(c, *known) != 0)
        return -1;
    go_back(c, &post);
    return 0;
}

int pipeline_forms_verify(struct ctx *c)
{
    struct fields post;
    if (request_form(&c->req, &post, &c->problem) != 0 || pipelines_verify(c, NULL) != 0)
        return -1;
    go_back(c, &post);
    return 0;
}

int pipeline_forms_delete(struct ctx *c)
{
    if (pipelines_delete(c) != 0)
        return -1;
    response_redirect(c->res, "/pipelines");
    return 0;
}
