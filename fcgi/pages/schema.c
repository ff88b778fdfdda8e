#include "schema.h"

#include "json.h"

#include <string.h>

struct reader {
    struct arena *arena;
    size_t fields;      /* read so far */
    struct strbuf path; /* of the field at hand */
    struct err *e;
};

static int read_fields(struct reader *r, const json_t *list, struct schema *out, int depth);

static int fault(struct reader *r, const char *what)
{
    return err_field(r->e, r->path.buf, "the field %s of the manifest's configuration %s",
                     r->path.len ? r->path.buf : "(without a name)", what);
}

static const char *const type_names[] = {
    [SCHEMA_INTEGER] = "integer", [SCHEMA_FLOAT] = "float", [SCHEMA_STRING] = "string",
    [SCHEMA_BOOLEAN] = "boolean", [SCHEMA_ENUM] = "enum",   [SCHEMA_GROUP] = "group",
    [SCHEMA_LIST] = "list",
};
static const char *const format_names[] = {
    [SCHEMA_TEXT] = "text",
    [SCHEMA_TEXTAREA] = "textarea",
    [SCHEMA_URL] = "url",
    [SCHEMA_EMAIL] = "email",
};

static int index_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

/* Names become keys, parts of dotted paths and of element ids. */
static bool is_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    if (!s || strlen(s) > 100 || strncmp(s, "__", 2) == 0 || !*s || !strchr(letters, s[0]))
        return false;
    return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-")] == '\0';
}

/* learning_rate reads as "Learning rate". */
static const char *label_of(struct arena *a, const char *name)
{
    char *label = arena_strdup(a, name);
    for (char *at = label; *at; at++) {
        if (*at == '_')
            *at = ' ';
    }
    if (label[0] >= 'a' && label[0] <= 'z')
        label[0] = (char)(label[0] - 'a' + 'A');
    return label;
}

const char *schema_scalar_text(struct arena *a, const json_t *value)
{
    struct strbuf text = STRBUF_INIT;
    if (!value || json_is_null(value))
        return "";
    if (json_is_string(value))
        return json_string_value(value);
    json_put_value(&text, value);
    const char *copy = arena_strndup(a, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

static bool is_option_value(const json_t *v)
{
    return json_is_string(v) || json_is_number(v) || json_is_boolean(v);
}

static int read_options(struct reader *r, const json_t *list, struct schema_field *f)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > SCHEMA_OPTIONS)
        return fault(r, count ? "has too many options" : "needs options");
    struct schema_option *options = arena_zalloc(r->arena, count * sizeof(*options));
    for (size_t i = 0; i < count; i++) {
        struct schema_option *o = &options[i];
        const json_t *item = json_array_get(list, i);
        bool object = json_is_object(item);
        o->value = object ? json_object_get(item, "value") : item;
        if (!is_option_value(o->value))
            return fault(r, "has an option that is neither text nor a number");
        o->label = object ? json_get_str(item, "label", NULL) : NULL;
        if (!o->label)
            o->label = schema_scalar_text(r->arena, o->value);
        o->available = !object || json_get_bool(item, "available", true);
        o->reason = object ? json_get_str(item, "reason", "") : "";
    }
    f->options = options;
    f->option_count = count;
    return 0;
}

static int read_bound(struct reader *r, const json_t *object, const char *name, const json_t **out)
{
    const json_t *value = json_object_get(object, name);
    if (value && !json_is_null(value) && !json_is_number(value))
        return fault(r, "has a min, max or step that is no number");
    *out = json_is_number(value) ? value : NULL;
    return 0;
}

static int read_shape(struct reader *r, const json_t *object, struct schema_field *f, int depth)
{
    const char *format = json_get_str(object, "format", "text");
    int type = index_of(type_names, ARRAY_LEN(type_names), json_get_str(object, "type", NULL));
    int form = index_of(format_names, ARRAY_LEN(format_names), format);
    if (type < 0)
        return fault(r, "has an unknown type");
    f->type = (enum schema_type)type;
    if (f->type == SCHEMA_STRING && form < 0)
        return fault(r, "has an unknown format");
    f->format = form < 0 ? SCHEMA_TEXT : (enum schema_format)form;
    if (read_bound(r, object, "min", &f->min) != 0 || read_bound(r, object, "max", &f->max) != 0 ||
        read_bound(r, object, "step", &f->step) != 0)
        return -1;
    if (f->step && !(json_number_value(f->step) > 0))
        return fault(r, "has a step that is not above 0");
    if (f->type == SCHEMA_ENUM && read_options(r, json_object_get(object, "options"), f) != 0)
        return -1;
    if (f->type == SCHEMA_GROUP || f->type == SCHEMA_LIST)
        return read_fields(r, json_object_get(object, "fields"), &f->fields, depth + 1);
    return 0;
}

static int read_field(struct reader *r, const json_t *object, struct schema_field *f, int depth)
{
    f->name = json_get_str(object, "name", NULL);
    if (!is_name(f->name))
        return fault(r,
                     "holds a field whose name is missing or is not made of letters, digits and _");
    size_t before = r->path.len;
    strbuf_addf(&r->path, "%s%s", before ? "." : "", f->name);
    f->label = json_get_str(object, "label", NULL);
    if (!f->label || !f->label[0])
        f->label = label_of(r->arena, f->name);
    f->description = json_get_str(object, "description", "");
    f->required = json_get_bool(object, "required", false);
    f->otherwise = json_object_get(object, "default");
    if (json_is_null(f->otherwise))
        f->otherwise = NULL;
    if (read_shape(r, object, f, depth) != 0)
        return -1;
    strbuf_truncate(&r->path, before);
    return 0;
}

/* Reports the second of two equal names. */
static int check_unique(struct reader *r, const struct schema *s, const json_t *list)
{
    json_t *seen = json_object();
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
        if (json_object_get(seen, s->fields[i].name)) {
            strbuf_addf(&r->path, "%s%s", r->path.len ? "." : "", s->fields[i].name);
            rc = fault(r, "stands there twice");
        }
        json_object_set_new(seen, s->fields[i].name, json_true());
    }
    json_decref(seen);
    return rc;
}

static int read_fields(struct reader *r, const json_t *list, struct schema *out, int depth)
{
    *out = (struct schema){0};
    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return fault(r, "must hold its fields as a list");
    if (depth > SCHEMA_DEPTH)
        return fault(r, "is nested too deeply");
    size_t count = json_array_size(list);
    r->fields += count;
    if (r->fields > SCHEMA_FIELDS)
        return fault(r, "is one of too many");
    out->fields = arena_zalloc(r->arena, (count + 1) * sizeof(*out->fields));
    for (size_t i = 0; i < count; i++) {
        if (read_field(r, json_array_get(list, i), &out->fields[i], depth) != 0)
            return -1;
    }
    out->count = count;
    return check_unique(r, out, list);
}

int schema_read(struct schema *out, struct arena *a, const json_t *configuration, struct err *e)
{
    struct reader r = {.arena = a, .path = STRBUF_INIT, .e = e};
    int rc = read_fields(&r, configuration, out, 1);
    strbuf_release(&r.path);
    return rc;
}
