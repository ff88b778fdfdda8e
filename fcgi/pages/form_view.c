#include "form_view.h"

#include "instances.h"
#include "json.h"
#include "validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct maker {
    struct arena *arena;
    const struct faults *faults;
    const char *seed;
    const json_t *data; /* what was uploaded */
    struct strbuf path; /* of the field at hand: configuration.pairs.0.left */
    struct strbuf key;  /* the same for all items of a list: configuration.pairs.#.left */
    size_t fields;      /* made so far; none is made beyond FORM_VIEW_FIELDS */
};

struct place {
    size_t path, key;
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

static struct place enter(struct maker *m, const char *name, const char *key)
{
    struct place before = {m->path.len, m->key.len};
    strbuf_addf(&m->path, "%s%s", before.path ? "." : "", name);
    strbuf_addf(&m->key, "%s%s", before.key ? "." : "", key);
    return before;
}

static void leave(struct maker *m, struct place before)
{
    strbuf_truncate(&m->path, before.path);
    strbuf_truncate(&m->key, before.key);
}

/* The ids of what is said of the field at hand beside its label; NULL: nothing. */
static const char *described(struct maker *m, const char *description)
{
    const char *path = m->path.buf;
    bool help = description[0] != '\0', error = faults_find(m->faults, path) != NULL;
    if (help && error)
        return arena_printf(m->arena, "f-%s-help f-%s-error", path, path);
    if (help || error)
        return arena_printf(m->arena, "f-%s-%s", path, help ? "help" : "error");
    return NULL;
}

/* A field with every member, none of which says anything yet but its names. */
static json_t *blank_field(struct maker *m, const char *name, const char *label,
                           const char *description, bool required)
{
    static const char *const kinds[] = {"is_text",   "is_textarea", "is_number", "is_checkbox",
                                        "is_select", "is_group",    "is_list",   "is_seed",
                                        "is_whole",  "is_data",     "checked"};
    static const char *const empty[] = {"type", "format", "input_type", "min",
                                        "max",  "step",   "suggestions"};
    json_t *f = json_object();
    m->fields++;
    set_text(f, "name", name);
    set_text(f, "path", m->path.buf);
    set_text(f, "key", m->key.buf);
    set_text(f, "id", arena_printf(m->arena, "f-%s", m->path.buf));
    set_text(f, "label", label);
    set_text(f, "description", description);
    set(f, "required", json_boolean(required));
    set_text(f, "error", faults_find(m->faults, m->path.buf));
    set_text(f, "described", described(m, description));
    set_text(f, "value", "");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        set(f, kinds[i], json_false());
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        set(f, empty[i], json_null());
    set(f, "options", json_array());
    set(f, "groups", json_array());
    set(f, "fields", json_array());
    set(f, "items", json_array());
    return f;
}

enum option_kind { OPTION_FREE, OPTION_UNAVAILABLE, OPTION_UNKNOWN };

/* Browsers do not post what is disabled, so what is selected is not: validate.h refuses it. */
static json_t *make_option(const char *value, const char *label, bool selected,
                           enum option_kind kind, const char *reason)
{
    return json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:s}", "value", value, "label", label,
                     "selected", selected, "disabled", kind != OPTION_FREE && !selected,
                     "unavailable", kind == OPTION_UNAVAILABLE, "unknown", kind == OPTION_UNKNOWN,
                     "reason", reason);
}

/* A value that is no option (any more) is shown as what it is. */
static json_t *make_options(struct maker *m, const struct schema_field *f, const char *value)
{
    json_t *list = json_array();
    bool known = value[0] == '\0';
    for (size_t i = 0; i < f->option_count; i++)
        known = known || strcmp(schema_scalar_text(m->arena, f->options[i].value), value) == 0;
    if (!known)
        json_array_append_new(list,
                              make_option(value, value, true, OPTION_UNKNOWN, "not an option"));
    if (!f->required || !value[0])
        json_array_append_new(list, make_option("", "", !value[0], OPTION_FREE, ""));
    for (size_t i = 0; i < f->option_count; i++) {
        const struct schema_option *o = &f->options[i];
        const char *text = schema_scalar_text(m->arena, o->value);
        json_array_append_new(list, make_option(text, o->label, strcmp(text, value) == 0,
                                                o->available ? OPTION_FREE : OPTION_UNAVAILABLE,
                                                o->reason));
    }
    return list;
}

