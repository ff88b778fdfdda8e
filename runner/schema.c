#include "schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type { INTEGER, FLOAT, STRING, BOOLEAN, ENUM, LIST, GROUP, TYPES };

static const char *const type_names[TYPES] = {"integer", "float", "string", "boolean",
                                              "enum",    "list",  "group"};

/* Which members a field of a type may have beside name, type, label, description and required. */
static const struct {
    const char *member;
    unsigned types;
} members[] = {
    {"default",
     1u << INTEGER | 1u << FLOAT | 1u << STRING | 1u << BOOLEAN | 1u << ENUM | 1u << LIST},
    {"min", 1u << INTEGER | 1u << FLOAT | 1u << STRING | 1u << LIST},
    {"max", 1u << INTEGER | 1u << FLOAT | 1u << STRING | 1u << LIST},
    {"step", 1u << INTEGER | 1u << FLOAT},
    {"options", 1u << ENUM},
    {"format", 1u << STRING},
    {"fields", 1u << LIST | 1u << GROUP},
};
static const char *const common_members[] = {"name", "type", "label", "description", "required"};
static const char *const formats[] = {"text", "textarea", "url", "email"};

struct check {
    char path[256]; /* of the field at hand */
    int fields;
    bool filled;
    struct err *e;
};

static bool is_listed(const char *s, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(s, list[i]) == 0)
            return true;
    return false;
}

/* Puts `.name` behind the path; returns its old length for leave. */
static size_t enter(struct check *c, const char *name)
{
    size_t before = strlen(c->path);
    snprintf(c->path + before, sizeof(c->path) - before, "%s%.100s", before ? "." : "", name);
    return before;
}

static void leave(struct check *c, size_t before)
{
    c->path[before] = '\0';
}

/* A fault of the field at the path, or of a member of it. */
static int fault(struct check *c, const char *member, const char *what)
{
    char path[400];
    snprintf(path, sizeof(path), "%s%s%s", c->path, *c->path && *member ? "." : "", member);
    /* The end of a long path says more than its beginning. */
    size_t len = strlen(path), room = sizeof(c->e->field) - 1;
    const char *name = len > room ? path + len - room : path;
    return err_field(c->e, name, "%s %s", path, what);
}

static enum type type_of(const json_t *field)
{
    const char *name = json_string_value(json_object_get(field, "type"));
    for (int i = 0; name && i < TYPES; i++)
        if (strcmp(name, type_names[i]) == 0)
            return (enum type)i;
    return TYPES;
}

/* -- values against fields -- */

static int check_fields_values(struct check *c, const json_t *fields, json_t *values, int depth);

static int check_number(struct check *c, const json_t *field, const json_t *value, enum type type)
{
    const json_t *min = json_object_get(field, "min"), *max = json_object_get(field, "max");
    char text[96];
    if (type == INTEGER ? !json_is_integer(value) : !json_is_number(value))
        return fault(c, "", type == INTEGER ? "must be a whole number" : "must be a number");
    double number = json_number_value(value);
    if ((min && number < json_number_value(min)) || (max && number > json_number_value(max))) {
        bool low = min && number < json_number_value(min);
        snprintf(text, sizeof(text), "must be %s %.15g", low ? "at least" : "at most",
                 json_number_value(low ? min : max));
        return fault(c, "", text);
    }
    return 0;
}

static size_t characters(const char *s)
{
    size_t count = 0;
    for (; *s; s++)
        count += ((unsigned char)*s & 0xC0) != 0x80;
    return count;
}

static bool fits_format(const char *s, const char *format)
{
    if (format && strcmp(format, "url") == 0)
        return (strncmp(s, "http://", 7) == 0 && s[7]) || (strncmp(s, "https://", 8) == 0 && s[8]);
    if (format && strcmp(format, "email") == 0) {
        const char *at = strchr(s, '@');
        return at && at != s && at[1] && !strchr(at + 1, '@') && !strpbrk(s, " \t\n");
    }
    return true;
}

