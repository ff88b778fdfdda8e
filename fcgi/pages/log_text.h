/*
 * log_text.h - GET /api/v1/runs/{id}/log.txt: the log as plain text, of any size, or a range of its
 * bytes.
 *
 * The pieces of a long line are joined and each line ends with \n. Chunks know their offsets in
 * this text, so a range begins at the right chunk. Chunks are read a few at a time, so that a slow
 * reader holds no query open; memory stays flat.
 */
#ifndef PAGES_LOG_TEXT_H
#define PAGES_LOG_TEXT_H

#include "ctx.h"

int log_text_view(struct ctx *c);

/* The bytes that a Range header asks of a text of `total` bytes. 1: first..last (inclusive); 0: no
 * range, or one that is to be ignored (several, another unit, malformed); -1: not satisfiable. */
MUST_CHECK int log_text_range(const char *header, int64_t total, int64_t *first, int64_t *last);

#endif