/* The group of that label, made where it is not the last one. */
static json_t *group_of(json_t *groups, const char *label)
{
    json_t *last = json_array_get(groups, json_array_size(groups) - 1);
    if (!last || strcmp(json_get_str(last, "label", ""), label) != 0) {
        last = json_pack("{s:s, s:[]}", "label", label, "options");
        json_array_append_new(groups, last);
    }
    return json_object_get(last, "options");
}

/* Uploads by project, then the experiment's own options. Returns whether one of them is `value`. */
static bool fill_groups(struct maker *m, const struct schema_field *f, const char *value,
                        json_t *groups)
{
    size_t i;
    json_t *upload;
    bool known = false;
    json_array_foreach((json_t *)m->data, i, upload)
    {
        const char *own = json_get_str(upload, "value", ""), *project;
        bool selected = strcmp(own, value) == 0;
        project = json_get_str(upload, "project", "");
        known = known || selected;
        json_array_append_new(
            group_of(groups, project[0] ? arena_printf(m->arena, "Uploaded, project %s", project)
                                        : "Uploaded"),
            make_option(own, json_get_str(upload, "label", own), selected, OPTION_FREE, ""));
    }
    for (i = 0; i < f->option_count; i++) {
        const struct schema_option *o = &f->options[i];
        const char *own = schema_scalar_text(m->arena, o->value);
        bool selected = strcmp(own, value) == 0;
        known = known || selected;
        json_array_append_new(group_of(groups, "From the experiment"),
                              make_option(own, o->label, selected,
                                          o->available ? OPTION_FREE : OPTION_UNAVAILABLE,
                                          o->reason));
    }
    return known;
}

static void fill_data(struct maker *m, json_t *view, const struct schema_field *f,
                      const char *value)
{
    json_t *groups = json_array(), *options = json_array();
    if (!fill_groups(m, f, value, groups) && value[0]) {
        const char *hash = schema_reference(value);
        const char *label =
            hash ? arena_strndup(m->arena, value, (size_t)(hash - value) - strlen("@sha256:"))
                 : value;
        json_array_append_new(options, make_option(value, label, true, OPTION_UNKNOWN,
                                                   hash ? "not here any more" : "not an option"));
    }
    if (!f->required || !value[0])
        json_array_append_new(options, make_option("", "", !value[0], OPTION_FREE, ""));
    set(view, "is_select", json_true());
    set(view, "is_data", json_true());
    set(view, "options", options);
    set(view, "groups", groups);
}

static void fill_bounds(struct maker *m, json_t *view, const struct schema_field *f)
{
    set_text(view, "min", f->min ? schema_scalar_text(m->arena, f->min) : NULL);
    set_text(view, "max", f->max ? schema_scalar_text(m->arena, f->max) : NULL);
    set_text(view, "step", f->step ? schema_scalar_text(m->arena, f->step) : NULL);
}

/* Browsers show nothing in a number's input but what HTML calls a number: what else was typed needs
 * a text's. */
static bool is_shown_as_number(const char *text)
{
    char *end;
    if (strspn(text, "0123456789+-.eE") < strlen(text) || text[0] == '+')
        return false;
    const char *point = strchr(text, '.');
    if (point && (point[1] < '0' || point[1] > '9'))
        return false;
    return !text[0] || (isfinite(strtod(text, &end)) && !*end);
}

static void fill_number(json_t *view, const char *text)
{
    set(view, "is_number", json_true());
    set_text(view, "input_type", is_shown_as_number(text) ? "number" : "text");
}

/* Item `i` of `count`, at the path at hand. */
static json_t *make_item(struct maker *m, const struct schema *s, size_t i, size_t count,
                         const json_t *value)
{
    json_t *item = json_object();
    set(item, "first", json_boolean(i == 0));
    set(item, "last", json_boolean(i + 1 == count));
    set_text(item, "path", m->path.buf);
    set_text(item, "title", arena_printf(m->arena, "Item %zu", i + 1));
    set_text(item, "error", faults_find(m->faults, m->path.buf));
    set(item, "fields", make_fields(m, s, value));
    return item;
}

