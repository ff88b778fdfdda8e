/*
 * blob.h - where the content of a kept file lies: <state>/artifacts/ab/cdef..., by its SHA-256.
 *
 * The runner puts files there and removes them, pages hand them out; this is all they need to agree
 * on.
 */
#ifndef ATHANOR_BLOB_H
#define ATHANOR_BLOB_H

#include "base.h"

enum { BLOB_HASH_LEN = 64 };

/* Whether the text is a SHA-256 in lower-case hexadecimal digits. */
bool blob_is_hash(const char *text);

/* The folder of all contents; free() it. */
char *blob_root(const char *state);

/* The path of a content; free() it. The hash must be one. */
char *blob_path(const char *root, const char *hash);

#endif
