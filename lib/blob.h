/*
 * blob.h - where the content of a kept file lies: <state>/artifacts/ab/cdef..., by its SHA-256.
 *
 * Runner and pages put files there and hand them out, and the runner removes them; this is what
 * they need to agree on. Putting and removing exclude each other by the lock
 * <state>/artifacts/lock, which those who put or copy files share.
 */
#ifndef ATHANOR_BLOB_H
#define ATHANOR_BLOB_H

#include "base.h"
#include "err.h"

enum {
    BLOB_HASH_LEN = 64,
    BLOB_SPARE_MB = 512, /* of the file system stay free */
    BLOB_WORDS = 32,
};

/* Whether the text is a SHA-256 in lower-case hexadecimal digits. */
bool blob_is_hash(const char *text);

/* The folder of all contents; free() it. */
char *blob_root(const char *state);

/* The path of a content; free() it. The hash must be one. */
char *blob_path(const char *root, const char *hash);

/* A size for people: 1.5 GiB, 300.0 MiB, 12 bytes. Returns `out`. */
const char *blob_words(int64_t bytes, char out[BLOB_WORDS]);

/* Whether the file system has room for so many bytes: ERR_LIMIT, in words about "it". */
MUST_CHECK int blob_check_room(const char *root, int64_t size, struct err *e);

/* Takes the store's lock as one of those who put files, waiting for the sweep. A descriptor, which
 * close() ends, or -1. */
MUST_CHECK int blob_lock(const char *root, struct err *e);

/* The lock is held. Moves a synced file within the store to the place of its content; a content
 * that is there already is taken as it is, and the file left alone. Both are on the disk then. */
MUST_CHECK int blob_take(const char *root, const char *file, const char *hash, int64_t size,
                         struct err *e);

#endif
