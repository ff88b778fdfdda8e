#include "data_forms.h"

#include "blob.h"
#include "data_sources.h"
#include "data_upload.h"
#include "json.h"
#include "multipart.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

enum {
    TEXT_MAX = 2000,
    PARTS_MAX = 16, /* before the file */
    HEADS = 4096    /* what a form has beside its file, about */
};

/* What was filled in; texts are in the arena. */
struct filled {
    const char *name, *project;
    bool replace;
};

/* ---- /data ---- */

/* Adds what the settings say, and the form as it was filled in. */
static void complete(struct ctx *c, json_t *view, const struct filled *f, const char *error)
{
    char words[BLOB_WORDS];
    int64_t limit = c->app->conf->data_mb << 20;
    json_object_set_new(view, "limit", json_integer(limit));
    json_object_set_new(view, "limit_words", json_string(blob_words(limit, words)));
    json_object_set_new(view, "base_url", json_string(c->app->conf->base_url));
    json_object_set_new(view, "form",
                        json_pack("{s:s, s:s, s:b, s:s?}", "name", f->name, "project", f->project,
                                  "replace", f->replace, "error", error));
}

int data_forms_page(struct ctx *c)
{
    const char *project = request_query(&c->req, "project");
    struct filled nothing = {.name = "", .project = project ? project : ""};
    json_t *view = page_query(c, NULL);
    if (!view)
        return -1;
    complete(c, view, &nothing, NULL);
    int rc = page_answer(c, view);
    json_decref(view);
    response_header(c->res, "Vary", "Accept");
    return rc;
}

/* The words of a problem, as a sentence. */
static const char *sentence(struct ctx *c)
{
    const struct faults *f = c->problem.faults;
    char *text = f && f->count
                     ? arena_printf(c->arena, "The %s %s.", f->items[0].field, f->items[0].message)
                     : arena_printf(c->arena, "%s.", c->problem.detail);
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    return text;
}

/* The page with the form as it was filled in; what is no fault of the form stays a problem. */
static int refuse(struct ctx *c, const struct filled *f)
{
    int status = c->problem.status;
    if (status >= 500 && status != 507)
        return -1;
    const char *error = sentence(c);
    json_t *view = page_query(c, "{}");
    if (!view)
        return -1;
    complete(c, view, f, error);
    c->res->status = status;
    int rc = page_answer(c, view);
    json_decref(view);
    return rc;
}

static ssize_t read_request(void *arg, void *buf, size_t len)
{
    return gateway_read(arg, buf, len);
}

static ssize_t read_part(void *arg, void *buf, size_t len)
{
    return multipart_read(arg, buf, len);
}

/* A text of the form. */
static int take_text(struct ctx *c, struct multipart *m, const char **out)
{
    char *text = arena_alloc(c->arena, TEXT_MAX + 1);
    size_t len = 0;
    ssize_t n = 0;
    while (len < TEXT_MAX && (n = multipart_read(m, text + len, TEXT_MAX - len)) > 0)
        len += (size_t)n;
    text[len] = '\0';
    if (n < 0)
        return problem_set(&c->problem, 400, "the form did not arrive whole");
    if (len == TEXT_MAX)
        return problem_set(&c->problem, 422, "%s takes less than %d bytes", m->name, TEXT_MAX);
    if (!fields_is_text(text, len))
        return problem_set(&c->problem, 422, "%s is no text", m->name);
    *out = text;
    return 0;
}

/* The name of a file without the folders that some browsers put before it. */
static const char *last_part(const char *name)
{
    for (const char *at = name; *at; at++) {
        if (*at == '/' || *at == '\\')
            name = at + 1;
    }
    return name;
}

