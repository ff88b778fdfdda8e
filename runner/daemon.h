/*
 * daemon.h - the runner daemon: discovers, reserves, starts, adopts, recovers.
 *
 * Everything that takes long or can go wrong is a process of its own; the daemon only waits. One
 * daemon a state folder (its lock), and beside it one `--once`.
 */
#ifndef ATHANOR_DAEMON_H
#define ATHANOR_DAEMON_H

#include "base.h"
#include "conf.h"

struct daemon_options {
    const struct conf *conf;
    const char *config; /* the settings' file for the processes it starts, or NULL */
    bool once;          /* until the queue is empty and its runs have ended */
    bool jobs_given;    /* --jobs was said: refuse what the database cannot hold */
};

/* Returns the exit status. */
int daemon_main(const struct daemon_options *options);

#endif
