/*
 * table.h - what the launcher is told: one site, its programs, in a text of one word and one value
 * a line.
 *
 *     state PATH           folder of logs and of the list of running programs; all run in it
 *     control PATH         unix socket for `athanor-launch --control` (optional)
 *     lock FD              descriptor that holds the site's lock; kept open, given to nobody
 *     program NAME         begins a program; what follows is about it
 *     arg TEXT             one argument, the first is the file to run; to the line's end
 *     env NAME=TEXT        put into its environment
 *     stage N              started when every program of a lower stage is ready (0-9)
 *     once                 a task: ready when it has ended with 0; its failure ends the site
 *     plain                its output goes to the terminal as it is
 *     ready PATH           ready when this unix socket accepts (else as soon as it runs)
 *     listen unix PATH | listen tcp ADDRESS:PORT
 *                          a socket that the launcher makes; the program inherits it as fd 3
 *     pass systemd | pass nginx
 *                          how the program is told of it
 *     stop SIGNAL          how it is asked to end (TERM)
 *     stop_stage N         ended when every program of a lower stop stage has ended (0-9)
 *     grace SECONDS        then SIGKILL (10)
 *     orphaned SIGNAL      what it gets when the launcher dies (TERM)
 *     orphans keep         its children outlive it (else they are killed with it), and it begins
 *                          with its stop signal blocked, until it can see to them
 *
 * Empty lines and lines that begin with # say nothing. The table owns all its strings; table_free
 * frees them.
 */
#ifndef LAUNCH_TABLE_H
#define LAUNCH_TABLE_H

#include "base.h"
#include "err.h"

enum { TABLE_PROGRAMS_MAX = 32, TABLE_ARGS_MAX = 64, TABLE_ENV_MAX = 32, TABLE_STAGE_MAX = 9 };
enum table_listen { TABLE_LISTEN_NONE, TABLE_LISTEN_UNIX, TABLE_LISTEN_TCP };
enum table_pass { TABLE_PASS_SYSTEMD, TABLE_PASS_NGINX };

struct table_program {
    char *name;
    char *argv[TABLE_ARGS_MAX + 1]; /* NULL-terminated */
    int argc;
    char *env[TABLE_ENV_MAX + 1]; /* NAME=TEXT, NULL-terminated */
    int envc;
    int stage;
    int stop_stage;
    int stop_signal;
    int orphaned_signal;
    int64_t grace_ms;
    char *ready; /* path, or NULL */
    char *listen_at;
    enum table_listen listen;
    enum table_pass pass;
    bool once;
    bool plain;
    bool keep_orphans;
};

struct table {
    char *state;
    char *control; /* or NULL */
    int lock_fd;   /* or -1 */
    struct table_program programs[TABLE_PROGRAMS_MAX];
    int count;
};

/* Parses the whole text. NULL with the line's number in *e when something is wrong with it. */
MUST_CHECK struct table *table_parse(const char *text, struct err *e);

/* Reads a file of at most 1 MiB. */
MUST_CHECK struct table *table_load(const char *path, struct err *e);
void table_free(struct table *t);

#endif
