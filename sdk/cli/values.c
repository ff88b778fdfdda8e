#include "values.h"

#include "io.h"
#include "json.h"
#include "strbuf.h"
#include "typed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 << 20, ITEMS_MAX = 100000, KEY_MAX = 4096 };

/* One step of a key: a name, or the index of an item. */
struct step {
    const char *name;
    size_t len;
    int64_t index; /* -1: a name */
};

static const json_t *find_field(const json_t *fields, const char *name, size_t len)
{
    size_t i;
    const json_t *field;
    json_array_foreach(fields, i, field)
    {
        const char *own = json_get_str(field, "name", "");
        if (strlen(own) == len && memcmp(own, name, len) == 0)
            return field;
    }
    return NULL;
}

static int unknown_field(const json_t *fields, const char *key, struct err *e)
{
    struct strbuf names = STRBUF_INIT;
    size_t i;
    const json_t *field;
    json_array_foreach(fields, i, field)
        strbuf_addf(&names, "%s%s", i ? ", " : "", json_get_str(field, "name", ""));
    err_field(e, key, names.len ? "there is no field %s, but: %s" : "there is no field %s", key,
              names.buf);
    strbuf_release(&names);
    return -1;
}

/* Reads the step at *at: `name`, `[3]`, or `3` where `in_list`. */
static bool next_step(const char **at, const char *end, bool in_list, struct step *out)
{
    const char *s = *at;
    bool bracket = *s == '[';
    s += bracket || *s == '.';
    size_t len = 0;
    while (s + len < end && s[len] != '.' && s[len] != '[' && s[len] != ']')
        len++;
    *out = (struct step){s, len, -1};
    if ((in_list || bracket) && (!parse_int64(s, len, &out->index) || out->index < 0))
        return false;
    s += len;
    if (bracket && (s == end || *s++ != ']'))
        return false;
    *at = s;
    return len > 0 && bracket <= in_list && (s == end || *s == '.' || *s == '[');
}

/* The text of a file, less one newline at its end. */
static int read_file(const char *path, struct strbuf *out, struct err *e)
{
    const char *real = strcmp(path, "-") == 0 ? "/dev/stdin" : path;
    if (io_read_file(real, FILE_MAX, out, e) < 0)
        return -1;
    if (out->len && out->buf[out->len - 1] == '\n')
        strbuf_truncate(out, out->len - 1);
    return 0;
}

static bool is_option(const json_t *value, const char *text)
{
    if (json_is_string(value))
        return strcmp(json_string_value(value), text) == 0;
    if (json_is_boolean(value))
        return strcmp(json_is_true(value) ? "true" : "false", text) == 0;
    json_t *number = typed_number(text, false);
    bool same = number && json_number_value(number) == json_number_value(value);
    json_decref(number);
    return same;
}

static json_t *read_option(const json_t *options, const char *text)
{
    size_t i;
    const json_t *option;
    json_array_foreach(options, i, option)
    {
        const json_t *value = json_is_object(option) ? json_object_get(option, "value") : option;
        if (is_option(value, text))
            return json_deep_copy(value);
    }
    return NULL;
}

static json_t *read_boolean(const char *text)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(text, words[i]) == 0)
            return json_boolean(i % 2);
    return NULL;
}

/* The value of a scalar field; what is none of its type stays text. */
static json_t *read_scalar(const json_t *field, const char *type, const char *text)
{
    json_t *value = NULL;
    if (strcmp(type, "integer") == 0 || strcmp(type, "float") == 0)
        value = typed_number(text, *type == 'i');
    else if (strcmp(type, "boolean") == 0)
        value = read_boolean(text);
    else if (strcmp(type, "enum") == 0)
        value = read_option(json_object_get(field, "options"), text);
    if (!value && !*text && strcmp(type, "string") != 0)
        value = json_null();
    return value ? value : json_string(text);
}

static json_t *read_value(const json_t *field, const char *key, const char *text, struct err *e)
{
    const char *type = json_get_str(field, "type", "");
    bool nests = !*type || strcmp(type, "group") == 0 || strcmp(type, "list") == 0;
    struct strbuf file = STRBUF_INIT;
    json_t *value = NULL;
    if (text[0] == '@' && text[1] == '@') {
        text++;
    } else if (*text == '@') {
        if (read_file(text + 1, &file, e) < 0)
            goto out;
        text = file.buf;
    }
    value = nests ? json_parse(text, strlen(text), "it", e) : read_scalar(field, type, text);
    if (!value && !nests)
        err_set(e, ERR_INVALID, "it is not valid UTF-8");
out:
    if (!value) {
        err_wrap(e, "%s", key);
        if (e)
            snprintf(e->field, sizeof(e->field), "%s", key);
    }
    strbuf_release(&file);
    return value;
}

