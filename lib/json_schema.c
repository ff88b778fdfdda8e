#include "json_schema.h"

#include "validate.h"

struct maker {
    struct arena *arena;
    struct faults *faults; /* of what is asked of validate */
};

enum { ENUM_STEPS = 1000 }; /* whole numbers that are listed one by one */

static json_t *make_object(struct maker *m, const struct schema *s);

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static void set_if(json_t *object, const char *key, const json_t *value)
{
    if (value)
        json_object_set(object, key, (json_t *)value);
}

/* Whether an object without that field is accepted. */
static bool may_be_absent(struct maker *m, const struct schema_field *f)
{
    struct schema one = {.fields = (struct schema_field *)f, .count = 1};
    json_t *nothing = json_object();
    faults_init(m->faults, m->arena);
    json_decref(validate(&one, nothing, "", m->faults));
    json_decref(nothing);
    return m->faults->count == 0;
}

/* Null stands for empty, where nothing is required. */
static bool may_be_null(struct maker *m, const struct schema_field *f)
{
    return f->type == SCHEMA_GROUP ? may_be_absent(m, f) : !f->required;
}

static json_t *typed(const char *name, bool null)
{
    return null ? json_pack("{s:[s, s]}", "type", name, "null") : json_pack("{s:s}", "type", name);
}

static json_int_t whole(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value)
                                  : (json_int_t)json_number_value(value);
}

/* The values between min and max, if they are few. */
static json_t *listed_steps(const struct schema_field *f, bool null)
{
    if (f->type != SCHEMA_INTEGER || !f->max)
        return NULL;
    __int128 value = whole(f->min), last = whole(f->max), step = whole(f->step);
    if ((last - value) / step > ENUM_STEPS)
        return NULL;
    json_t *values = json_array();
    for (; value <= last; value += step)
        json_array_append_new(values, json_integer((json_int_t)value));
    if (null)
        json_array_append_new(values, json_null());
    return json_pack("{s:o}", "enum", values);
}

static void set_step(struct maker *m, json_t *out, const struct schema_field *f)
{
    if (!f->min || schema_fits_step(f->min, NULL, f->step)) {
        set_if(out, "multipleOf", f->step);
        return;
    }
    set(out, "$comment",
        json_string(arena_printf(m->arena, "%s plus a multiple of %s",
                                 schema_scalar_text(m->arena, f->min),
                                 schema_scalar_text(m->arena, f->step))));
}

static json_t *make_number(struct maker *m, const struct schema_field *f, bool null)
{
    bool whole = f->type == SCHEMA_INTEGER;
    bool odd = f->step && f->min && !schema_fits_step(f->min, NULL, f->step);
    json_t *out = odd ? listed_steps(f, null) : NULL;
    if (out)
        return out;
    out = typed(whole ? "integer" : "number", null);
    if (whole) {
        set(out, "minimum", json_integer(INT64_MIN));
        set(out, "maximum", json_integer(INT64_MAX));
    }
    set_if(out, "minimum", f->min);
    set_if(out, "maximum", f->max);
    if (f->step)
        set_step(m, out, f);
    return out;
}

/* An empty text is accepted whatever the other rules, unless one is required. */
static json_t *make_string(const struct schema_field *f, bool null)
{
    static const char *const patterns[] = {
        [SCHEMA_TEXT] = NULL,
        [SCHEMA_TEXTAREA] = NULL,
        [SCHEMA_URL] = "^https?://[^/?#: \\t\\r\\n][^ \\t\\r\\n]*$",
        [SCHEMA_EMAIL] = "^[^@ \\t\\r\\n]+@[^@ \\t\\r\\n]+$",
    };
    json_t *rules = json_object(), *out = typed("string", null);
    const char *pattern = patterns[f->format];
    bool least = f->min && json_number_value(f->min) >= 1;
    if (least)
        set_if(rules, "minLength", f->min);
    else if (f->required)
        set(rules, "minLength", json_integer(1));
    if (f->max && json_number_value(f->max) < VALIDATE_TEXT)
        set_if(rules, "maxLength", f->max);
    else
        set(rules, "maxLength", json_integer(VALIDATE_TEXT));
    if (pattern)
        set(rules, "pattern", json_string(pattern));
    if (!f->required && (least || pattern))
        set(out, "anyOf", json_pack("[{s:i}, O]", "maxLength", 0, rules));
    else
        json_object_update(out, rules);
    json_decref(rules);
    return out;
}

