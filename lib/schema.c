#include "schema.h"

#include "json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct reader {
    struct arena *arena;
    size_t fields;      /* read so far */
    struct strbuf path; /* of the field at hand */
    struct err *e;
};

static const char *const type_names[] = {
    [SCHEMA_INTEGER] = "integer", [SCHEMA_FLOAT] = "float",      [SCHEMA_STRING] = "string",
    [SCHEMA_BOOLEAN] = "boolean", [SCHEMA_ENUM] = "enum",        [SCHEMA_GROUP] = "group",
    [SCHEMA_LIST] = "list",       [SCHEMA_DATA] = "data_source",
};
static const char *const format_names[] = {
    [SCHEMA_TEXT] = "text",
    [SCHEMA_TEXTAREA] = "textarea",
    [SCHEMA_URL] = "url",
    [SCHEMA_EMAIL] = "email",
};

/* The members of a field, and the types they go with. */
enum {
    NUMBERS = 1 << SCHEMA_INTEGER | 1 << SCHEMA_FLOAT,
    BOUNDED = NUMBERS | 1 << SCHEMA_STRING | 1 << SCHEMA_LIST,
    NESTING = 1 << SCHEMA_GROUP | 1 << SCHEMA_LIST,
    CHOOSING = 1 << SCHEMA_ENUM | 1 << SCHEMA_DATA,
    ALL = (1 << (SCHEMA_DATA + 1)) - 1,
};
static const struct member {
    const char *name;
    unsigned types;
} members[] = {
    {"name", ALL},
    {"type", ALL},
    {"label", ALL},
    {"required", ALL},
    {"min", BOUNDED},
    {"max", BOUNDED},
    {"step", NUMBERS},
    {"default", ALL & ~(1 << SCHEMA_GROUP)},
    {"fields", NESTING},
    {"options", CHOOSING},
    {"format", 1 << SCHEMA_STRING},
    {"description", ALL},
};

static int read_fields(struct reader *r, const json_t *list, struct schema *out, int depth);

const char *schema_type_name(enum schema_type type)
{
    return type_names[type];
}

const char *schema_format_name(enum schema_format format)
{
    return format_names[format];
}

static void enter(struct reader *r, const char *name)
{
    strbuf_addf(&r->path, ".%s", name);
}

/* A fault of the field at hand, or of that member of it. */
static int fault(struct reader *r, const char *member, const char *what)
{
    if (*member)
        enter(r, member);
    return err_path(r->e, r->path.buf, what);
}

static int index_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

/* Names become keys, parts of dotted paths and of element ids; __proto__ and its like mean
 * something to a browser. */
static bool is_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    if (!s || strlen(s) > SCHEMA_NAME || strncmp(s, "__", 2) == 0 || !*s || !strchr(letters, s[0]))
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
    if (json_is_real(value))
        json_put_plain_double(&text, json_real_value(value));
    else
        json_put_value(&text, value);
    const char *copy = arena_strndup(a, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

bool schema_is_whole(const json_t *value)
{
    double real = json_number_value(value);
    return json_is_integer(value) ||
           (json_is_real(value) && real == trunc(real) && real >= -0x1p63 && real < 0x1p63);
}

static int64_t whole(const json_t *value)
{
    return json_is_integer(value) ? json_integer_value(value) : (int64_t)json_real_value(value);
}

/* A double may lie between two whole numbers that it cannot tell apart, and beyond all of them. */
static int compare_whole(int64_t x, double y)
{
    if (y >= 0x1p63 || y < -0x1p63)
        return y < 0 ? 1 : -1;
    int64_t below = (int64_t)floor(y);
    return x > below ? 1 : x < below || y > floor(y) ? -1 : 0;
}

int schema_compare(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b)) {
        json_int_t x = json_integer_value(a), y = json_integer_value(b);
        return (x > y) - (x < y);
    }
    if (json_is_integer(a))
        return compare_whole(json_integer_value(a), json_real_value(b));
    if (json_is_integer(b))
        return -compare_whole(json_integer_value(b), json_real_value(a));
    double x = json_real_value(a), y = json_real_value(b);
    return (x > y) - (x < y);
}