static json_t *make_items(struct maker *m, const struct schema *s, const json_t *list)
{
    json_t *items = json_array();
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && m->fields <= FORM_VIEW_FIELDS; i++) {
        struct place before = enter(m, arena_printf(m->arena, "%zu", i), "#");
        json_array_append_new(items, make_item(m, s, i, count, json_array_get(list, i)));
        leave(m, before);
    }
    return items;
}

/* The text of a value, also of one that does not belong there. */
static const char *text_of(struct maker *m, const json_t *value)
{
    struct strbuf text = STRBUF_INIT;
    if (!json_is_object(value) && !json_is_array(value))
        return schema_scalar_text(m->arena, value);
    json_put_value(&text, value);
    const char *copy = arena_strndup(m->arena, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

static json_t *make_scalar(struct maker *m, const struct schema_field *f, const json_t *value)
{
    static const char *const input_types[] = {[SCHEMA_TEXT] = "text",
                                              [SCHEMA_TEXTAREA] = "text",
                                              [SCHEMA_URL] = "url",
                                              [SCHEMA_EMAIL] = "email"};
    json_t *view = blank_field(m, f->name, f->label, f->description, f->required);
    const char *text = text_of(m, value);
    set_text(view, "type", schema_type_name(f->type));
    set_text(view, "value", text);
    fill_bounds(m, view, f);
    if (f->type == SCHEMA_STRING) {
        bool lines = f->format == SCHEMA_TEXTAREA || strpbrk(text, "\r\n"); /* inputs drop ends */
        set(view, lines ? "is_textarea" : "is_text", json_true());
        set_text(view, "input_type", input_types[f->format]);
        set_text(view, "format", schema_format_name(f->format));
    } else if (f->type == SCHEMA_BOOLEAN) {
        set(view, "is_checkbox", json_true());
        set(view, "checked", json_boolean(json_is_true(value)));
    } else if (f->type == SCHEMA_ENUM) {
        set(view, "is_select", json_true());
        set(view, "options", make_options(m, f, text));
    } else if (f->type == SCHEMA_DATA) {
        fill_data(m, view, f, text);
    } else {
        fill_number(view, text);
        set(view, "is_whole", json_boolean(f->type == SCHEMA_INTEGER));
        set(view, "is_seed", json_boolean(m->seed && strcmp(m->key.buf, m->seed) == 0));
    }
    return view;
}

static json_t *make_field(struct maker *m, const struct schema_field *f, const json_t *value)
{
    bool group = f->type == SCHEMA_GROUP, list = f->type == SCHEMA_LIST;
    if (!group && !list)
        return make_scalar(m, f, value);
    json_t *view = blank_field(m, f->name, f->label, f->description, list && f->required);
    if (group) {
        set(view, "is_group", json_true());
        set(view, "fields", make_fields(m, &f->fields, value));
    } else {
        set(view, "is_list", json_true());
        fill_bounds(m, view, f);
        set(view, "items", make_items(m, &f->fields, value));
    }
    return view;
}

/* The field in the object of values. */
static json_t *make_one(struct maker *m, const struct schema_field *f, const json_t *values)
{
    struct place before = enter(m, f->name, f->name);
    json_t *view = make_field(m, f, json_object_get(values, f->name));
    leave(m, before);
    return view;
}

static json_t *make_fields(struct maker *m, const struct schema *s, const json_t *values)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->count && m->fields <= FORM_VIEW_FIELDS; i++)
        json_array_append_new(list, make_one(m, &s->fields[i], values));
    return list;
}

/* One of the instance's own texts: of one line or, in a textarea, of several. */
static json_t *make_text(struct maker *m, const char *name, const char *label,
                         const char *description, bool lines, int max, const char *value)
{
    struct place before = enter(m, name, name);
    json_t *f = blank_field(m, name, label, description, false);
    set_text(f, "value", value);
    set(f, lines ? "is_textarea" : "is_text", json_true());
    set_text(f, "type", lines ? "lines" : "line");
    set_text(f, "input_type", "text");
    set_text(f, "max", arena_printf(m->arena, "%d", max));
    leave(m, before);
    return f;
}

