/*
 * athanor-pages: short requests - HTML pages, form posts, the JSON API - over FastCGI.
 *
 * Started with a listening socket (LISTEN_FDS, descriptor 3; or descriptor 0, as spawn-fcgi does
 * it) it keeps a pool of workers on it; started by a CGI server it answers that one request. With
 * --routes it prints the table of all routes and ends.
 */
#include "conf.h"
#include "log.h"
#include "pool.h"
#include "route_list.h"
#include "statics.h"
#include "template.h"

#include <fcgiapp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INHERITED_FD = 3, USAGE = 64 };

struct options {
    const struct pool_kind *kind;
    int64_t workers; /* 0: as the settings say */
};

/* What tells the pools apart: the patience with one request, and how many are served at a time.
 * Those who mostly wait for a file connect to the database when they first need it. */
static const struct pool_kind {
    const char *name;
    int statement_s; /* that one SQL statement may take */
    int limit_s;     /* that a request may take without progress */
    int first_ms;    /* that the head of a request is waited for before others are taken */
    size_t workers;  /* the setting that says how many there are */
    bool lazy;
} kinds[] = {
    {"quick", 15, 30, 20, offsetof(struct conf, workers), false},
    {"bulk", 300, 330, 20, offsetof(struct conf, workers), false},
    {"upload", 300, 330, 1000, offsetof(struct conf, upload_workers), true},
};

static bool read_options(int argc, char **argv, struct options *o)
{
    o->kind = &kinds[0];
    o->workers = 0;
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        const struct pool_kind *kind = NULL;
        if (!value)
            return false;
        if (strcmp(argv[i], "--workers") == 0) {
            if (!parse_int64(value, strlen(value), &o->workers) || o->workers < 1 ||
                o->workers > 256)
                return false;
            continue;
        }
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
            if (strcmp(value, kinds[k].name) == 0)
                kind = &kinds[k];
        }
        if (strcmp(argv[i], "--pool") != 0 || !kind)
            return false;
        o->kind = kind;
    }
    return true;
}

/* The listening socket, or -1 in a CGI environment; -2 when there is neither. */
static int find_socket(void)
{
    const char *count = getenv("LISTEN_FDS"), *pid = getenv("LISTEN_PID");
    if (count && atoi(count) >= 1 && (!pid || atoi(pid) == (int)getpid()))
        return INHERITED_FD;
    if (getenv("REQUEST_METHOD"))
        return -1;
    return FCGX_IsCGI() ? -2 : STDIN_FILENO;
}

static int worker_count(const struct conf *conf, const struct options *o)
{
    const void *setting = (const char *)conf + o->kind->workers;
    return (int)(o->workers ? o->workers : *(const int64_t *)setting);
}

/* Serves with these settings; returns the exit status. */
static int serve(const struct conf *conf, const struct options *o, int fd)
{
    struct err e;
    int status = EXIT_FAILURE;
    struct template_set *templates = template_set_load(conf->templates, &e);
    char *prefix = templates ? statics_prefix(conf->static_dir, &e) : NULL;
    if (!prefix) {
        log_error("%s", e.text);
        goto out;
    }
    const char *given = getenv("PGOPTIONS"); /* comes last, so it wins */
    char *options =
        xasprintf("-c jit=off -c plan_cache_mode=force_generic_plan -c statement_timeout=%ds %s",
                  o->kind->statement_s, given ? given : "");
    char *name = xasprintf("athanor-pages-%s", o->kind->name);
    setenv("PGOPTIONS", options, 1);
    setenv("PGAPPNAME", name, 0);
    free(name);
    free(options);
    struct worker_setup setup = {.conf = conf,
                                 .templates = templates,
                                 .static_prefix = prefix,
                                 .listen_fd = fd,
                                 .first_ms = o->kind->first_ms,
                                 .lazy = fd < 0 || o->kind->lazy,
                                 .limit_ms = o->kind->limit_s * 1000};
    status = fd < 0 ? worker_run(&setup) : pool_run(&setup, worker_count(conf, o));
out:
    free(prefix);
    template_set_free(templates);
    return status;
}

static int print_routes(void)
{
    struct strbuf out = STRBUF_INIT;
    route_list_put(&out);
    fputs(out.buf, stdout);
    strbuf_release(&out);
    return EXIT_SUCCESS;
}

static void print_usage(FILE *to)
{
    fputs(
        "usage: athanor-pages [--config FILE] [--pool quick|bulk|upload] [--workers N]\n"
        "       athanor-pages --routes\n"
        "with a listening FastCGI socket as descriptor 3 (LISTEN_FDS=1) or 0, or started by a CGI "
        "server\n",
        to);
}

int main(int argc, char **argv)
{
    if (conf_asks_help(argc, argv)) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "--routes") == 0)
        return print_routes();
    struct err e;
    struct options o;
    enum log_level level = LOG_LVL_INFO;
    int status = USAGE, fd = find_socket();
    log_init("athanor-pages", level);
    struct conf *conf = conf_from_args(&argc, argv, &e);
    if (!conf) {
        log_error("%s", e.text);
        return EXIT_FAILURE;
    }
    if (log_level_parse(conf->log_level, &level))
        log_init("athanor-pages", level);
    if (!read_options(argc, argv, &o) || fd == -2)
        print_usage(stderr);
    else
        status = serve(conf, &o, fd);
    conf_free(conf);
    return status;
}