bool schema_fits_step(const json_t *value, const json_t *base, const json_t *step)
{
    if (schema_is_whole(value) && (!base || schema_is_whole(base)) && schema_is_whole(step))
        return ((__int128)whole(value) - (base ? whole(base) : 0)) % whole(step) == 0;
    double v = json_number_value(value), b = base ? json_number_value(base) : 0;
    double by = json_number_value(step), steps = (v - b) / by;
    return fabs(steps - round(steps)) <= 1e-9 + 1e-15 * ((fabs(v) + fabs(b)) / by);
}

/* ---- options ---- */

static bool is_option_value(const json_t *v)
{
    size_t len = json_string_length(v);
    return json_is_string(v) ? len > 0 && len <= SCHEMA_VALUE
                             : json_is_number(v) || json_is_boolean(v);
}

static int check_option(struct reader *r, const json_t *item, const char *place)
{
    static const char *const texts[] = {"label", "reason"};
    const char *key;
    json_t *member;
    if (!is_option_value(json_is_object(item) ? json_object_get(item, "value") : item))
        return fault(r, place,
                     "must be a text of 1 to 1000 bytes, a number, true, false, or an object with "
                     "such a value");
    json_object_foreach((json_t *)item, key, member)
    {
        bool text = index_of(texts, ARRAY_LEN(texts), key) >= 0;
        if (!text && strcmp(key, "available") != 0 && strcmp(key, "value") != 0)
            return fault(r, place, "has a member other than value, label, available and reason");
        if (text && !json_is_string(member))
            return fault(r, place, "has a label or reason that is no text");
        if (strcmp(key, "available") == 0 && !json_is_boolean(member))
            return fault(r, place, "has an available that is neither true nor false");
    }
    return 0;
}

static void read_option(struct reader *r, const json_t *item, struct schema_option *o)
{
    bool object = json_is_object(item);
    o->value = object ? json_object_get(item, "value") : item;
    o->label = object ? json_get_str(item, "label", NULL) : NULL;
    if (!o->label)
        o->label = schema_scalar_text(r->arena, o->value);
    o->available = !object || json_get_bool(item, "available", true);
    o->reason = object ? json_get_str(item, "reason", "") : "";
    if (!o->available && !o->reason[0])
        o->reason = "install required";
}

const char *schema_reference(const char *text)
{
    static const char mark[] = "@sha256:";
    enum { DIGITS = 64 };
    size_t len = strlen(text), tail = sizeof(mark) - 1 + DIGITS;
    if (len <= tail || memcmp(text + len - tail, mark, sizeof(mark) - 1) != 0)
        return NULL;
    const char *hash = text + len - DIGITS;
    return strspn(hash, "0123456789abcdef") == DIGITS ? hash : NULL;
}

const struct schema_option *schema_find_option(const struct schema_field *f, const json_t *value)
{
    for (size_t i = 0; i < f->option_count; i++) {
        const json_t *known = f->options[i].value;
        bool numbers = json_is_number(value) && json_is_number(known);
        if (numbers ? schema_compare(value, known) == 0 : json_equal(value, known))
            return &f->options[i];
    }
    return NULL;
}

/* Options of data are texts, which no reference looks like. */
static int check_data_option(struct reader *r, const struct schema_option *o, const char *place)
{
    const char *text = json_string_value(o->value);
    if (!text)
        return fault(r, place, "must be a text, for data");
    return schema_reference(text) ? fault(r, place, "looks like an uploaded file") : 0;
}

