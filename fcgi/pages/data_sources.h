/*
 * data_sources.h - tables that people upload: the routes of the API below /api/v1/data-sources.
 */
#ifndef PAGES_DATA_SOURCES_H
#define PAGES_DATA_SOURCES_H

#include "ctx.h"

/* One of them, as much as handlers need; texts are in the arena. */
struct data_source {
    int64_t id, bytes;
    const char *name, *project, *sha256;
};

/* Finds the one that `text` stands for: a number, or a name in the project. 404 in c->problem. */
MUST_CHECK int data_sources_find(struct ctx *c, const char *text, const char *project,
                                 struct data_source *out);

/* Gives it another name, another project; NULL leaves one as it is. 409, 422. */
MUST_CHECK int data_sources_change(struct ctx *c, const struct data_source *s, const char *name,
                                   const char *project);

/* PUT /api/v1/data-sources/{name}; of {source}: GET .../file, PATCH, DELETE. */
int data_sources_api_put(struct ctx *c);
int data_sources_api_file(struct ctx *c);
int data_sources_api_change(struct ctx *c);
int data_sources_api_delete(struct ctx *c);

#endif