/* What lies in the object at the name, made where it is not there or of another kind; borrowed. */
static json_t *member(json_t *object, const struct step *step, bool list)
{
    char *name = xstrndup(step->name, step->len);
    json_t *value = json_object_get(object, name);
    if (!value || (list ? !json_is_array(value) : !json_is_object(value))) {
        value = list ? json_array() : json_object();
        json_object_set_new(object, name, value);
    }
    free(name);
    return value;
}

/* The object at the index of a list, made where it is the next one; NULL beyond. */
static json_t *list_item(json_t *list, int64_t index)
{
    size_t size = json_array_size(list);
    if (index > (int64_t)size || index >= ITEMS_MAX)
        return NULL;
    if (index == (int64_t)size)
        json_array_append_new(list, json_object());
    json_t *value = json_array_get(list, (size_t)index);
    if (!json_is_object(value)) {
        value = json_object();
        json_array_set_new(list, (size_t)index, value);
    }
    return value;
}

static int put_member(json_t *object, const struct step *step, json_t *value)
{
    char *name = xstrndup(step->name, step->len);
    int status = json_object_set_new(object, name, value);
    free(name);
    return status;
}

/* Steps into the list at `name`. Returns the item's object to go on with; NULL where the key ends
 * with the item (and the value is set), or on failure: then *status is -1. */
static json_t *enter_list(json_t *object, const struct step *name, const char **at, const char *end,
                          const char *key, const char *text, int *status, struct err *e)
{
    struct step index;
    json_t *list = member(object, name, true), *item = NULL, *whole;
    if (!next_step(at, end, true, &index))
        *status =
            err_field(e, key, "%s: an item of a list is named by its number, such as [0]", key);
    else if (!(item = list_item(list, index.index)))
        *status = err_field(e, key, "%s: the list has %zu items, so that is not the next one", key,
                            json_array_size(list));
    if (!item || *at < end)
        return item;
    whole = read_value(json_null(), key, text, e);
    *status = whole ? json_array_set_new(list, (size_t)index.index, whole) : -1;
    return NULL;
}

static int set_at(json_t *object, const json_t *fields, const char *key, const char *text,
                  struct err *e)
{
    const char *at = key, *end = key + strlen(key);
    int status = 0;
    for (;;) {
        struct step step;
        const json_t *field =
            next_step(&at, end, false, &step) ? find_field(fields, step.name, step.len) : NULL;
        if (!field)
            return unknown_field(fields, key, e);
        const char *type = json_get_str(field, "type", "");
        if (at == end) {
            json_t *value = read_value(field, key, text, e);
            return value ? put_member(object, &step, value) : -1;
        }
        if (strcmp(type, "list") == 0)
            object = enter_list(object, &step, &at, end, key, text, &status, e);
        else if (strcmp(type, "group") == 0)
            object = member(object, &step, false);
        else
            return err_field(e, key, "%s: the field %.*s is neither a group nor a list", key,
                             (int)MIN(step.len, 100), step.name);
        if (!object)
            return status;
        fields = json_object_get(field, "fields");
    }
}

/* A whole configuration from a file. */
static int set_all(json_t *configuration, const char *path, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    json_t *all = read_file(path, &text, e) == 0 ? json_parse(text.buf, text.len, path, e) : NULL;
    int status = all ? 0 : -1;
    if (all && !json_is_object(all))
        status = err_set(e, ERR_INVALID, "%s holds no object of values", path);
    if (status == 0)
        json_object_update(configuration, all);
    json_decref(all);
    strbuf_release(&text);
    return status;
}

int values_set(json_t *configuration, const json_t *fields, const char *word, struct err *e)
{
    const char *equals = strchr(word, '=');
    if (*word == '@' && !equals)
        return set_all(configuration, word + 1, e);
    if (!equals || equals == word)
        return err_set(e, ERR_INVALID, "\"%.100s\" is not of the form KEY=VALUE", word);
    if (equals - word > KEY_MAX)
        return err_set(e, ERR_LIMIT, "a key may have %d bytes", KEY_MAX);
    char *key = xstrndup(word, (size_t)(equals - word));
    int status = set_at(configuration, fields, key, equals + 1, e);
    free(key);
    return status;
}
