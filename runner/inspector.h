/*
 * inspector.h - looks at an experiment's folder in a process of its own (`athanor-runner inspect`
 * or `describe`), and reads what that says.
 *
 * Whatever a folder holds or its describe command does, the daemon only waits for one JSON answer
 * of bounded size. Owns the process' pipe; the process ends by itself.
 */
#ifndef ATHANOR_INSPECTOR_H
#define ATHANOR_INSPECTOR_H

#include "base.h"
#include "loop.h"
#include "process.h"

#include <jansson.h>

/* What was found out; the strings and the manifest are owned. */
struct inspection {
    bool undescribed; /* all but what describe says, which has to run: nothing else is set */
    bool slow;        /* describe ran out of time */
    bool retry;       /* worth trying again, although no file changes */
    char *hash, *error;
    json_t *manifest; /* NULL: broken */
};

void inspection_release(struct inspection *i);

struct inspector;

/* Called once, from the loop; what it takes out of *found it owns. The inspector is still there. */
typedef void inspector_cb(void *arg, struct inspection *found);

/* `config` is the settings' file or NULL. With `describe` the describe command is run. */
MUST_CHECK struct inspector *inspector_start(struct loop *l, struct processes *processes,
                                             const char *config, const char *folder, bool describe,
                                             inspector_cb *cb, void *arg, struct err *e);

/* Once it has called; or when `processes` is freed too, since it hears of the end through them. */
void inspector_free(struct inspector *i);

#endif
