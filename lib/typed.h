/*
 * typed.h - a number as somebody has typed it.
 *
 * static/js/form/typed.js reads the same; tests/shared/typed.json holds the cases of both.
 */
#ifndef ATHANOR_TYPED_H
#define ATHANOR_TYPED_H

#include "base.h"

#include <jansson.h>

/* The number, blanks around it left out, as a new value; NULL if it is none. A `whole` one may be
 * written as 1e3, but not so that digits might be lost. */
MUST_CHECK json_t *typed_number(const char *text, bool whole);

#endif
