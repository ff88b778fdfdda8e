#include "spawn.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *otherwise;
} always[] = {
    {"PATH", "/usr/local/bin:/usr/bin:/bin"},
    {"HOME", "/"},
    {"LANG", "C.UTF-8"},
    {"TZ", NULL},
};

static void add(struct environment *env, char *item)
{
    env->items = xreallocarray(env->items, env->count + 2, sizeof(*env->items));
    env->items[env->count++] = item;
    env->items[env->count] = NULL;
}

static size_t find(const struct environment *env, const char *name)
{
    size_t len = strlen(name), i = 0;
    while (i < env->count && (strncmp(env->items[i], name, len) != 0 || env->items[i][len] != '='))
        i++;
    return i;
}

void environment_set(struct environment *env, const char *name, const char *value)
{
    size_t at = find(env, name);
    char *item = xasprintf("%s=%s", name, value);
    if (at == env->count) {
        add(env, item);
        return;
    }
    free(env->items[at]);
    env->items[at] = item;
}

const char *environment_get(const struct environment *env, const char *name)
{
    size_t at = find(env, name);
    return at == env->count ? NULL : env->items[at] + strlen(name) + 1;
}

void environment_init(struct environment *env, const json_t *names)
{
    *env = (struct environment){0};
    for (size_t i = 0; i < ARRAY_LEN(always); i++) {
        const char *value = getenv(always[i].name);
        if (!value)
            value = always[i].otherwise;
        if (value)
            environment_set(env, always[i].name, value);
    }
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const char *value = getenv(name);
        if (value)
            environment_set(env, name, value);
    }
}

void environment_release(struct environment *env)
{
    for (size_t i = 0; i < env->count; i++)
        free(env->items[i]);
    free(env->items);
}