static int check_string(struct check *c, const json_t *field, const json_t *value)
{
    const json_t *min = json_object_get(field, "min"), *max = json_object_get(field, "max");
    const char *s = json_string_value(value);
    const char *format = json_string_value(json_object_get(field, "format"));
    char text[96];
    if (!s)
        return fault(c, "", "must be a text");
    if (json_string_length(value) > SCHEMA_TEXT)
        return fault(c, "", "is longer than 65536 bytes");
    if (!*s)
        return 0; /* empty is absent: `required` says whether that is right */
    if (min && (json_int_t)characters(s) < json_integer_value(min)) {
        snprintf(text, sizeof(text), "must have at least %lld characters",
                 (long long)json_integer_value(min));
        return fault(c, "", text);
    }
    if (max && (json_int_t)characters(s) > json_integer_value(max)) {
        snprintf(text, sizeof(text), "must have at most %lld characters",
                 (long long)json_integer_value(max));
        return fault(c, "", text);
    }
    if (!fits_format(s, format))
        return fault(c, "",
                     strcmp(format, "url") == 0 ? "must be an address, http:// or https://"
                                                : "must be an e-mail address");
    return 0;
}

static int check_enum(struct check *c, const json_t *field, const json_t *value)
{
    const char *s = json_string_value(value);
    const json_t *options = json_object_get(field, "options");
    for (size_t i = 0; s && i < json_array_size(options); i++) {
        const json_t *option = json_array_get(options, i);
        const char *name = json_is_object(option)
                               ? json_string_value(json_object_get(option, "value"))
                               : json_string_value(option);
        if (strcmp(name, s) != 0)
            continue;
        if (json_is_false(json_object_get(option, "available"))) {
            const char *why = json_string_value(json_object_get(option, "reason"));
            char text[300];
            snprintf(text, sizeof(text), "is not available%s%.200s", why ? ": " : "",
                     why ? why : "");
            return fault(c, "", text);
        }
        return 0;
    }
    return fault(c, "", "must be one of the options");
}

static int check_list(struct check *c, const json_t *field, const json_t *value, int depth)
{
    const json_t *min = json_object_get(field, "min"), *max = json_object_get(field, "max");
    size_t count = json_array_size(value);
    if (!json_is_array(value))
        return fault(c, "", "must be a list");
    if (count > SCHEMA_ITEMS || (max && (json_int_t)count > json_integer_value(max)))
        return fault(c, "", "has too many items");
    if (min && (json_int_t)count < json_integer_value(min))
        return fault(c, "", "has too few items");
    for (size_t i = 0; i < count; i++) {
        char place[24];
        snprintf(place, sizeof(place), "%zu", i);
        size_t before = enter(c, place);
        if (check_fields_values(c, json_object_get(field, "fields"), json_array_get(value, i),
                                depth))
            return -1;
        leave(c, before);
    }
    return 0;
}

static int check_value(struct check *c, const json_t *field, json_t *value, int depth)
{
    switch (type_of(field)) {
    case INTEGER:
    case FLOAT:
        return check_number(c, field, value, type_of(field));
    case STRING:
        return check_string(c, field, value);
    case BOOLEAN:
        return json_is_boolean(value) ? 0 : fault(c, "", "must be true or false");
    case ENUM:
        return check_enum(c, field, value);
    case LIST:
        return check_list(c, field, value, depth);
    case GROUP:
        return check_fields_values(c, json_object_get(field, "fields"), value, depth);
    case TYPES:
        break;
    }
    return fault(c, "type", "is none that is known");
}

static bool is_absent(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value));
}

/* A default, or for a group the object that its own defaults go into. */
static json_t *default_of(const json_t *field)
{
    if (type_of(field) == GROUP)
        return json_object();
    return json_deep_copy(json_object_get(field, "default"));
}

