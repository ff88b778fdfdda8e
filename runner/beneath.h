/*
 * beneath.h - opens a file that a program has named, in its working folder and nowhere else.
 *
 * No link is followed, on no part of the way, and nothing but a regular file is opened for good.
 * What is refused is told in words for the program's author.
 */
#ifndef ATHANOR_BENEATH_H
#define ATHANOR_BENEATH_H

#include "base.h"
#include "err.h"

/* Opens `path` below the folder for reading; the caller closes it. -1: ERR_INVALID where the path
 * is at fault, ERR_NOT_FOUND, ERR_IO. Never waits, not for a FIFO either. */
MUST_CHECK int beneath_open(int folder_fd, const char *path, struct err *e);

#endif
