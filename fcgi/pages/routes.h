/*
 * routes.h - the one table of what this program answers. A GET page needs a row here and no C.
 */
#ifndef PAGES_ROUTES_H
#define PAGES_ROUTES_H

#include "router.h"

extern const struct route routes[];
extern const size_t routes_count;

#endif
