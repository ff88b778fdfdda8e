/*
 * data_upload.h - a file on its way into the store, looked at while it passes.
 *
 * Hash, rows, columns and sample are found in the one pass in which it is written to
 * <state>/artifacts/incoming; what is not whole in the end leaves nothing. The file there is locked
 * as long as its worker lives, so that the sweep can tell what a dead one has left.
 */
#ifndef PAGES_DATA_UPLOAD_H
#define PAGES_DATA_UPLOAD_H

#include "ctx.h"

/* Reads up to `len` bytes of the file: how many, 0 at its end, -1 when it did not arrive whole. */
typedef ssize_t data_upload_read(void *arg, void *buf, size_t len);

struct data_upload {
    const char *name, *project;
    bool replace;      /* put it in the place of what has the name */
    int64_t announced; /* its length, or more than that; -1: unknown */
    data_upload_read *read;
    void *arg;
};

/* What has become of it. */
struct data_uploaded {
    int64_t id;      /* of the data source */
    bool made;       /* false: it had this very content before */
    const char *row; /* as the API shows it, in the arena */
};

/* Checks name and project: 422. */
MUST_CHECK int data_upload_check(struct ctx *c, const char *name, const char *project);

/* Takes the file. 409 (the name is taken), 413, 422 (no CSV), 507 and 400 (it was cut off) in
 * c->problem. */
MUST_CHECK int data_upload(struct ctx *c, const struct data_upload *u, struct data_uploaded *out);

#endif
