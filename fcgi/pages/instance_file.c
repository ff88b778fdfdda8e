#include "instance_file.h"

#include "data_fields.h"
#include "form_page.h"
#include "instances.h"
#include "json.h"
#include "texts.h"
#include "validate.h"

#include <string.h>

enum { SHOWN = 100 }; /* bytes of a name in a sentence */

/* A file name of letters, digits, - and _ from the instance's name; "instance" if nothing is left.
 */
static const char *file_name(struct ctx *c, const char *name)
{
    struct strbuf text = STRBUF_INIT;
    for (const char *at = name; *at && text.len < 80; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || *at == '-' || *at == '_';
        if (plain || (text.len && text.buf[text.len - 1] != '-'))
            strbuf_addc(&text, plain ? *at : '-');
    }
    while (text.len && text.buf[text.len - 1] == '-')
        strbuf_truncate(&text, text.len - 1);
    const char *copy = text.len ? arena_strndup(c->arena, text.buf, text.len) : "instance";
    strbuf_release(&text);
    return copy;
}

int instance_file_export(struct ctx *c)
{
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    struct db_result *r = ctx_query(c, "instance_export", p);
    if (!r)
        return -1;
    if (db_rows(r) == 0) {
        db_result_free(r);
        return ctx_missing(c, 1);
    }
    strbuf_add(&c->res->body, db_text(r, 0, 1), db_length(r, 0, 1));
    c->res->type = "application/json";
    response_headerf(c->res, "Content-Disposition", "attachment; filename=\"%s.json\"",
                     file_name(c, db_text(r, 0, 0)));
    response_header(c->res, "Cache-Control", "no-store");
    db_result_free(r);
    return 0;
}

/* ---- import ---- */

/* What the New page shows of a document. */
static void set_import(struct form_page *p, const char *document, const char *error)
{
    json_object_set_new(p->view, "import",
                        json_pack("{s:s, s:s?}", "document", document, "import_error", error));
}

/* The page without a form, the document as it was given. */
static int refuse(struct ctx *c, const char *document, const char *error)
{
    struct form_page p;
    if (form_page_begin(c, &p, "") != 0)
        return -1;
    set_import(&p, document, error);
    return form_page_end(c, &p, 422);
}

/* The first member that no exported instance has, or NULL. What only the API's rows have is let
 * pass. */
static const char *odd_member(const json_t *file)
{
    static const char *const known[] = {"experiment",    "name", "description", "project",
                                        "configuration", "id",   "created_at",  "updated_at"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)file, key, value)
    {
        size_t i = 0;
        while (i < ARRAY_LEN(known) && strcmp(known[i], key) != 0)
            i++;
        if (i == ARRAY_LEN(known))
            return key;
    }
    return NULL;
}

/* Why the document is no instance; NULL where it is one. *file is a new reference or NULL. */
static const char *read_file(struct ctx *c, const char *document, json_t **file)
{
    struct err e;
    *file = json_parse(document, strlen(document), "This is not JSON", &e);
    if (!*file)
        return arena_printf(c->arena, "%s.", e.text);
    if (!json_is_object(*file))
        return "This is JSON, but not an object.";
    if (!json_get_str(*file, "experiment", NULL))
        return "The member experiment is missing, or not text: this is not an exported instance.";
    const char *odd = odd_member(*file);
    return odd ? arena_printf(c->arena, "An exported instance has no member %s.",
                              texts_beginning(c->arena, odd, SHOWN))
               : NULL;
}

static const char *take_text(struct ctx *c, const json_t *file, const char *name, struct faults *f)
{
    struct strbuf text = STRBUF_INIT;
    const json_t *value = json_object_get(file, name);
    if (!value || json_is_string(value))
        return value ? json_string_value(value) : "";
    faults_add(f, name, "must be text");
    json_put_value(&text, value);
    const char *copy = arena_strndup(c->arena, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

/* Names what the form has no place for; NULL where there is nothing of it. */
static const char *left_out(struct ctx *c, const struct faults *f)
{
    struct strbuf text = STRBUF_INIT;
    for (size_t i = 0; i < f->count && text.len < 300; i++) {
        if (strcmp(f->items[i].message, "there is no such field") == 0)
            strbuf_addf(&text, "%s%s", text.len ? ", " : "", f->items[i].field);
    }
    const char *names = text.len ? arena_strndup(c->arena, text.buf, text.len) : NULL;
    strbuf_release(&text);
    return names;
}

static const char *import_error(struct ctx *c, const struct faults *f)
{
    const char *names = left_out(c, f);
    if (names)
        return arena_printf(
            c->arena,
            "The experiment knows no %s. What it knows is filled in below; the rest "
            "would be left out.",
            names);
    return f->count ? "Some values of the file do not fit. They are filled in and marked below."
                    : NULL;
}

/* Fills the form of a page for the file's experiment. */
static json_t *fill(struct ctx *c, struct form_page *p, const json_t *file)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    json_t *given = json_object_get(file, "configuration"), *empty = json_object();
    struct instance_draft texts;
    faults_init(f, c->arena);
    texts.name = take_text(c, file, "name", f);
    texts.description = take_text(c, file, "description", f);
    texts.project = take_text(c, file, "project", f);
    instances_check_texts(&texts, f);
    given = given ? given : empty;
    json_t *values = NULL;
    if (data_fields_resolve(c, &p->schema, given, texts.project, FORM_PAGE_VALUES, f) == 0)
        values = validate(&p->schema, given, FORM_PAGE_VALUES, f);
    json_decref(empty);
    form_page_fill_new(p);
    p->form.name = texts.name;
    p->form.description = texts.description;
    p->form.project = texts.project;
    p->form.values = values;
    p->form.faults = f;
    p->form.unsaved = true;
    p->form.error = import_error(c, f);
    return values;
}

int instance_file_import(struct ctx *c, const char *document)
{
    struct form_page p;
    json_t *file;
    const char *error = read_file(c, document, &file);
    int rc = -1;
    if (error) {
        rc = refuse(c, document, error);
    } else if (form_page_begin(c, &p, json_get_str(file, "experiment", "")) == 0) {
        json_t *values = NULL;
        if (p.chosen)
            values = fill(c, &p, file);
        else
            error = arena_printf(
                c->arena, "There is no experiment %s here that can be used.",
                texts_beginning(c->arena, json_get_str(file, "experiment", ""), SHOWN));
        set_import(&p, document, error);
        rc = form_page_end(c, &p, p.chosen && p.form.faults->count == 0 ? 200 : 422);
        json_decref(values);
    }
    json_decref(file);
    return rc;
}