/* Two options must differ in their texts, not only in their types: a form posts texts. */
static int read_options(struct reader *r, const json_t *list, struct schema_field *f)
{
    size_t count = json_array_size(list);
    if (count == 0 || count > SCHEMA_OPTIONS)
        return fault(r, "options", "must be a list of 1 to 1000 options");
    struct schema_option *options = arena_zalloc(r->arena, count * sizeof(*options));
    json_t *seen = json_object();
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        char place[32];
        snprintf(place, sizeof(place), "options.%zu", i);
        rc = check_option(r, json_array_get(list, i), place);
        if (rc != 0)
            break;
        read_option(r, json_array_get(list, i), &options[i]);
        if (f->type == SCHEMA_DATA)
            rc = check_data_option(r, &options[i], place);
        const char *text = schema_scalar_text(r->arena, options[i].value);
        if (rc == 0 && json_object_get(seen, text))
            rc = fault(r, place, "is there twice");
        json_object_set_new(seen, text, json_true());
    }
    json_decref(seen);
    f->options = options;
    f->option_count = count;
    return rc;
}

/* ---- fields ---- */

static int check_members(struct reader *r, const json_t *object, enum schema_type type)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        size_t i = 0;
        while (i < ARRAY_LEN(members) && strcmp(members[i].name, key) != 0)
            i++;
        if (i == ARRAY_LEN(members))
            return fault(r, key, "is no member that a field can have");
        if (!(members[i].types & 1u << type))
            return fault(r, key,
                         arena_printf(r->arena, "does not go with the type %s", type_names[type]));
    }
    return 0;
}

static int read_words(struct reader *r, const json_t *object, const char *name, const char **out)
{
    const json_t *value = json_object_get(object, name);
    if (value && !json_is_string(value))
        return fault(r, name, "must be a text");
    if (json_string_length(value) > SCHEMA_WORDS)
        return fault(r, name, "is longer than 10000 bytes");
    *out = value ? json_string_value(value) : "";
    return 0;
}

static int read_bound(struct reader *r, const json_t *object, const char *name,
                      const struct schema_field *f, const json_t **out)
{
    const json_t *value = json_object_get(object, name);
    *out = value;
    if (!value)
        return 0;
    if (f->type == SCHEMA_FLOAT ? !json_is_number(value) : !schema_is_whole(value))
        return fault(r, name,
                     f->type == SCHEMA_FLOAT ? "must be a number" : "must be a whole number");
    if ((f->type == SCHEMA_STRING || f->type == SCHEMA_LIST) && json_number_value(value) < 0)
        return fault(r, name, "must not be negative");
    return 0;
}

static int read_bounds(struct reader *r, const json_t *object, struct schema_field *f)
{
    if (read_bound(r, object, "min", f, &f->min) != 0 ||
        read_bound(r, object, "max", f, &f->max) != 0 ||
        read_bound(r, object, "step", f, &f->step) != 0)
        return -1;
    if (f->step && !(json_number_value(f->step) > 0))
        return fault(r, "step", "must be greater than 0");
    if (f->min && f->max && schema_compare(f->min, f->max) > 0)
        return fault(r, "min", "is greater than max");
    return 0;
}

static int read_format(struct reader *r, const json_t *object, struct schema_field *f)
{
    const json_t *value = json_object_get(object, "format");
    int format = index_of(format_names, ARRAY_LEN(format_names), json_string_value(value));
    if (value && format < 0)
        return fault(r, "format", "must be text, textarea, url or email");
    f->format = value ? (enum schema_format)format : SCHEMA_TEXT;
    return 0;
}

static int read_nested(struct reader *r, const json_t *object, struct schema_field *f, int depth)
{
    const json_t *list = json_object_get(object, "fields");
    if (json_array_size(list) == 0)
        return fault(r, "fields", "must be a list of one field or more");
    if (depth == SCHEMA_DEPTH)
        return fault(r, "", "is nested too deeply: 32 levels are allowed");
    return read_fields(r, list, &f->fields, depth + 1);
}