static int check_fields_values(struct check *c, const json_t *fields, json_t *values, int depth)
{
    if (!json_is_object(values))
        return fault(c, "", "must be an object");
    if (depth > SCHEMA_DEPTH)
        return fault(c, "", "is nested too deeply");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        json_t *value = json_object_get(values, name);
        size_t before = enter(c, name);
        if (!value && (value = default_of(field)) != NULL) {
            json_object_set_new(values, name, value);
            c->filled = true;
        }
        if (is_absent(value)) {
            if (json_is_true(json_object_get(field, "required")))
                return fault(c, "", "is required");
        } else if (check_value(c, field, value, depth + 1) != 0) {
            return -1;
        }
        leave(c, before);
    }
    return 0;
}

int schema_check_values(const json_t *fields, json_t *values, bool *filled, struct err *e)
{
    struct err ignored;
    struct check c = {.e = e ? e : &ignored};
    int rc = check_fields_values(&c, fields, values, 0);
    if (filled)
        *filled = c.filled;
    return rc;
}

/* -- the fields themselves -- */

static int check_fields(struct check *c, const json_t *fields, int depth);

static bool is_name(const char *s)
{
    size_t len = strlen(s);
    return len >= 1 && len <= 100 && !(*s >= '0' && *s <= '9') && *s != '-' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == len;
}

static int check_members(struct check *c, const json_t *field, enum type type)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)field, key, value)
    {
        bool fits = is_listed(key, common_members, ARRAY_LEN(common_members)), known = fits;
        for (size_t i = 0; i < ARRAY_LEN(members); i++) {
            if (strcmp(members[i].member, key) != 0)
                continue;
            known = true;
            fits = members[i].types & 1u << type;
        }
        if (!known)
            return fault(c, key, "is no member that a field can have");
        if (!fits) {
            char text[64];
            snprintf(text, sizeof(text), "does not go with the type %s", type_names[type]);
            return fault(c, key, text);
        }
    }
    static const char *const texts[] = {"label", "description"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const json_t *text = json_object_get(field, texts[i]);
        if (text && !json_is_string(text))
            return fault(c, texts[i], "must be a text");
        if (json_string_length(text) > 10000)
            return fault(c, texts[i], "is longer than 10000 bytes");
    }
    const json_t *required = json_object_get(field, "required");
    if (required && !json_is_boolean(required))
        return fault(c, "required", "must be true or false");
    return 0;
}

/* min and max count characters of a string and items of a list. */
static int check_limits(struct check *c, const json_t *field, enum type type)
{
    static const char *const names[] = {"min", "max", "step"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const json_t *limit = json_object_get(field, names[i]);
        if (!limit)
            continue;
        if (type == FLOAT ? !json_is_number(limit) : !json_is_integer(limit))
            return fault(c, names[i],
                         type == FLOAT ? "must be a number" : "must be a whole number");
        if ((type == STRING || type == LIST) && json_integer_value(limit) < 0)
            return fault(c, names[i], "must not be negative");
        if (i == 2 && json_number_value(limit) <= 0)
            return fault(c, names[i], "must be greater than 0");
    }
    const json_t *min = json_object_get(field, "min"), *max = json_object_get(field, "max");
    if (min && max && json_number_value(min) > json_number_value(max))
        return fault(c, "min", "is greater than max");
    return 0;
}

static int check_option(struct check *c, const json_t *option, const char *place)
{
    const json_t *value = json_is_object(option) ? json_object_get(option, "value") : option;
    const char *key;
    json_t *member;
    if (!json_is_string(value) || !json_string_length(value) || json_string_length(value) > 1000)
        return fault(c, place, "must be a text of 1 to 1000 bytes, or an object with such a value");
    json_object_foreach((json_t *)(uintptr_t)option, key, member)
    {
        static const char *const texts[] = {"value", "label", "reason"};
        bool text = is_listed(key, texts, ARRAY_LEN(texts));
        if (!text && strcmp(key, "available") != 0)
            return fault(c, place, "has a member other than value, label, available and reason");
        if (text ? !json_is_string(member) : !json_is_boolean(member))
            return fault(c, place,
                         text ? "has a value, label or reason that is no text"
                              : "has an available that is neither true nor false");
    }
    return 0;
}

