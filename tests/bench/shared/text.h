/*
 * text.h - the log of the throughput measurements: lines of 80 bytes, their end included.
 *
 *     step 00012345 loss 0.482013 accuracy 0.913377 sample 5d2f9c10a3b84e7716f0c2d9e...
 *
 * What peers store and what our child prints are the same lines, so that compression finds the same
 * in both. Numbers come from a fixed generator: every call of every program makes the same log.
 */
#ifndef ATHANOR_BENCH_TEXT_H
#define ATHANOR_BENCH_TEXT_H

#include "base.h"

enum { TEXT_LINE = 80, TEXT_POOL = 4096 };

/* TEXT_POOL lines of TEXT_LINE bytes; free with free(). */
MUST_CHECK char *text_pool(void);

/* Writes line `number` (counted from 0) to out: TEXT_LINE bytes, the last a \n. */
void text_line(const char *pool, int64_t number, char *out);

#endif
