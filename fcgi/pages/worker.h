/*
 * worker.h - one process that answers requests, one after the other, with one database connection.
 */
#ifndef PAGES_WORKER_H
#define PAGES_WORKER_H

#include "conf.h"
#include "err.h"
#include "template.h"

struct worker_setup {
    const struct conf *conf;
    struct template_set *templates;
    const char *static_prefix;
    int listen_fd; /* -1: the one request of a CGI environment */
    bool lazy;     /* connects with the first request, and prepares each query on its first use */
    int first_ms;  /* that the head of a request is waited for before others are taken */
    int64_t limit_ms; /* that one request may take between two signs of progress */
};

/* Serves until SIGTERM, or until the one request has been served. Returns the exit status. */
int worker_run(const struct worker_setup *setup);

#endif