static const char *option_value(const json_t *option)
{
    return json_string_value(json_is_object(option) ? json_object_get(option, "value") : option);
}

static int check_options(struct check *c, const json_t *field)
{
    const json_t *options = json_object_get(field, "options");
    size_t count = json_array_size(options);
    if (!json_is_array(options) || count == 0 || count > SCHEMA_OPTIONS)
        return fault(c, "options", "must be a list of 1 to 1000 options");
    json_t *seen = json_object();
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char place[32];
        const json_t *option = json_array_get(options, i);
        snprintf(place, sizeof(place), "options.%zu", i);
        rc = check_option(c, option, place);
        if (rc == 0 && json_object_get(seen, option_value(option)))
            rc = fault(c, place, "is there twice");
        if (rc == 0)
            json_object_set_new(seen, option_value(option), json_true());
    }
    json_decref(seen);
    return rc;
}

static int check_default(struct check *c, const json_t *field, int depth)
{
    json_t *value = json_object_get(field, "default");
    if (!value || json_is_null(value))
        return 0;
    size_t before = enter(c, "default");
    json_t *copy = json_deep_copy(value); /* defaults within a list's items are filled in */
    bool filled = c->filled;
    int rc = is_absent(copy) ? 0 : check_value(c, field, copy, depth);
    c->filled = filled;
    json_decref(copy);
    leave(c, before);
    return rc;
}

static int check_field(struct check *c, const json_t *field, int depth)
{
    const json_t *kind = json_object_get(field, "type");
    const json_t *format = json_object_get(field, "format");
    enum type type = type_of(field);
    if (!kind)
        return fault(c, "type", "is missing");
    if (type == TYPES)
        return fault(c, "type", "must be integer, float, string, boolean, enum, list or group");
    if (check_members(c, field, type) != 0 || check_limits(c, field, type) != 0)
        return -1;
    if (format && !(json_is_string(format) &&
                    is_listed(json_string_value(format), formats, ARRAY_LEN(formats))))
        return fault(c, "format", "must be text, textarea, url or email");
    if (type == ENUM && check_options(c, field) != 0)
        return -1;
    if (type == LIST || type == GROUP) {
        const json_t *fields = json_object_get(field, "fields");
        if (!json_is_array(fields) || json_array_size(fields) == 0)
            return fault(c, "fields", "must be a list of fields");
        if (check_fields(c, fields, depth + 1) != 0)
            return -1;
    }
    return check_default(c, field, depth);
}

static int check_fields(struct check *c, const json_t *fields, int depth)
{
    if (depth > SCHEMA_DEPTH)
        return fault(c, "", "is nested more than 32 deep");
    json_t *seen = json_object();
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        char place[40];
        snprintf(place, sizeof(place), "%zu", i);
        size_t before = enter(c, name && is_name(name) ? name : place);
        if (!json_is_object(field))
            rc = fault(c, "", "must be an object");
        else if (!name)
            rc = fault(c, "name", "is missing or no text");
        else if (!is_name(name))
            rc = fault(c, "name",
                       "must be 1 to 100 letters, digits, _ or -, and begin with a letter or _");
        else if (json_object_get(seen, name))
            rc = fault(c, "name", "is there twice");
        else if (++c->fields > SCHEMA_FIELDS)
            rc = fault(c, "", "is one field too many: 1000 are allowed");
        else
            rc = check_field(c, field, depth);
        if (rc == 0) {
            json_object_set_new(seen, name, json_true());
            leave(c, before);
        }
    }
    json_decref(seen);
    return rc;
}

int schema_check(const json_t *fields, struct err *e)
{
    struct err ignored;
    struct check c = {.e = e ? e : &ignored};
    enter(&c, "configuration");
    if (fields && !json_is_array(fields))
        return fault(&c, "", "must be a list of fields");
    return check_fields(&c, fields, 1);
}
