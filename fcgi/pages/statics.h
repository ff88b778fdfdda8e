/*
 * statics.h - where the static files of this build are: a path that changes when they do.
 */
#ifndef PAGES_STATICS_H
#define PAGES_STATICS_H

#include "base.h"
#include "err.h"

/* The prefix of static addresses, without a slash at the end: what the build's manifest says, else
 * /static. The caller frees it; NULL when the manifest cannot be read. */
MUST_CHECK char *statics_prefix(const char *folder, struct err *e);

#endif
