/*
 * io.h - files and descriptors: whole reads, whole writes, folders, locks. All retry on EINTR.
 */
#ifndef ATHANOR_IO_H
#define ATHANOR_IO_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

#include <sys/types.h>

/* Appends the whole file to *out; ERR_LIMIT when it is larger than `max` bytes, ERR_NOT_FOUND when
 * there is none. */
MUST_CHECK int io_read_file(const char *path, size_t max, struct strbuf *out, struct err *e);

/* The same, of a file that somebody else has put there: what is no regular file (nor a link to one)
 * is not even opened, so it never waits; ERR_INVALID. */
MUST_CHECK int io_read_regular(const char *path, size_t max, struct strbuf *out, struct err *e);

/* Writes a temporary file beside `path`, syncs it and renames it: readers see the old or the new.
 */
MUST_CHECK int io_write_file(const char *path, const void *data, size_t len, mode_t mode,
                             struct err *e);

/* Writes all bytes to fd (blocking). */
MUST_CHECK int io_write_all(int fd, const void *data, size_t len, struct err *e);

/* Makes the folder and its parents; no error if it is there. */
MUST_CHECK int io_mkdirs(const char *path, mode_t mode, struct err *e);

/* Puts the names in a folder on the disk. */
MUST_CHECK int io_sync_folder(const char *path, struct err *e);

/* Removes a tree below and with `path`, following no link; no error if it is not there. */
MUST_CHECK int io_remove_tree(const char *path, struct err *e);

/* Opens (creating, 0600) and takes an exclusive flock without waiting. Returns the descriptor, or
 * -1: ERR_CONFLICT when somebody else holds it. Closing the descriptor ends the lock. */
MUST_CHECK int io_lock(const char *path, struct err *e);

MUST_CHECK int io_set_nonblock(int fd, struct err *e);

/* Lists the names in a folder (without . and ..), sorted by byte order, as a NULL-terminated array;
 * free with io_list_free. */
MUST_CHECK char **io_list(const char *path, struct err *e);
void io_list_free(char **names);

#endif