static int take_file(struct ctx *c, struct multipart *m, struct filled *f)
{
    int64_t length = request_length(&c->req);
    struct data_uploaded out;
    if (!m->file_name[0])
        return problem_set(&c->problem, 422, "no file was chosen");
    if (!f->name[0] && !fields_is_text(m->file_name, strlen(m->file_name)))
        return problem_set(&c->problem, 422, "the file's name is no text; give it another one");
    if (!f->name[0])
        f->name = arena_strdup(c->arena, last_part(m->file_name));
    struct data_upload u = {.name = f->name,
                            .project = f->project,
                            .replace = f->replace,
                            .announced = MAX(length - HEADS, -1),
                            .read = read_part,
                            .arg = m};
    if (data_upload_check(c, u.name, u.project) != 0 || data_upload(c, &u, &out) != 0)
        return -1;
    response_redirect(c->res, arena_printf(c->arena, "/data/%lld", (long long)out.id));
    return 0;
}

/* The parts in order; the file is the last that is read. */
static int take_parts(struct ctx *c, struct multipart *m, struct filled *f)
{
    struct err e = {0};
    const char *text = "";
    int more, parts = 0;
    while ((more = multipart_next(m, &e)) == 1) {
        if (++parts > PARTS_MAX)
            return problem_set(&c->problem, 422, "a form has at most %d parts", PARTS_MAX);
        if (strcmp(m->name, "file") == 0)
            return take_file(c, m, f);
        if (take_text(c, m, &text) != 0)
            return -1;
        if (strcmp(m->name, "name") == 0)
            f->name = text;
        else if (strcmp(m->name, "project") == 0)
            f->project = text;
        else if (strcmp(m->name, "replace") == 0)
            f->replace = strcmp(text, "1") == 0;
    }
    return more < 0 ? problem_set(&c->problem, 400, "%s", e.text)
                    : problem_set(&c->problem, 422, "no file was chosen");
}

int data_forms_upload(struct ctx *c)
{
    struct err e;
    struct filled f = {.name = "", .project = ""};
    struct multipart *m = arena_alloc(c->arena, sizeof(*m));
    if (multipart_init(m, request_param(&c->req, "CONTENT_TYPE"), read_request, c->req.gateway,
                       &e) != 0)
        return problem_set(&c->problem, 415, "%s", e.text);
    return take_parts(c, m, &f) == 0 ? 0 : refuse(c, &f);
}

/* ---- /data/{id} ---- */

static int find(struct ctx *c, struct data_source *s)
{
    return data_sources_find(c, c->match.texts[0], NULL, s);
}

int data_forms_change(struct ctx *c)
{
    struct fields post;
    struct data_source s;
    if (request_form(&c->req, &post, &c->problem) != 0 || find(c, &s) != 0)
        return -1;
    const char *name = fields_get(&post, "name"), *project = fields_get(&post, "project");
    if (data_sources_change(c, &s, name, project) == 0) {
        response_redirect(c->res, arena_printf(c->arena, "/data/%lld", (long long)s.id));
        return 0;
    }
    int status = c->problem.status;
    if (status >= 500)
        return -1;
    const char *error = sentence(c);
    json_t *view = page_query(c, NULL);
    if (!view)
        return -1;
    json_object_set_new(view, "edit",
                        json_pack("{s:s, s:s, s:s}", "name", name ? name : s.name, "project",
                                  project ? project : s.project, "error", error));
    c->res->status = status;
    int rc = page_answer(c, view);
    json_decref(view);
    return rc;
}

int data_forms_delete(struct ctx *c)
{
    struct fields post;
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    json_t *view = page_query(c, NULL);
    if (!view)
        return -1;
    int rc;
    if (json_get_str(view, "impossible", NULL)) {
        c->res->status = 409;
        rc = page_answer(c, view);
    } else {
        struct params *p = ctx_params(c);
        params_int(p, c->match.ids[0]);
        rc = ctx_exec(c, "data_source_delete", p);
        if (rc == 0)
            response_redirect(c->res, "/data");
    }
    json_decref(view);
    return rc;
}
