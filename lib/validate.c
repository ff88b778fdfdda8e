#include "validate.h"

#include "json.h"

#include <math.h>
#include <string.h>

struct walk {
    struct faults *faults;
    struct strbuf path;
    size_t values; /* met so far; beyond VALIDATE_VALUES nothing is looked at any more */
    bool defaults; /* those of a manifest, not an instance's values */
};

static json_t *check_object(struct walk *w, const struct schema *s, const json_t *value);

#define FAULT(w, ...) faults_add((w)->faults, (w)->path.buf, __VA_ARGS__)

static bool is_full(const struct walk *w)
{
    return w->values > VALIDATE_VALUES;
}

static size_t push(struct walk *w, const char *name)
{
    size_t before = w->path.len;
    strbuf_addf(&w->path, "%s%s", before ? "." : "", name);
    return before;
}

static const char *text_of(struct walk *w, const json_t *number)
{
    return schema_scalar_text(w->faults->arena, number);
}

static void check_number(struct walk *w, const struct schema_field *f, const json_t *v)
{
    if (f->min && schema_compare(v, f->min) < 0)
        FAULT(w, "must be at least %s", text_of(w, f->min));
    else if (f->max && schema_compare(v, f->max) > 0)
        FAULT(w, "must be at most %s", text_of(w, f->max));
    else if (f->step && !schema_fits_step(v, f->min, f->step) &&
             (!f->min || schema_fits_step(f->min, NULL, f->step)))
        FAULT(w, "must be a multiple of %s", text_of(w, f->step));
    else if (f->step && !schema_fits_step(v, f->min, f->step))
        FAULT(w, "must be %s plus a multiple of %s", text_of(w, f->min), text_of(w, f->step));
}

/* Counts within the bounds of a field: characters of a text, items of a list. */
static void check_count(struct walk *w, const struct schema_field *f, size_t count,
                        const char *unit)
{
    double n = (double)count;
    if (f->min && n < json_number_value(f->min))
        FAULT(w, "needs at least %s %s", text_of(w, f->min), unit);
    else if (f->max && n > json_number_value(f->max))
        FAULT(w, "takes at most %s %s", text_of(w, f->max), unit);
}

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static bool is_url(const char *s)
{
    size_t scheme = strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0;
    return scheme && s[scheme] && !strchr("/?#:", s[scheme]) && !strpbrk(s, " \t\r\n");
}

static bool is_email(const char *s)
{
    const char *at = strchr(s, '@');
    return at && at > s && at[1] && !strchr(at + 1, '@') && !strpbrk(s, " \t\r\n");
}

static json_t *check_string(struct walk *w, const struct schema_field *f, const json_t *v)
{
    const char *s = json_string_value(v);
    if (!s)
        FAULT(w, "must be text");
    else if (!s[0])
        return json_incref((json_t *)v); /* nothing to check: it may be left empty */
    else if (json_string_length(v) > VALIDATE_TEXT)
        FAULT(w, "takes at most %d bytes", VALIDATE_TEXT);
    else if (f->format == SCHEMA_URL && !is_url(s))
        FAULT(w, "must be an address that begins with http:// or https://");
    else if (f->format == SCHEMA_EMAIL && !is_email(s))
        FAULT(w, "must be an e-mail address");
    else
        check_count(w, f, characters(s), "characters");
    return json_incref((json_t *)v);
}

static json_t *check_integer(struct walk *w, const struct schema_field *f, const json_t *v)
{
    if (!schema_is_whole(v)) {
        if (json_is_real(v) && fabs(json_real_value(v)) >= 0x1p63)
            FAULT(w, "must be a whole number of 64 bits");
        else
            FAULT(w, "must be a whole number");
        return json_incref((json_t *)v);
    }
    json_t *whole = json_is_integer(v) ? json_incref((json_t *)v)
                                       : json_integer((json_int_t)json_number_value(v));
    check_number(w, f, whole);
    return whole;
}

static json_t *check_option(struct walk *w, const struct schema_option *o)
{
    if (!o->available && !w->defaults)
        FAULT(w, "is not available: %s", o->reason);
    return json_incref((json_t *)o->value);
}

/* Names the options that there are, if they are few. */
static void fault_options(struct walk *w, const struct schema_field *f)
{
    struct strbuf names = STRBUF_INIT;
    size_t count = 0;
    for (size_t i = 0; i < f->option_count; i++) {
        if (f->options[i].available && count++ < VALIDATE_OPTIONS)
            strbuf_addf(&names, "%s%s", count > 1 ? ", " : "", text_of(w, f->options[i].value));
    }
    if (count == 0 || count > VALIDATE_OPTIONS)
        FAULT(w, "must be one of the options");
    else
        FAULT(w, "must be one of: %s", names.buf);
    strbuf_release(&names);
}

static json_t *check_enum(struct walk *w, const struct schema_field *f, const json_t *v)
{
    const struct schema_option *o = schema_find_option(f, v);
    if (o)
        return check_option(w, o);
    fault_options(w, f);
    return json_incref((json_t *)v);
}

/* Whether what a reference names is still there, the caller finds out. */
static json_t *check_data(struct walk *w, const struct schema_field *f, const json_t *v)
{
    const struct schema_option *o = schema_find_option(f, v);
    if (o)
        return check_option(w, o);
    if (!json_is_string(v) || !schema_reference(json_string_value(v)))
        FAULT(w, f->option_count ? "must be a data source or one of the options"
                                 : "must be a data source");
    else if (json_string_length(v) > VALIDATE_TEXT)
        FAULT(w, "takes at most %d bytes", VALIDATE_TEXT);
    return json_incref((json_t *)v);
}

