/*
 * gateway_head.h - whether the start of a FastCGI connection is all there.
 */
#ifndef PAGES_GATEWAY_HEAD_H
#define PAGES_GATEWAY_HEAD_H

#include "base.h"

/* The parameter of a request whose body comes as its sender sends it, maybe slowly. */
#define GATEWAY_HEAD_STREAMED "ATHANOR_STREAMED"

enum gateway_head { GATEWAY_HEAD_MORE, GATEWAY_HEAD_READY, GATEWAY_HEAD_BAD };

/* Looks at the bytes that have arrived. READY: all parameters are there, and either the whole body
 * or as much as `cap` bytes can hold, or they say that it is streamed. BAD: not FastCGI, or the
 * parameters alone exceed `cap`. */
enum gateway_head gateway_head_look(const unsigned char *data, size_t len, size_t cap);

#endif
