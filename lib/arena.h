/*
 * arena.h - memory that is freed all at once: one arena a request, one a batch.
 *
 * Owns every block it handed out; nothing from it is freed singly. Pointers live until arena_reset
 * or arena_free. Allocation never fails (see base.h). Not thread-safe.
 */
#ifndef ATHANOR_ARENA_H
#define ATHANOR_ARENA_H

#include "base.h"

struct arena;

MUST_CHECK struct arena *arena_new(void);
void arena_free(struct arena *a);

/* Forgets all that was allocated; keeps one block, so that the next request allocates nothing. */
void arena_reset(struct arena *a);

/* `size` bytes aligned for any type, not cleared; arena_zalloc clears them. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_zalloc(struct arena *a, size_t size);

/* Copies, with a NUL behind. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *a);

#endif
