/*
 * spawn.h - starts a program the way the contract promises: its own session and process group,
 * stdin /dev/null, descriptors 0 to 3 alone, a clean signal mask, the given environment and no
 * other.
 *
 * Owns nothing afterwards: descriptors and the process belong to the caller.
 */
#ifndef ATHANOR_SPAWN_H
#define ATHANOR_SPAWN_H

#include "base.h"
#include "err.h"

#include <jansson.h>
#include <sys/types.h>

struct spawn_request {
    const json_t *command; /* list of texts; {dir} in arguments is `folder` */
    const char *folder;    /* the experiment's; command[0] is looked for here first, then in PATH */
    const char *work;      /* where the program starts */
    char *const *environment;
    int cgroup_fd;      /* the cgroup2 folder to be born in, or -1 */
    bool pid_namespace; /* in a PID namespace of its own */
};

struct spawned {
    pid_t pid;
    int out, err, messages; /* our ends of fds 1, 2, 3; non-blocking */
    int status; /* in a PID namespace: where the program's wait status comes from; else -1 */
};

/* Starts it. -1 and a sentence for people when it cannot be started. */
MUST_CHECK int spawn(const struct spawn_request *r, struct spawned *out, struct err *e);

/* Closes what is open of our ends. */
void spawned_close(struct spawned *s);

/* The path of the program that command[0] names; free() it. */
MUST_CHECK char *spawn_resolve(const char *program, const char *folder, const char *path,
                               struct err *e);

/* An environment under construction: PATH HOME LANG TZ and the listed names of our own, then what
 * is set. */
struct environment {
    char **items; /* NAME=value, NULL-terminated */
    size_t count;
};
void environment_init(struct environment *env, const json_t *names);
void environment_set(struct environment *env, const char *name, const char *value);
const char *environment_get(const struct environment *env, const char *name); /* NULL: not set */
void environment_release(struct environment *env);

#endif
