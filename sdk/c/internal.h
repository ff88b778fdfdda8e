/*
 * internal.h - what the SDK's own files share; not installed.
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

void text_add(struct text *t, const char *data, size_t len);
void text_adds(struct text *t, const char *s);
void text_add_string(struct text *t, const char *s); /* quoted JSON, or null */
void text_add_double(struct text *t, double value);
void text_add_int(struct text *t, long long value);
void text_release(struct text *t);

/* Hands one message (with its \n) to the writer. Takes no ownership. Returns 0 or -1. */
int writer_send(const char *message, size_t len);

/* Is there a runner to talk to? */
bool writer_connected(void);

#endif
