#include "table.h"

#include "io.h"
#include "strbuf.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What a line is read into: the program that it is about, or NULL before the first. */
struct reader {
    struct table *table;
    struct table_program *program;
};

typedef int directive_fn(struct reader *r, const char *value, struct err *e);

struct directive {
    const char *word;
    bool of_program;
    bool needs_value;
    directive_fn *read;
};

static int set_text(char **out, const char *value, struct err *e)
{
    if (*out)
        return err_set(e, ERR_INVALID, "given twice");
    *out = xstrdup(value);
    return 0;
}

static int read_number(const char *value, int64_t max, int64_t *out, struct err *e)
{
    if (!parse_int64(value, strlen(value), out) || *out < 0 || *out > max)
        return err_set(e, ERR_INVALID, "\"%s\" is not a number from 0 to %lld", value,
                       (long long)max);
    return 0;
}

static int read_signal(const char *value, int *out, struct err *e)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},
                   {"KILL", SIGKILL}, {"TERM", SIGTERM}, {"USR1", SIGUSR1}};
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        if (strcmp(value, signals[i].name) == 0) {
            *out = signals[i].number;
            return 0;
        }
    }
    return err_set(e, ERR_INVALID, "\"%s\" is not a signal: HUP INT QUIT KILL TERM USR1", value);
}

static int read_stage(const char *value, int *out, struct err *e)
{
    int64_t n;
    if (read_number(value, TABLE_STAGE_MAX, &n, e) < 0)
        return -1;
    *out = (int)n;
    return 0;
}

static int on_state(struct reader *r, const char *value, struct err *e)
{
    return set_text(&r->table->state, value, e);
}

static int on_control(struct reader *r, const char *value, struct err *e)
{
    return set_text(&r->table->control, value, e);
}

static int on_lock(struct reader *r, const char *value, struct err *e)
{
    int64_t n;
    if (read_number(value, 1024, &n, e) < 0)
        return -1;
    r->table->lock_fd = (int)n;
    return 0;
}

