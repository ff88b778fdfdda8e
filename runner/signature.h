/*
 * signature.h - whether a folder has changed, by names, kinds, sizes and times alone.
 */
#ifndef ATHANOR_SIGNATURE_H
#define ATHANOR_SIGNATURE_H

#include "base.h"

/* A number that differs, all but surely, when anything in the folder does. */
uint64_t signature_of(const char *folder);

#endif
