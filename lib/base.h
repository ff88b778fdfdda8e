/*
 * base.h - the few words that every file uses.
 *
 * Owns nothing. Allocation here never fails: out of memory aborts with a message, and whatever
 * supervises the program starts it again.
 */
#ifndef ATHANOR_BASE_H
#define ATHANOR_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN __attribute__((noreturn))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* Prints `athanor: MESSAGE` to stderr and aborts. For broken invariants and lack of memory only. */
NORETURN void die(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* malloc, calloc, realloc and strdup that abort when there is no memory. Free with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);
void *xreallocarray(void *ptr, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Milliseconds since 1970 by the wall clock. */
int64_t clock_wall_ms(void);

/* Milliseconds by the monotonic clock, which stands still while the machine is suspended. */
int64_t clock_mono_ms(void);

/* Microseconds by the monotonic clock. */
int64_t clock_mono_us(void);

/* Parses the whole of s as a decimal 64-bit integer (optional '-', no space, no plus sign, no
 * leading zero but for "0"). Returns false, and leaves *out alone, if it is anything else. */
MUST_CHECK bool parse_int64(const char *s, size_t len, int64_t *out);

#endif
