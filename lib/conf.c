#include "conf.h"

#include "io.h"
#include "log.h"
#include "secret.h"

#include <ctype.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHARE PREFIX "/share/athanor/"
#define SECTION "athanor"

enum { FILE_MAX = 64 * 1024, LINE_MAX_BYTES = 198 /* libinih cuts longer lines in two, unasked */ };
enum kind { STRING, URL, LEVEL, INTEGER, BOOLEAN };

#define CORES (-1) /* as a default: the number of cores */

struct key {
    const char *name;
    enum kind kind;
    size_t offset;
    const char *text;          /* default of a string */
    int64_t number, low, high; /* default (also of a boolean) and limits of an integer */
};

#define AT(member) offsetof(struct conf, member)
#define TEXT(member, kind, text)                                                                   \
    {                                                                                              \
#member, kind, AT(member), text, 0, 0, 0                                                   \
    }
#define NUMBER(member, number, low, high)                                                          \
    {                                                                                              \
#member, INTEGER, AT(member), NULL, number, low, high                                      \
    }
#define FLAG(member)                                                                               \
    {                                                                                              \
#member, BOOLEAN, AT(member), NULL, false, 0, 0                                            \
    }

static const struct key keys[] = {
    TEXT(database, STRING, ""),
    TEXT(redis, STRING, ""),
    TEXT(state, STRING, "./var"),
    TEXT(experiments, STRING, "experiments:" SHARE "experiments"),
    TEXT(queries, STRING, SHARE "sql/queries"),
    TEXT(schema, STRING, SHARE "sql/schema"),
    TEXT(templates, STRING, SHARE "templates"),
    TEXT(static_dir, STRING, SHARE "static"),
    TEXT(base_url, URL, "http://127.0.0.1:8080"),
    TEXT(log_level, LEVEL, "info"),
    NUMBER(workers, 4, 1, 256),
    NUMBER(upload_workers, 8, 1, 256),
    NUMBER(jobs, CORES, 1, 10000),
    NUMBER(spool_mb, 2048, 1, 1024 * 1024),
    NUMBER(artifact_mb, 10 * 1024, 1, 1024 * 1024),
    NUMBER(data_mb, 1024, 1, 1024 * 1024),
    NUMBER(data_quota_mb, 50 * 1024, 1, 1024 * 1024 * 1024),
    NUMBER(lost_after_s, 60, 5, 86400),
    NUMBER(sse_clients, 10000, 1, 1000000),
    NUMBER(sse_memory_mb, 256, 16, 1024 * 1024),
    NUMBER(session_days, 30, 1, 3650),
    FLAG(secure_cookie),
    FLAG(pid_namespace),
};

static char **string_of(struct conf *c, const struct key *k)
{
    return (char **)((char *)c + k->offset);
}

static int64_t *integer_of(struct conf *c, const struct key *k)
{
    return (int64_t *)((char *)c + k->offset);
}

static bool *boolean_of(struct conf *c, const struct key *k)
{
    return (bool *)((char *)c + k->offset);
}

static bool holds_string(const struct key *k)
{
    return k->kind == STRING || k->kind == URL || k->kind == LEVEL;
}

static int set_boolean(bool *out, const char *name, const char *value, struct err *e)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *out = i % 2 == 1;
            return 0;
        }
    }
    return err_field(e, name, "%s must be true or false, not \"%s\"", name, value);
}

static int set_string(char **out, const struct key *k, const char *name, const char *value,
                      struct err *e)
{
    enum log_level level;
    size_t len = strlen(value);
    if (k->kind == LEVEL && !log_level_parse(value, &level))
        return err_field(e, name, "%s must be debug, info, warn or error, not \"%s\"", name, value);
    if (k->kind == URL) {
        if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
            return err_field(e, name, "%s must begin with http:// or https://, not \"%s\"", name,
                             value);
        while (len > 0 && value[len - 1] == '/')
            len--;
    }
    free(*out);
    *out = xstrndup(value, len);
    return 0;
}

/* `name` is what errors call the key: as it stands in the file, or the environment's variable. */
static int set_value(struct conf *c, const struct key *k, const char *name, const char *value,
                     struct err *e)
{
    if (holds_string(k))
        return set_string(string_of(c, k), k, name, value, e);
    if (k->kind == BOOLEAN)
        return set_boolean(boolean_of(c, k), name, value, e);
    int64_t number;
    if (!parse_int64(value, strlen(value), &number) || number < k->low || number > k->high)
        return err_field(e, name, "%s must be a number from %lld to %lld, not \"%s\"", name,
                         (long long)k->low, (long long)k->high, value);
    *integer_of(c, k) = number;
    return 0;
}