static json_t *make_enum(const struct schema_field *f, bool null)
{
    json_t *values = json_array();
    for (size_t i = 0; i < f->option_count; i++) {
        if (f->options[i].available)
            json_array_append(values, (json_t *)f->options[i].value);
    }
    if (null)
        json_array_append_new(values, json_null());
    if (json_array_size(values) > 0)
        return json_pack("{s:o}", "enum", values);
    json_decref(values);
    return json_pack("{s:{}}", "not"); /* there is nothing to choose */
}

static json_t *make_data(const struct schema_field *f, bool null)
{
    json_t *values = json_array(), *out = typed("string", null);
    json_t *reference = json_pack("{s:s, s:i}", "pattern", "^[\\s\\S]+@sha256:[0-9a-f]{64}$",
                                  "maxLength", VALIDATE_TEXT);
    for (size_t i = 0; i < f->option_count; i++) {
        if (f->options[i].available)
            json_array_append(values, (json_t *)f->options[i].value);
    }
    if (json_array_size(values) > 0)
        set(out, "anyOf", json_pack("[{s:O}, O]", "enum", values, reference));
    else
        json_object_update(out, reference);
    json_decref(values);
    json_decref(reference);
    return out;
}

static json_t *make_list(struct maker *m, const struct schema_field *f, bool null)
{
    json_t *out = typed("array", null);
    bool least = f->min && json_number_value(f->min) > 1;
    set(out, "items", make_object(m, &f->fields));
    set_if(out, "maxItems", f->max);
    if (f->required)
        set(out, "minItems", least ? json_incref((json_t *)f->min) : json_integer(1));
    else if (least)
        set(out, "anyOf", json_pack("[{s:i}, {s:O}]", "maxItems", 0, "minItems", f->min));
    return out;
}

static json_t *make_shape(struct maker *m, const struct schema_field *f)
{
    bool null = may_be_null(m, f);
    switch (f->type) {
    case SCHEMA_INTEGER:
    case SCHEMA_FLOAT:
        return make_number(m, f, null);
    case SCHEMA_STRING:
        return make_string(f, null);
    case SCHEMA_BOOLEAN:
        return typed("boolean", null);
    case SCHEMA_ENUM:
        return make_enum(f, null);
    case SCHEMA_DATA:
        return make_data(f, null);
    case SCHEMA_LIST:
        return make_list(m, f, null);
    case SCHEMA_GROUP:
        break;
    }
    json_t *out = make_object(m, &f->fields);
    if (null)
        set(out, "type", json_pack("[s, s]", "object", "null"));
    return out;
}

static json_t *make_field(struct maker *m, const struct schema_field *f)
{
    json_t *out = make_shape(m, f);
    set(out, "title", json_string(f->label));
    if (f->description[0])
        set(out, "description", json_string(f->description));
    set_if(out, "default", f->otherwise);
    return out;
}

static json_t *make_object(struct maker *m, const struct schema *s)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < s->count; i++) {
        const struct schema_field *f = &s->fields[i];
        set(properties, f->name, make_field(m, f));
        if (!may_be_absent(m, f))
            json_array_append_new(required, json_string(f->name));
    }
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required",
                     required, "additionalProperties", 0);
}

json_t *json_schema_make(struct arena *a, const struct schema *s, const char *title,
                         const char *description)
{
    struct maker m = {.arena = a, .faults = arena_alloc(a, sizeof(struct faults))};
    json_t *out = json_pack("{s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_t *object = make_object(&m, s);
    set(out, "title", json_string(title));
    if (description[0])
        set(out, "description", json_string(description));
    json_object_update(out, object);
    json_decref(object);
    return out;
}
