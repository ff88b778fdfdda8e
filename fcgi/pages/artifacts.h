/*
 * artifacts.h - GET /api/v1/runs/{id}/artifacts/{n}: a file that a run has kept, or a range of it.
 *
 * It is sent in pieces, so memory stays flat at any size. What an experiment made is never a page
 * of this site: it is a download, of a type that no browser runs, and in a sandbox wherever it is
 * shown.
 */
#ifndef PAGES_ARTIFACTS_H
#define PAGES_ARTIFACTS_H

#include "ctx.h"

int artifacts_download(struct ctx *c);

/* The type that a file is sent with: the one it has if a browser at most shows it, else
 * application/octet-stream. */
const char *artifacts_sent_type(const char *media_type);

/* Appends the value of Content-Disposition for a file of this name (any text; of a path its last
 * part), `n` its number, for a name that leaves nothing. */
void artifacts_disposition(struct strbuf *out, const char *name, int64_t n);

#endif
