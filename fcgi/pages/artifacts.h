/*
 * artifacts.h - GET /api/v1/runs/{id}/artifacts/{n}: a file that a run has kept, or a range of it;
 * and the same for whoever else refers to a file of the store.
 *
 * It is sent in pieces, so memory stays flat at any size. What an experiment made is never a page
 * of this site: it is a download, of a type that no browser runs, and in a sandbox wherever it is
 * shown.
 */
#ifndef PAGES_ARTIFACTS_H
#define PAGES_ARTIFACTS_H

#include "ctx.h"

int artifacts_download(struct ctx *c);

/* A kept file; texts are in the arena. */
struct artifacts_file {
    int64_t n, size;
    const char *name, *sha256, *type;
};

/* Fills *f but for n by a query that answers (name, sha256, size, media type). -1 with c->problem,
 * 404 without a row.
 */
MUST_CHECK int artifacts_find(struct ctx *c, const char *query, struct params *p,
                              struct artifacts_file *f);

/* Answers with the file, the range of it that was asked for, a 304 or a 416; 500 where the store
 * has it no more. */
MUST_CHECK int artifacts_send(struct ctx *c, const struct artifacts_file *f);

/* Opens what the store has under a hash: a descriptor, which the caller closes, and its size; -1
 * where there is nothing to be read. */
MUST_CHECK int artifacts_open(struct ctx *c, const char *sha256, int64_t *size);

/* The type that a file is sent with: the one it has if a browser at most shows it, else
 * application/octet-stream. */
const char *artifacts_sent_type(const char *media_type);

/* Appends the value of Content-Disposition for a file of this name (any text; of a path its last
 * part), `n` its number, for a name that leaves nothing. */
void artifacts_disposition(struct strbuf *out, const char *name, int64_t n);

#endif
