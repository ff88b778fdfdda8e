#include "form_view.h"

#include "json.h"

#include <string.h>

struct maker {
    struct arena *arena;
    const struct faults *faults;
    struct strbuf path;
};

static json_t *make_fields(struct maker *m, const struct schema *s, const json_t *values);

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    set(object, key, text ? json_string(text) : json_null());
}

/* configuration.pairs.0.left has the id f-configuration-pairs-0-left. */
static const char *id_of(struct maker *m)
{
    char *id = arena_printf(m->arena, "f-%s", m->path.buf);
    for (char *at = id; *at; at++) {
        if (*at == '.')
            *at = '-';
    }
    return id;
}

/* A field with every member, none of which says anything yet but its names. */
static json_t *blank_field(struct maker *m, const char *name, const char *label,
                           const char *description, bool required)
{
    static const char *const kinds[] = {"is_text",   "is_textarea", "is_number", "is_checkbox",
                                        "is_select", "is_group",    "is_list",   "checked"};
    static const char *const empty[] = {"input_type", "min", "max", "step"};
    json_t *f = json_object();
    set_text(f, "name", name);
    set_text(f, "path", m->path.buf);
    set_text(f, "id", id_of(m));
    set_text(f, "label", label);
    set_text(f, "description", description);
    set(f, "required", json_boolean(required));
    set_text(f, "error", faults_find(m->faults, m->path.buf));
    set_text(f, "value", "");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        set(f, kinds[i], json_false());
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        set(f, empty[i], json_null());
    set(f, "options", json_array());
    set(f, "fields", json_array());
    set(f, "items", json_array());
    return f;
}

static json_t *make_option(const char *value, const char *label, bool selected, bool disabled,
                           const char *reason)
{
    return json_pack("{s:s, s:s, s:b, s:b, s:s}", "value", value, "label", label, "selected",
                     selected, "disabled", disabled, "reason", reason);
}

/* A value that is no option (any more) is shown as what it is, and cannot be chosen again. */
static json_t *make_options(struct maker *m, const struct schema_field *f, const char *value)
{
    json_t *list = json_array();
    bool known = value[0] == '\0';
    for (size_t i = 0; i < f->option_count; i++)
        known = known || strcmp(schema_scalar_text(m->arena, f->options[i].value), value) == 0;
    if (!known)
        json_array_append_new(list, make_option(value, value, true, true, "not an option"));
    if (!f->required || !value[0])
        json_array_append_new(list, make_option("", "", !value[0], false, ""));
    for (size_t i = 0; i < f->option_count; i++) {
        const struct schema_option *o = &f->options[i];
        const char *text = schema_scalar_text(m->arena, o->value);
        json_array_append_new(
            list, make_option(text, o->label, strcmp(text, value) == 0, !o->available, o->reason));
    }
    return list;
}

static void fill_number(struct maker *m, json_t *view, const struct schema_field *f)
{
    set(view, "is_number", json_true());
    set_text(view, "input_type", "number");
    set_text(view, "min", f->min ? schema_scalar_text(m->arena, f->min) : NULL);
    set_text(view, "max", f->max ? schema_scalar_text(m->arena, f->max) : NULL);
    set_text(view, "step",
             f->step                     ? schema_scalar_text(m->arena, f->step)
             : f->type == SCHEMA_INTEGER ? "1"
                                         : "any");
}

static json_t *make_items(struct maker *m, const struct schema *s, const json_t *list)
{
    json_t *items = json_array();
    size_t before = m->path.len;
    for (size_t i = 0; i < json_array_size(list); i++) {
        strbuf_addf(&m->path, ".%zu", i);
        json_t *item = json_object();
        set_text(item, "title", arena_printf(m->arena, "Item %zu", i + 1));
        set(item, "fields", make_fields(m, s, json_array_get(list, i)));
        json_array_append_new(items, item);
        strbuf_truncate(&m->path, before);
    }
    return items;
}

