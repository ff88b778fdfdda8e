#include "template.h"

#include "io.h"
#include "mustache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ENDING ".mustache"

enum { MAX_FOLDER_DEPTH = 8 };

struct entry {
    char *name;
    struct mustache *program; /* NULL until compiled */
};

struct template_set {
    char *folder;
    struct entry *items; /* sorted by name */
    size_t count, cap;
};

static bool is_good_name(const char *s, size_t len)
{
    return len && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") >= len;
}

static void add_file(struct template_set *set, const char *relative, size_t len)
{
    if (set->count == set->cap) {
        set->cap = set->cap ? set->cap * 2 : 32;
        set->items = xreallocarray(set->items, set->cap, sizeof(*set->items));
    }
    set->items[set->count++] = (struct entry){xstrndup(relative, len), NULL};
}

static int walk(struct template_set *set, const char *below, int depth, struct err *e);

static int visit(struct template_set *set, const char *below, const char *file, int depth,
                 struct err *e)
{
    char *relative = xasprintf("%s%s", below, file),
         *path = xasprintf("%s/%s", set->folder, relative);
    size_t len = strlen(file), ending = strlen(ENDING);
    struct stat st;
    int rc = 0;
    if (stat(path, &st)) {
        rc = err_errno(e, "cannot read %s", path);
    } else if (S_ISDIR(st.st_mode) && is_good_name(file, len)) {
        char *folder = xasprintf("%s/", relative);
        rc = depth < MAX_FOLDER_DEPTH
                 ? walk(set, folder, depth + 1, e)
                 : err_set(e, ERR_LIMIT, "%s: folders are nested too deep", path);
        free(folder);
    } else if (S_ISREG(st.st_mode) && len > ending && !strcmp(file + len - ending, ENDING)) {
        if (is_good_name(file, len - ending))
            add_file(set, relative, strlen(relative) - ending);
        else
            rc =
                err_set(e, ERR_INVALID, "%s: a template's name is made of a-z, 0-9, _ and -", path);
    }
    free(path);
    free(relative);
    return rc;
}

static int walk(struct template_set *set, const char *below, int depth, struct err *e)
{
    char *path = xasprintf("%s/%s", set->folder, below);
    char **names = io_list(path, e);
    free(path);
    if (!names)
        return -1;
    int rc = 0;
    for (char **name = names; *name && !rc; name++) {
        if ((*name)[0] != '.')
            rc = visit(set, below, *name, depth, e);
    }
    io_list_free(names);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* The set of what is in the folder, nothing compiled yet. */
static struct template_set *list_templates(const char *folder, struct err *e)
{
    struct template_set *set = xcalloc(1, sizeof(*set));
    set->folder = xstrdup(folder);
    if (walk(set, "", 0, e)) {
        template_set_free(set);
        return NULL;
    }
    if (set->count)
        qsort(set->items, set->count, sizeof(*set->items), by_name);
    return set;
}

/* As strcmp, but a name from a view may hold a NUL. */
static int compare(const char *name, size_t len, const char *other)
{
    size_t other_len = strlen(other);
    int order = memcmp(name, other, MIN(len, other_len));
    return order ? order : (len > other_len) - (len < other_len);
}

static const struct mustache *find(void *arg, const char *name, size_t len)
{
    const struct template_set *set = arg;
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = compare(name, len, set->items[mid].name);
        if (!order)
            return set->items[mid].program;
        if (order > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static struct mustache *compile_file(const struct template_set *set, const char *name,
                                     struct err *e)
{
    char *path = xasprintf("%s/%s" ENDING, set->folder, name);
    struct strbuf source = STRBUF_INIT;
    struct mustache *m = NULL;
    if (!io_read_file(path, MUSTACHE_MAX_SOURCE, &source, e))
        m = mustache_compile(path, source.buf, source.len, e);
    strbuf_release(&source);
    free(path);
    return m;
}

static int compile_all(struct template_set *set, struct err *e)
{
    for (size_t i = 0; i < set->count; i++) {
        set->items[i].program = compile_file(set, set->items[i].name, e);
        if (!set->items[i].program)
            return -1;
    }
    for (size_t i = 0; i < set->count; i++) {
        if (mustache_link(set->items[i].program, find, set, true, e))
            return -1;
    }
    return 0;
}

struct template_set *template_set_load(const char *folder, struct err *e)
{
    struct template_set *set = list_templates(folder, e);
    if (set && compile_all(set, e)) {
        template_set_free(set);
        return NULL;
    }
    return set;
}

void template_set_free(struct template_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->items[i].name);
        mustache_free(set->items[i].program);
    }
    free(set->items);
    free(set->folder);
    free(set);
}

int template_render(const struct template_set *set, const char *name, const json_t *view,
                    struct strbuf *out, struct err *e)
{
    const struct mustache *m = find((void *)set, name, strlen(name));
    if (!m)
        return err_set(e, ERR_NOT_FOUND, "there is no template \"%s\"", name);
    struct mustache_options options = {.find = find, .arg = (void *)set};
    return mustache_render(m, view, &options, out, e);
}
