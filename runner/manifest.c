#include "manifest.h"

#include "io.h"
#include "json.h"
#include "validate.h"

#include <stdlib.h>
#include <string.h>

enum { TITLE_MAX = 200, DESCRIPTION_MAX = 10000, VERSION_MAX = 100, WORDS_MAX = 256 };
#define SECONDS_MAX (10LL * 366 * 86400)

static const char *const known[] = {
    "name",    "title",  "description", "version", "command", "describe",     "timeout_s",
    "grace_s", "limits", "environment", "columns", "seed",    "configuration"};

static int check_known(const json_t *object, const char *const *names, size_t count,
                       const char *prefix, struct err *e)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || strcmp(names[i], key) == 0;
        if (!found)
            return err_field(e, key, "%s%.80s is no member that a manifest can have", prefix, key);
    }
    return 0;
}

static int get_text(const json_t *root, const char *key, size_t max, const char **out,
                    struct err *e)
{
    const json_t *value = json_object_get(root, key);
    if (!value)
        return 0;
    if (!json_is_string(value))
        return err_field(e, key, "%s must be a text", key);
    if (json_string_length(value) > max)
        return err_field(e, key, "%s is longer than %zu bytes", key, max);
    *out = json_string_value(value);
    return 0;
}

/* `name` is what errors call it. Leaves *out alone when the member is absent. */
static int get_number(const json_t *object, const char *key, const char *name, int64_t low,
                      int64_t high, int64_t *out, struct err *e)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) < low ||
        json_integer_value(value) > high)
        return err_field(e, name, "%s must be a whole number from %lld to %lld", name,
                         (long long)low, (long long)high);
    *out = json_integer_value(value);
    return 0;
}

static int check_words(const json_t *list, const char *key, struct err *e)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0 || count > WORDS_MAX)
        return err_field(e, key, "%s must be a list of 1 to %d texts", key, WORDS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!json_is_string(json_array_get(list, i)))
            return err_field(e, key, "%s.%zu must be a text", key, i);
    if (json_string_length(json_array_get(list, 0)) == 0)
        return err_field(e, key, "%s.0 must name a program", key);
    return 0;
}

static bool is_variable(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *s && !(*s >= '0' && *s <= '9') && s[strspn(s, letters)] == '\0';
}

static int check_environment(const json_t *list, struct err *e)
{
    if (!list)
        return 0;
    if (!json_is_array(list) || json_array_size(list) > WORDS_MAX)
        return err_field(e, "environment", "environment must be a list of at most %d names",
                         WORDS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        if (!name || !is_variable(name))
            return err_field(e, "environment", "environment.%zu must be the name of a variable", i);
        if (strncmp(name, "ATHANOR_", 8) == 0)
            return err_field(e, "environment", "environment.%zu: ATHANOR_ names are the runner's",
                             i);
    }
    return 0;
}

static int check_columns(const json_t *columns, struct err *e)
{
    const char *key;
    json_t *column;
    if (!columns)
        return 0;
    if (!json_is_object(columns))
        return err_field(e, "columns", "columns must be an object");
    json_object_foreach((json_t *)(uintptr_t)columns, key, column)
    {
        static const char *const names[] = {"better", "label", "description"};
        const char *better = json_string_value(json_object_get(column, "better"));
        if (!json_is_object(column) ||
            check_known(column, names, ARRAY_LEN(names), "columns: ", NULL))
            return err_field(e, "columns",
                             "columns.%.80s must be an object with better, label, description",
                             key);
        if (json_object_get(column, "better") &&
            !(better && (strcmp(better, "high") == 0 || strcmp(better, "low") == 0)))
            return err_field(e, "columns", "columns.%.80s.better must be high or low", key);
    }
    return 0;
}

static int check_seed(const struct manifest *m, struct err *e)
{
    const char *seed = NULL;
    if (get_text(m->root, "seed", TITLE_MAX, &seed, e) != 0)
        return -1;
    for (size_t i = 0; seed && i < m->configuration.count; i++) {
        const struct schema_field *f = &m->configuration.fields[i];
        if (strcmp(f->name, seed) == 0 && f->type == SCHEMA_INTEGER)
            return 0;
    }
    return seed ? err_field(e, "seed", "seed must name an integer of the configuration") : 0;
}

static int read_configuration(struct manifest *m, struct err *e)
{
    static const char name[] = "configuration";
    struct faults faults;
    if (schema_read(&m->configuration, m->arena, json_object_get(m->root, name), e) != 0)
        return -1;
    faults_init(&faults, m->arena);
    validate_defaults(&m->configuration, name, &faults);
    return faults_err(&faults, e);
}

static int check_name(const struct manifest *m, const char *folder, struct err *e)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = m->name ? strlen(m->name) : 0;
    if (len < 1 || len > 100 || strspn(m->name, letters) != len || *m->name == '.' ||
        *m->name == '-')
        return err_field(e, "name", "name must be 1 to 100 letters, digits, ., _ or -");
    if (strcmp(m->name, folder) != 0)
        return err_field(e, "name", "name is \"%s\", but the folder is called \"%.100s\"", m->name,
                         folder);
    return 0;
}