static json_t *make_field(struct maker *m, const struct schema_field *f, const json_t *value)
{
    static const char *const input_types[] = {[SCHEMA_TEXT] = "text",
                                              [SCHEMA_TEXTAREA] = "text",
                                              [SCHEMA_URL] = "url",
                                              [SCHEMA_EMAIL] = "email"};
    json_t *view = blank_field(m, f->name, f->label, f->description, f->required);
    bool scalar = !json_is_object(value) && !json_is_array(value);
    const char *text = scalar ? schema_scalar_text(m->arena, value) : "";
    set_text(view, "value", text);
    switch (f->type) {
    case SCHEMA_INTEGER:
    case SCHEMA_FLOAT:
        fill_number(m, view, f);
        break;
    case SCHEMA_STRING:
        set(view, f->format == SCHEMA_TEXTAREA ? "is_textarea" : "is_text", json_true());
        set_text(view, "input_type", input_types[f->format]);
        break;
    case SCHEMA_BOOLEAN:
        set(view, "is_checkbox", json_true());
        set(view, "checked", json_boolean(json_is_true(value)));
        break;
    case SCHEMA_ENUM:
        set(view, "is_select", json_true());
        set(view, "options", make_options(m, f, text));
        break;
    case SCHEMA_GROUP:
        set(view, "is_group", json_true());
        set(view, "fields", make_fields(m, &f->fields, value));
        break;
    case SCHEMA_LIST:
        set(view, "is_list", json_true());
        set(view, "items", make_items(m, &f->fields, value));
        break;
    }
    return view;
}

static json_t *make_one(struct maker *m, const struct schema_field *f, const json_t *values)
{
    size_t before = m->path.len;
    strbuf_addf(&m->path, ".%s", f->name);
    json_t *view = make_field(m, f, json_object_get(values, f->name));
    strbuf_truncate(&m->path, before);
    return view;
}

static json_t *make_fields(struct maker *m, const struct schema *s, const json_t *values)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->count; i++)
        json_array_append_new(list, make_one(m, &s->fields[i], values));
    return list;
}

static json_t *make_card(const char *title, const char *description, json_t *fields)
{
    return json_pack("{s:s?, s:s?, s:o}", "title", title, "description", description, "fields",
                     fields);
}

static json_t *make_text(struct maker *m, const char *name, const char *label, const char *help,
                         const char *kind, bool required, const char *value)
{
    strbuf_reset(&m->path);
    strbuf_adds(&m->path, name);
    json_t *f = blank_field(m, name, label, help, required);
    set_text(f, "value", value);
    set(f, kind, json_true());
    set_text(f, "input_type", "text");
    return f;
}

/* The instance itself; then the ungrouped fields; then each group. */
static json_t *make_cards(struct maker *m, const struct form_view *v)
{
    json_t *cards = json_array(), *basics = json_array(), *single = json_array();
    json_array_append_new(basics, make_text(m, "name", "Name", "", "is_text", true, v->name));
    json_array_append_new(basics, make_text(m, "description", "Description", "", "is_textarea",
                                            false, v->description));
    json_array_append_new(basics, make_text(m, "project", "Project",
                                            "A label that groups instances on the dashboard",
                                            "is_text", false, v->project));
    json_array_append_new(cards, make_card("Instance", NULL, basics));
    strbuf_reset(&m->path);
    strbuf_adds(&m->path, "configuration");
    for (size_t i = 0; i < v->schema->count; i++) {
        if (v->schema->fields[i].type != SCHEMA_GROUP)
            json_array_append_new(single, make_one(m, &v->schema->fields[i], v->values));
    }
    if (json_array_size(single) > 0)
        json_array_append_new(cards, make_card(NULL, NULL, json_incref(single)));
    json_decref(single);
    for (size_t i = 0; i < v->schema->count; i++) {
        const struct schema_field *f = &v->schema->fields[i];
        if (f->type != SCHEMA_GROUP)
            continue;
        size_t before = m->path.len;
        strbuf_addf(&m->path, ".%s", f->name);
        json_t *fields = make_fields(m, &f->fields, json_object_get(v->values, f->name));
        json_array_append_new(cards, make_card(f->label, f->description, fields));
        strbuf_truncate(&m->path, before);
    }
    return cards;
}

json_t *form_view_make(struct arena *a, const struct form_view *v)
{
    struct maker m = {.arena = a, .faults = v->faults, .path = STRBUF_INIT};
    json_t *form = json_object();
    set_text(form, "action", v->action);
    set_text(form, "experiment", v->experiment);
    set_text(form, "submit", v->submit);
    set_text(form, "cancel", v->cancel);
    set_text(form, "error", v->error);
    set(form, "cards", make_cards(&m, v));
    strbuf_release(&m.path);
    return form;
}
