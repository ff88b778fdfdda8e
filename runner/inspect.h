/*
 * inspect.h - looks at an experiment's folder in a process of its own.
 *
 * `athanor-runner inspect FOLDER` prints one JSON object for the daemon, without running describe;
 * `athanor-runner describe FOLDER` runs it if need be; `athanor-runner check FOLDER` tells a
 * person.
 */
#ifndef ATHANOR_INSPECT_H
#define ATHANOR_INSPECT_H

#include "base.h"
#include "conf.h"
#include "experiment.h"

/* {"folder","hash","manifest" (null when broken),"error","retry","undescribed" (describe has to
 * run),"slow" (it took too long)}. Returns the exit status. */
int inspect_main(const struct conf *conf, const char *folder, enum experiment_use use);

/* Says what is wrong, naming the field, or what the experiment is. Exit status 0: it is sound. */
int check_main(const char *folder);

#endif