static int check_limits(struct manifest *m, struct err *e)
{
    static const char *const names[] = {"memory_mb", "cpu_s"};
    const json_t *limits = json_object_get(m->root, "limits");
    if (limits && !json_is_object(limits))
        return err_field(e, "limits", "limits must be an object");
    if (check_known(limits, names, ARRAY_LEN(names), "limits.", e) != 0)
        return -1;
    return get_number(limits, "memory_mb", "limits.memory_mb", 1, 1LL << 30, &m->memory_mb, e) !=
                       0 ||
                   get_number(limits, "cpu_s", "limits.cpu_s", 1, SECONDS_MAX, &m->cpu_s, e) != 0
               ? -1
               : 0;
}

static int check_all(struct manifest *m, const char *folder, struct err *e)
{
    if (!json_is_object(m->root))
        return err_set(e, ERR_INVALID, "the manifest must be an object");
    if (check_known(m->root, known, ARRAY_LEN(known), "", e) != 0 ||
        get_text(m->root, "name", 1000, &m->name, e) != 0 || check_name(m, folder, e) != 0)
        return -1;
    m->title = m->name;
    if (get_text(m->root, "title", TITLE_MAX, &m->title, e) != 0 ||
        get_text(m->root, "description", DESCRIPTION_MAX, &m->description, e) != 0 ||
        get_text(m->root, "version", VERSION_MAX, &m->version, e) != 0 ||
        get_number(m->root, "timeout_s", "timeout_s", 1, SECONDS_MAX, &m->timeout_s, e) != 0 ||
        get_number(m->root, "grace_s", "grace_s", 0, 86400, &m->grace_s, e) != 0 ||
        check_limits(m, e) != 0)
        return -1;
    m->command = json_object_get(m->root, "command");
    m->describe = json_object_get(m->root, "describe");
    m->environment = json_object_get(m->root, "environment");
    if (!m->command)
        return err_field(e, "command", "command is missing");
    if (check_words(m->command, "command", e) != 0 ||
        (m->describe && check_words(m->describe, "describe", e) != 0) ||
        check_environment(m->environment, e) != 0 ||
        check_columns(json_object_get(m->root, "columns"), e) != 0 || read_configuration(m, e) != 0)
        return -1;
    return check_seed(m, e);
}

struct manifest *manifest_check(json_t *root, const char *folder, struct err *e)
{
    struct manifest *m = xcalloc(1, sizeof(*m));
    m->root = root;
    m->arena = arena_new();
    m->grace_s = MANIFEST_GRACE_S;
    m->description = m->version = "";
    if (check_all(m, folder, e) == 0)
        return m;
    manifest_free(m);
    return NULL;
}

int manifest_has_describe(const json_t *root, struct err *e)
{
    const json_t *command = json_object_get(root, "describe");
    if (!command)
        return 0;
    return check_words(command, "describe", e) == 0 &&
                   check_environment(json_object_get(root, "environment"), e) == 0
               ? 1
               : -1;
}

void manifest_free(struct manifest *m)
{
    if (!m)
        return;
    json_decref(m->root);
    arena_free(m->arena);
    free(m);
}

json_t *manifest_read(const char *folder, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    json_t *root = NULL;
    char *path = xasprintf("%s/%s", folder, MANIFEST_FILE);
    if (io_read_regular(path, MANIFEST_MAX, &text, e) == 0)
        root = json_parse(text.buf, text.len, MANIFEST_FILE, e);
    strbuf_release(&text);
    free(path);
    return root;
}

/* The item of a list of named objects, or NULL. */
static json_t *named_item(const json_t *list, const char *name)
{
    for (size_t i = 0; name && i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i);
        const char *other = json_string_value(json_object_get(item, "name"));
        if (other && strcmp(other, name) == 0)
            return item;
    }
    return NULL;
}

static bool is_named_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!json_is_string(json_object_get(json_array_get(list, i), "name")))
            return false;
    return json_array_size(list) > 0;
}

static void merge_lists(json_t *list, const json_t *over)
{
    for (size_t i = 0; i < json_array_size(over); i++) {
        json_t *item = json_array_get(over, i);
        json_t *ours = named_item(list, json_string_value(json_object_get(item, "name")));
        if (ours)
            manifest_merge(ours, item);
        else
            json_array_append(list, item);
    }
}

void manifest_merge(json_t *root, const json_t *over)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)over, key, value)
    {
        json_t *ours = json_object_get(root, key);
        if (json_is_object(ours) && json_is_object(value))
            manifest_merge(ours, value);
        else if (is_named_list(ours) && is_named_list(value))
            merge_lists(ours, value);
        else
            json_object_set(root, key, value);
    }
}