static json_t *make_basics(struct maker *m, const struct form_view *v)
{
    json_t *name = make_text(m, "name", "Name", "", false, INSTANCES_NAME_MAX, v->name);
    json_t *description = make_text(m, "description", "Description", "", true,
                                    INSTANCES_DESCRIPTION_MAX, v->description);
    json_t *project =
        make_text(m, "project", "Project", "A label that groups instances on the dashboard", false,
                  INSTANCES_PROJECT_MAX, v->project);
    set(name, "required", json_true());
    set_text(project, "suggestions", "projects");
    return json_pack("{s:s, s:b, s:[o, o, o]}", "title", "Instance", "is_group", 0, "fields", name,
                     description, project);
}

/* The instance itself; then the ungrouped fields; then each group. */
static json_t *make_cards(struct maker *m, const struct form_view *v)
{
    json_t *cards = json_array(), *single = json_array();
    json_array_append_new(cards, make_basics(m, v));
    struct place before = enter(m, "configuration", "configuration");
    for (size_t i = 0; i < v->schema->count; i++) {
        if (v->schema->fields[i].type != SCHEMA_GROUP)
            json_array_append_new(single, make_one(m, &v->schema->fields[i], v->values));
    }
    if (json_array_size(single) > 0)
        json_array_append_new(cards, json_pack("{s:s, s:b, s:O}", "title", "Configuration",
                                               "is_group", 0, "fields", single));
    json_decref(single);
    for (size_t i = 0; i < v->schema->count; i++) {
        if (v->schema->fields[i].type == SCHEMA_GROUP)
            json_array_append_new(cards, make_one(m, &v->schema->fields[i], v->values));
    }
    leave(m, before);
    return cards;
}

/* What an item of the list begins with: the defaults. */
static json_t *first_values(struct maker *m, const struct schema *s)
{
    struct faults *ignored = arena_alloc(m->arena, sizeof(*ignored));
    json_t *nothing = json_object();
    faults_init(ignored, m->arena);
    json_t *values = validate(s, nothing, "", ignored);
    json_decref(nothing);
    return values;
}

/* An item for each list, also for those within others. Their places in lists are called #. */
static void add_prototypes(struct maker *m, const struct schema *s, json_t *out)
{
    for (size_t i = 0; i < s->count && m->fields <= FORM_VIEW_FIELDS; i++) {
        const struct schema_field *f = &s->fields[i];
        bool list = f->type == SCHEMA_LIST;
        struct place before = enter(m, f->name, f->name), inside = {m->path.len, m->key.len};
        if (list) {
            const char *key = arena_strdup(m->arena, m->key.buf);
            json_t *values = first_values(m, &f->fields);
            enter(m, "#", "#");
            json_array_append_new(out, json_pack("{s:s, s:o}", "key", key, "item",
                                                 make_item(m, &f->fields, 0, 1, values)));
            json_decref(values);
        }
        add_prototypes(m, &f->fields, out);
        leave(m, inside);
        leave(m, before);
    }
}

static json_t *make_prototypes(struct maker *m, const struct schema *s)
{
    json_t *out = json_array();
    m->faults = NULL;
    struct place before = enter(m, "configuration", "configuration");
    add_prototypes(m, s, out);
    leave(m, before);
    return out;
}

json_t *form_view_make(struct arena *a, const struct form_view *v)
{
    struct maker m = {
        .arena = a, .faults = v->faults, .data = v->data, .path = STRBUF_INIT, .key = STRBUF_INIT};
    json_t *form = json_object();
    m.seed = v->seed ? arena_printf(a, "configuration.%s", v->seed) : NULL;
    set_text(form, "action", v->action);
    set_text(form, "experiment", v->experiment);
    set_text(form, "submit", v->submit);
    set_text(form, "cancel", v->cancel);
    set_text(form, "version", v->version);
    set_text(form, "outdated", v->outdated);
    set_text(form, "error", v->error);
    set(form, "unsaved", json_boolean(v->unsaved));
    set(form, "cards", make_cards(&m, v));
    set(form, "prototypes", make_prototypes(&m, v->schema));
    strbuf_release(&m.path);
    strbuf_release(&m.key);
    if (m.fields <= FORM_VIEW_FIELDS)
        return form;
    json_decref(form);
    return NULL;
}