/* What goes with some types only. */
static int read_shape(struct reader *r, const json_t *object, struct schema_field *f, int depth)
{
    if (read_bounds(r, object, f) != 0 || read_format(r, object, f) != 0)
        return -1;
    if (f->type == SCHEMA_DATA && !json_object_get(object, "options"))
        return 0;
    if (f->type == SCHEMA_ENUM || f->type == SCHEMA_DATA)
        return read_options(r, json_object_get(object, "options"), f);
    if (f->type == SCHEMA_GROUP || f->type == SCHEMA_LIST)
        return read_nested(r, object, f, depth);
    return 0;
}

/* A field whose name is sound. */
static int read_field(struct reader *r, const json_t *object, struct schema_field *f, int depth)
{
    const json_t *kind = json_object_get(object, "type");
    const json_t *required = json_object_get(object, "required");
    int type = index_of(type_names, ARRAY_LEN(type_names), json_string_value(kind));
    if (type < 0)
        return fault(r, "type",
                     kind ? "must be integer, float, string, boolean, enum, list, group or "
                            "data_source"
                          : "is missing");
    f->type = (enum schema_type)type;
    if (check_members(r, object, f->type) != 0 || read_words(r, object, "label", &f->label) != 0 ||
        read_words(r, object, "description", &f->description) != 0)
        return -1;
    if (!f->label[0])
        f->label = label_of(r->arena, f->name);
    if (required && !json_is_boolean(required))
        return fault(r, "required", "must be true or false");
    f->required = json_is_true(required);
    f->otherwise = json_object_get(object, "default");
    if (json_is_null(f->otherwise))
        f->otherwise = NULL;
    return read_shape(r, object, f, depth);
}

/* Goes to item `place` of a list of fields: by its name, or by its number where that is unsound. */
static int read_name(struct reader *r, const json_t *item, size_t place, struct schema_field *f)
{
    const char *name = json_string_value(json_object_get(item, "name"));
    bool sound = is_name(name);
    enter(r, sound ? name : arena_printf(r->arena, "%zu", place));
    if (!json_is_object(item))
        return fault(r, "", "must be an object");
    if (!name)
        return fault(r, "name", "is missing or no text");
    if (!sound)
        return fault(r, "name",
                     "must be 1 to 100 letters, digits, _ or -, and begin with a letter or one _");
    if (++r->fields > SCHEMA_FIELDS)
        return fault(r, "", "is one field too many: 1000 are allowed");
    f->name = name;
    return 0;
}

static int read_fields(struct reader *r, const json_t *list, struct schema *out, int depth)
{
    size_t count = json_array_size(list), before = r->path.len;
    json_t *seen = json_object();
    int rc = 0;
    *out = (struct schema){
        .fields = arena_zalloc(r->arena, (MIN(count, SCHEMA_FIELDS) + 1) * sizeof(*out->fields))};
    for (size_t i = 0; rc == 0 && i < count; i++) {
        struct schema_field *f = &out->fields[i];
        const json_t *item = json_array_get(list, i);
        rc = read_name(r, item, i, f);
        if (rc == 0 && json_object_get(seen, f->name))
            rc = fault(r, "name", "is there twice");
        if (rc == 0)
            rc = read_field(r, item, f, depth);
        if (rc == 0) {
            json_object_set_new(seen, f->name, json_true());
            strbuf_truncate(&r->path, before);
            out->count = i + 1;
        }
    }
    json_decref(seen);
    return rc;
}

int schema_read(struct schema *out, struct arena *a, const json_t *configuration, struct err *e)
{
    struct reader r = {.arena = a, .path = STRBUF_INIT, .e = e};
    strbuf_adds(&r.path, "configuration");
    int rc = configuration && !json_is_array(configuration)
                 ? fault(&r, "", "must be a list of fields")
                 : read_fields(&r, configuration, out, 0);
    strbuf_release(&r.path);
    return rc;
}
