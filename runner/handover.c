#include "handover.h"

#include "blob.h"
#include "io.h"
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_LENGTH = 100, PIECE = 256 * 1024 };

static const char *const facts[] = {"sha256", "bytes", "rows", "delimiter", "columns"};

/* What the database said of a content, and where in its list. */
static const json_t *find_known(const json_t *known, const char *hash, size_t *place)
{
    for (*place = 0; *place < json_array_size(known); ++*place) {
        const json_t *one = json_array_get(known, *place);
        if (strcmp(json_get_str(one, "sha256", ""), hash) == 0)
            return one;
    }
    return NULL;
}

/* A name that no program stumbles over. */
static char *safe_name(const char *name, size_t len)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    len = MIN(len, NAME_LENGTH);
    char *safe = xstrndup(name, len);
    for (size_t i = 0; i < len; i++) {
        if (!strchr(plain, safe[i]) || (i == 0 && (safe[i] == '.' || safe[i] == '-')))
            safe[i] = '_';
    }
    return safe;
}

static int copy(int from, const char *path, struct err *e)
{
    char *piece = xmalloc(PIECE);
    ssize_t n = 0;
    int rc = 0, to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (to < 0)
        rc = err_errno(e, "cannot make %s", path);
    while (rc == 0 && (n = read(from, piece, PIECE)) > 0)
        rc = io_write_all(to, piece, (size_t)n, e);
    if (rc == 0 && (n < 0 || fchmod(to, 0444) != 0))
        rc = err_errno(e, "cannot copy to %s", path);
    if (to >= 0)
        close(to);
    free(piece);
    return rc;
}

static int place_file(const char *from, const char *to, int64_t size, const char *name,
                      struct err *e)
{
    struct stat st;
    int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size != size)
        rc = err_set(e, ERR_NOT_FOUND,
                     "this host does not have the data source %s in its store; a runner needs the "
                     "site's own state folder",
                     name);
    else if (link(from, to) != 0 && errno != EEXIST)
        rc = copy(fd, to, e);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Puts the file there; *path is to be freed. */
static int place(const struct handover *h, const json_t *known, size_t n, const char *name,
                 size_t len, char **path, struct err *e)
{
    char *safe = safe_name(name, len);
    char *folder = xasprintf("%s/%zu", h->folder, n + 1);
    char *from = blob_path(h->root, json_get_str(known, "sha256", ""));
    *path = xasprintf("%s/%s", folder, safe);
    int rc = io_mkdirs(folder, 0700, e);
    if (rc == 0)
        rc = place_file(from, *path, json_get_int(known, "bytes", -1), safe, e);
    free(safe);
    free(folder);
    free(from);
    return rc;
}

static json_t *describe(const char *kind, const char *name, size_t len, const char *path,
                        const json_t *known)
{
    json_t *out = json_pack("{s:s, s:s%, s:s?}", "kind", kind, "name", name, len, "path", path);
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        json_t *fact = json_object_get(known, facts[i]);
        json_object_set_new(out, facts[i], fact ? json_incref(fact) : json_null());
    }
    return out;
}

static int fill_data(const struct handover *h, const struct schema_field *f, json_t *values,
                     struct err *e)
{
    const json_t *value = json_object_get(values, f->name);
    const char *text = json_string_value(value), *hash = text ? schema_reference(text) : NULL;
    size_t n, len = hash ? (size_t)(hash - text) - strlen("@sha256:") : 0;
    char *path = NULL;
    if (!text)
        return 0;
    if (!hash) {
        json_object_set_new(values, f->name, describe("offered", text, strlen(text), NULL, NULL));
        return 0;
    }
    const json_t *known = find_known(h->known, hash, &n);
    if (!known)
        return err_set(e, ERR_NOT_FOUND, "nobody has the content of the data source %.*s any more",
                       (int)len, text);
    int rc = place(h, known, n, text, len, &path, e);
    if (rc == 0)
        json_object_set_new(values, f->name, describe("upload", text, len, path, known));
    free(path);
    return rc;
}

int handover_fill(const struct handover *h, const struct schema *s, json_t *values, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->count; i++) {
        const struct schema_field *f = &s->fields[i];
        json_t *inner = json_object_get(values, f->name), *item;
        size_t k;
        if (f->type == SCHEMA_DATA)
            rc = fill_data(h, f, values, e);
        else if (f->type == SCHEMA_GROUP)
            rc = handover_fill(h, &f->fields, inner, e);
        json_array_foreach(f->type == SCHEMA_LIST ? inner : NULL, k, item)
        {
            if (rc == 0)
                rc = handover_fill(h, &f->fields, item, e);
        }
    }
    return rc;
}

void handover_put_facts(const json_t *known, struct strbuf *out)
{
    static const char *const kept[] = {"name", "sha256", "bytes", "rows"};
    const json_t *one;
    size_t i;
    strbuf_addc(out, '[');
    json_array_foreach((json_t *)known, i, one)
    {
        for (size_t k = 0; k < ARRAY_LEN(kept); k++) {
            strbuf_addf(out, "%s\"%s\":", k ? "," : i ? ",{" : "{", kept[k]);
            json_put_value(out, json_object_get(one, kept[k]));
        }
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, ']');
}
