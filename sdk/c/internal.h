/*
 * internal.h - what the SDK's own files share; not installed. The shared library does not export
 * it, and in the static one no name is likely to be a program's own.
 */
#ifndef ATHANOR_SDK_INTERNAL_H
#define ATHANOR_SDK_INTERNAL_H

#include "athanor.h"

#include <stdint.h>

/* A growing text. `failed` is sticky: out of memory, or larger than a message may be. */
struct text {
    char *buf;
    size_t len, cap;
    bool failed;
};

enum { MESSAGE_MAX = 16 * 1024 * 1024 };

#pragma GCC visibility push(hidden)

void athanor_text_add(struct text *t, const char *data, size_t len);
void athanor_text_adds(struct text *t, const char *s);
void athanor_text_add_string(struct text *t, const char *s); /* quoted JSON, or null */
void athanor_text_add_double(struct text *t, double value);
void athanor_text_add_int(struct text *t, long long value);
void athanor_text_release(struct text *t);

/* Hands one message (with its \n) to the writer. Takes no ownership. Returns 0 or -1. */
int athanor_writer_send(const char *message, size_t len);

/* Is there a runner to talk to? */
bool athanor_writer_connected(void);

#pragma GCC visibility pop

#endif
