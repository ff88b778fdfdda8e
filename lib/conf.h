/*
 * conf.h - the settings of every program, from one INI file and the environment.
 *
 * One table in conf.c names each key, its kind, default and limits. The file's `section.key` is
 * `key` under `[athanor]`; the environment's ATHANOR_KEY (upper case) overrides the file. An
 * unknown key or a bad value is an error that names it. The struct owns its strings; conf_free
 * frees all.
 */
#ifndef ATHANOR_CONF_H
#define ATHANOR_CONF_H

#include "base.h"
#include "err.h"

struct conf {
    char *database; /* libpq connection string */
    char *redis;    /* path of Redis' unix socket; empty: live traffic comes from Postgres alone */
    char *state;    /* folder of run folders, spools, locks, artifacts, uploads */
    char *experiments;      /* colon-separated folders that hold experiments */
    char *queries;          /* folder sql/queries */
    char *schema;           /* folder sql/schema */
    char *templates;        /* folder of Mustache templates */
    char *static_dir;       /* folder of built static files (its manifest gives their hashes) */
    char *base_url;         /* how users reach the site, no slash at the end */
    char *log_level;        /* debug info warn error */
    int64_t workers;        /* pages: pre-forked workers of the pools quick and bulk, each */
    int64_t upload_workers; /* pages: those of the pool upload, so many uploads at a time */
    int64_t jobs;           /* runner: runs at a time */
    int64_t spool_mb;       /* runner: a run's spool quota, MiB */
    int64_t artifact_mb;    /* runner: largest file that is kept, MiB */
    int64_t data_mb;        /* pages: largest data source, MiB */
    int64_t data_quota_mb;  /* pages: all data sources together, MiB */
    int64_t lost_after_s;  /* runner: seconds without a new heartbeat counter until a run is lost */
    int64_t sse_clients;   /* events: most open streams */
    int64_t sse_memory_mb; /* events: user-space memory for frames and reads, MiB */
    int64_t session_days;  /* pages: days until an unused session ends */
    bool secure_cookie;    /* cookies carry Secure (a site behind TLS) */
    char *cookie;          /* what follows from base_url: the name of a session's cookie */
    bool pid_namespace;    /* runner: each run in its own PID namespace */
};

/* Reads `path` (NULL: defaults and environment only). Returns NULL and fills *e on any fault. */
MUST_CHECK struct conf *conf_load(const char *path, struct err *e);
void conf_free(struct conf *c);

/* The usual command line of a program: `--config FILE`, else $ATHANOR_CONFIG_FILE, else none.
 * Removes what it took from argc and argv. */
MUST_CHECK struct conf *conf_from_args(int *argc, char **argv, struct err *e);

/* Whether the first word asks for help: then nothing is read and nothing is made. */
bool conf_asks_help(int argc, char *const argv[]);

#endif