static int on_program(struct reader *r, const char *value, struct err *e)
{
    struct table *t = r->table;
    for (int i = 0; i < t->count; i++) {
        if (strcmp(t->programs[i].name, value) == 0)
            return err_set(e, ERR_INVALID, "program %s is there twice", value);
    }
    if (t->count == TABLE_PROGRAMS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d programs", TABLE_PROGRAMS_MAX);
    if (strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(value))
        return err_set(e, ERR_INVALID, "a program's name is made of a-z, 0-9 and -");
    r->program = &t->programs[t->count++];
    *r->program = (struct table_program){.name = xstrdup(value),
                                         .stop_signal = SIGTERM,
                                         .orphaned_signal = SIGTERM,
                                         .grace_ms = 10000};
    return 0;
}

static int on_arg(struct reader *r, const char *value, struct err *e)
{
    if (r->program->argc == TABLE_ARGS_MAX)
        return err_set(e, ERR_LIMIT, "more than %d arguments", TABLE_ARGS_MAX);
    r->program->argv[r->program->argc++] = xstrdup(value);
    return 0;
}

static int on_env(struct reader *r, const char *value, struct err *e)
{
    if (r->program->envc == TABLE_ENV_MAX)
        return err_set(e, ERR_LIMIT, "more than %d environment variables", TABLE_ENV_MAX);
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return err_set(e, ERR_INVALID, "\"%s\" is not NAME=TEXT", value);
    r->program->env[r->program->envc++] = xstrdup(value);
    return 0;
}

static int on_stage(struct reader *r, const char *value, struct err *e)
{
    return read_stage(value, &r->program->stage, e);
}

static int on_stop_stage(struct reader *r, const char *value, struct err *e)
{
    return read_stage(value, &r->program->stop_stage, e);
}

static int on_once(struct reader *r, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    r->program->once = true;
    return 0;
}

static int on_plain(struct reader *r, const char *value, struct err *e)
{
    (void)value;
    (void)e;
    r->program->plain = true;
    return 0;
}

static int on_ready(struct reader *r, const char *value, struct err *e)
{
    return set_text(&r->program->ready, value, e);
}

static int on_listen(struct reader *r, const char *value, struct err *e)
{
    struct table_program *p = r->program;
    if (strncmp(value, "unix /", 6) == 0) {
        p->listen = TABLE_LISTEN_UNIX;
        return set_text(&p->listen_at, value + 5, e);
    }
    if (strncmp(value, "tcp ", 4) == 0) {
        p->listen = TABLE_LISTEN_TCP;
        return set_text(&p->listen_at, value + 4, e);
    }
    return err_set(e, ERR_INVALID, "\"%s\" is neither `unix /PATH` nor `tcp ADDRESS:PORT`", value);
}

static int on_pass(struct reader *r, const char *value, struct err *e)
{
    if (strcmp(value, "systemd") == 0)
        r->program->pass = TABLE_PASS_SYSTEMD;
    else if (strcmp(value, "nginx") == 0)
        r->program->pass = TABLE_PASS_NGINX;
    else
        return err_set(e, ERR_INVALID, "\"%s\" is neither systemd nor nginx", value);
    return 0;
}

static int on_stop(struct reader *r, const char *value, struct err *e)
{
    return read_signal(value, &r->program->stop_signal, e);
}

static int on_orphaned(struct reader *r, const char *value, struct err *e)
{
    return read_signal(value, &r->program->orphaned_signal, e);
}

static int on_orphans(struct reader *r, const char *value, struct err *e)
{
    if (strcmp(value, "keep") != 0)
        return err_set(e, ERR_INVALID, "\"%s\" is not `keep`", value);
    r->program->keep_orphans = true;
    return 0;
}

static int on_grace(struct reader *r, const char *value, struct err *e)
{
    int64_t seconds;
    if (read_number(value, 86400, &seconds, e) < 0)
        return -1;
    r->program->grace_ms = seconds * 1000;
    return 0;
}

static const struct directive directives[] = {
    {"state", false, true, on_state},    {"control", false, true, on_control},
    {"lock", false, true, on_lock},      {"program", false, true, on_program},
    {"arg", true, false, on_arg},        {"env", true, true, on_env},
    {"stage", true, true, on_stage},     {"once", true, false, on_once},
    {"plain", true, false, on_plain},    {"ready", true, true, on_ready},
    {"listen", true, true, on_listen},   {"pass", true, true, on_pass},
    {"stop", true, true, on_stop},       {"stop_stage", true, true, on_stop_stage},
    {"grace", true, true, on_grace},     {"orphaned", true, true, on_orphaned},
    {"orphans", true, true, on_orphans},
};

static int read_line(struct reader *r, char *line, struct err *e)
{
    line += strspn(line, " \t");
    if (!*line || *line == '#')
        return 0;
    size_t word = strcspn(line, " \t");
    const char *value = line + word;
    if (*value)
        value++;
    line[word] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
        const struct directive *d = &directives[i];
        if (strcmp(d->word, line) != 0)
            continue;
        if (d->of_program && !r->program)
            return err_set(e, ERR_INVALID, "%s before the first program", line);
        if (d->needs_value && !*value)
            return err_set(e, ERR_INVALID, "%s needs a value", line);
        return d->read(r, value, e);
    }
    return err_set(e, ERR_INVALID, "unknown word \"%s\"", line);
}

static int check(const struct table *t, struct err *e)
{
    if (!t->state)
        return err_set(e, ERR_INVALID, "no state folder");
    if (t->count == 0)
        return err_set(e, ERR_INVALID, "no program");
    for (int i = 0; i < t->count; i++) {
        if (t->programs[i].argc == 0)
            return err_set(e, ERR_INVALID, "program %s has no arg", t->programs[i].name);
    }
    return 0;
}

struct table *table_parse(const char *text, struct err *e)
{
    struct table *t = xcalloc(1, sizeof(*t));
    struct reader r = {.table = t};
    t->lock_fd = -1;
    int number = 0;
    while (*text) {
        size_t len = strcspn(text, "\n");
        char *line = xstrndup(text, len);
        int rc = read_line(&r, line, e);
        free(line);
        number++;
        if (rc < 0) {
            err_wrap(e, "line %d", number);
            table_free(t);
            return NULL;
        }
        text += len + (text[len] == '\n');
    }
    if (check(t, e) < 0) {
        table_free(t);
        return NULL;
    }
    return t;
}

struct table *table_load(const char *path, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    struct table *t = NULL;
    if (io_read_file(path, 1 << 20, &text, e) == 0)
        t = table_parse(text.buf, e);
    if (!t)
        err_wrap(e, "%s", path);
    strbuf_release(&text);
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (int i = 0; i < t->count; i++) {
        struct table_program *p = &t->programs[i];
        free(p->name);
        for (int k = 0; k < p->argc; k++)
            free(p->argv[k]);
        for (int k = 0; k < p->envc; k++)
            free(p->env[k]);
        free(p->ready);
        free(p->listen_at);
    }
    free(t->state);
    free(t->control);
    free(t);
}