static json_t *check_list(struct walk *w, const struct schema_field *f, const json_t *v)
{
    json_t *out, *item;
    size_t i;
    if (!json_is_array(v)) {
        FAULT(w, "must be a list");
        return json_incref((json_t *)v);
    }
    if (json_array_size(v) > 0)
        check_count(w, f, json_array_size(v), "items");
    out = json_array();
    json_array_foreach((json_t *)v, i, item)
    {
        size_t before = w->path.len;
        if (is_full(w))
            break;
        strbuf_addf(&w->path, ".%zu", i);
        json_array_append_new(out, check_object(w, &f->fields, item));
        strbuf_truncate(&w->path, before);
    }
    return out;
}

static json_t *empty_value(struct walk *w, const struct schema_field *f)
{
    switch (f->type) {
    case SCHEMA_STRING:
        return json_string("");
    case SCHEMA_BOOLEAN:
        return json_false();
    case SCHEMA_LIST:
        return json_array();
    case SCHEMA_GROUP: {
        json_t *nothing = json_object(), *filled = check_object(w, &f->fields, nothing);
        json_decref(nothing);
        return filled;
    }
    default:
        return json_null();
    }
}

/* An empty text or list does not meet `required`. */
static bool is_blank(const struct schema_field *f, const json_t *v)
{
    return (f->type == SCHEMA_STRING && json_is_string(v) && !json_string_value(v)[0]) ||
           (f->type == SCHEMA_LIST && json_is_array(v) && json_array_size(v) == 0);
}

static json_t *check_value(struct walk *w, const struct schema_field *f, const json_t *v)
{
    switch (f->type) {
    case SCHEMA_INTEGER:
        return check_integer(w, f, v);
    case SCHEMA_FLOAT:
        if (json_is_number(v))
            check_number(w, f, v);
        else
            FAULT(w, "must be a number");
        break;
    case SCHEMA_STRING:
        return check_string(w, f, v);
    case SCHEMA_BOOLEAN:
        if (!json_is_boolean(v))
            FAULT(w, "must be true or false");
        break;
    case SCHEMA_ENUM:
        return check_enum(w, f, v);
    case SCHEMA_DATA:
        return check_data(w, f, v);
    case SCHEMA_GROUP:
        return check_object(w, &f->fields, v);
    case SCHEMA_LIST:
        return check_list(w, f, v);
    }
    return json_incref((json_t *)v);
}

static json_t *check_field(struct walk *w, const struct schema_field *f, const json_t *v)
{
    if (++w->values > VALIDATE_VALUES) {
        FAULT(w, "is one value too many: %d are allowed", VALIDATE_VALUES);
        return json_null();
    }
    if (!v)
        v = f->otherwise;
    bool missing = !v || json_is_null(v);
    if (f->required && f->type != SCHEMA_GROUP && (missing || is_blank(f, v))) {
        FAULT(w, "is required");
        return missing ? empty_value(w, f) : json_incref((json_t *)v);
    }
    return missing ? empty_value(w, f) : check_value(w, f, v);
}

static void refuse_unknown(struct walk *w, const json_t *checked, const json_t *value)
{
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        if (json_object_get(checked, key))
            continue;
        size_t before = push(w, key);
        FAULT(w, "there is no such field");
        strbuf_truncate(&w->path, before);
    }
}

static json_t *check_object(struct walk *w, const struct schema *s, const json_t *value)
{
    if (!json_is_object(value)) {
        FAULT(w, "must be an object");
        return json_incref((json_t *)value);
    }
    json_t *out = json_object();
    for (size_t i = 0; i < s->count && !is_full(w); i++) {
        const struct schema_field *f = &s->fields[i];
        size_t before = push(w, f->name);
        json_object_set_new(out, f->name, check_field(w, f, json_object_get(value, f->name)));
        strbuf_truncate(&w->path, before);
    }
    if (!is_full(w))
        refuse_unknown(w, out, value);
    return out;
}

json_t *validate(const struct schema *s, const json_t *value, const char *prefix, struct faults *f)
{
    struct walk w = {.faults = f, .path = STRBUF_INIT};
    strbuf_adds(&w.path, prefix);
    json_t *out = check_object(&w, s, value);
    strbuf_release(&w.path);
    return out;
}

static void check_defaults(struct walk *w, const struct schema *s)
{
    for (size_t i = 0; i < s->count && !is_full(w); i++) {
        const struct schema_field *f = &s->fields[i];
        size_t before = push(w, f->name), name = w->path.len;
        if (f->otherwise && !is_blank(f, f->otherwise)) {
            strbuf_adds(&w->path, ".default");
            json_decref(check_value(w, f, f->otherwise));
            strbuf_truncate(&w->path, name);
        }
        check_defaults(w, &f->fields);
        strbuf_truncate(&w->path, before);
    }
}

void validate_defaults(const struct schema *s, const char *prefix, struct faults *f)
{
    struct walk w = {.faults = f, .path = STRBUF_INIT, .defaults = true};
    strbuf_adds(&w.path, prefix);
    check_defaults(&w, s);
    strbuf_release(&w.path);
}