static void set_defaults(struct conf *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct key *k = &keys[i];
        if (holds_string(k))
            *string_of(c, k) = xstrdup(k->text);
        else if (k->kind == BOOLEAN)
            *boolean_of(c, k) = k->number != 0;
        else
            *integer_of(c, k) = k->number == CORES ? MIN(MAX(cores, k->low), k->high) : k->number;
    }
}

struct reading {
    struct conf *conf;
    struct err *e;
    bool failed; /* *e tells the first fault */
    bool seen[ARRAY_LEN(keys)];
};

/* Finds a key of the file. A second value for it, which may also be an indented line that libinih
 * takes for a continuation, is refused rather than one of the two ignored. */
static const struct key *find_key(struct reading *r, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        if (strcmp(keys[i].name, name) != 0)
            continue;
        if (r->seen[i]) {
            err_field(r->e, name, "%s has a second value", name);
            return NULL;
        }
        r->seen[i] = true;
        return &keys[i];
    }
    err_field(r->e, name, "unknown key %s", name);
    return NULL;
}

/* libinih's handler: 1 is good, 0 an error. */
static int on_pair(void *arg, const char *section, const char *name, const char *value)
{
    struct reading *r = arg;
    if (r->failed)
        return 0;
    r->failed = true;
    if (strcmp(section, SECTION) != 0) {
        err_field(r->e, section, "unknown section [%s], only [" SECTION "] is known", section);
        return 0;
    }
    const struct key *k = find_key(r, name);
    if (k)
        r->failed = set_value(r->conf, k, name, value, r->e) != 0;
    return !r->failed;
}

static int check_text(const struct strbuf *file, struct err *e)
{
    const char *text = file->buf;
    if (strlen(text) != file->len)
        return err_set(e, ERR_INVALID, "holds a NUL, so it is not text");
    for (int line = 1; *text; line++) {
        size_t len = strcspn(text, "\n");
        if (len > LINE_MAX_BYTES)
            return err_set(e, ERR_LIMIT,
                           "line %d: longer than %d bytes, put this value in the environment", line,
                           LINE_MAX_BYTES);
        text += len + (text[len] == '\n');
    }
    return 0;
}

static int read_file(struct conf *c, const char *path, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    struct reading r = {.conf = c, .e = e};
    int rc = io_read_file(path, FILE_MAX, &text, e);
    if (rc == 0 && (rc = check_text(&text, e)) != 0)
        err_wrap(e, "%s", path);
    if (rc == 0) {
        int line = ini_parse_string(text.buf, on_pair, &r);
        if (r.failed)
            rc = err_wrap(e, "%s, line %d", path, line);
        else if (line != 0)
            rc = err_set(e, ERR_INVALID, "%s, line %d: neither [section] nor key = value", path,
                         line);
    }
    strbuf_release(&text);
    return rc;
}

static int read_environment(struct conf *c, struct err *e)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        char name[64];
        snprintf(name, sizeof(name), "ATHANOR_%s", keys[i].name);
        for (char *p = name; *p; p++)
            *p = (char)toupper((unsigned char)*p);
        const char *value = getenv(name);
        if (value && set_value(c, &keys[i], name, value, e) != 0)
            return err_wrap(e, "environment");
    }
    return 0;
}

struct conf *conf_load(const char *path, struct err *e)
{
    struct conf *c = xcalloc(1, sizeof(*c));
    set_defaults(c);
    if ((path && read_file(c, path, e) != 0) || read_environment(c, e) != 0) {
        conf_free(c);
        return NULL;
    }
    c->cookie = secret_cookie_name(c->base_url);
    return c;
}

void conf_free(struct conf *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (holds_string(&keys[i]))
            free(*string_of(c, &keys[i]));
    free(c->cookie);
    free(c);
}

bool conf_asks_help(int argc, char *const argv[])
{
    return argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

struct conf *conf_from_args(int *argc, char **argv, struct err *e)
{
    static const char option[] = "--config";
    const size_t len = sizeof(option) - 1;
    const char *path = getenv("ATHANOR_CONFIG_FILE");
    if (path && !*path)
        path = NULL;
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        if (strncmp(argv[i], option, len) == 0 && argv[i][len] == '=') {
            path = argv[i] + len + 1;
        } else if (strcmp(argv[i], option) == 0) {
            if (i + 1 == *argc) {
                err_field(e, option, "%s needs the name of a file", option);
                return NULL;
            }
            path = argv[++i];
        } else {
            argv[kept++] = argv[i];
        }
    }
    if (kept < *argc)
        argv[kept] = NULL;
    *argc = MIN(kept, *argc);
    return conf_load(path, e);
}
