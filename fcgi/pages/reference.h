/*
 * reference.h - the API's description, as the build has put it together from docs/openapi.
 */
#ifndef PAGES_REFERENCE_H
#define PAGES_REFERENCE_H

#include "ctx.h"

/* GET /api/v1/openapi.json */
int reference_document(struct ctx *c);

/* GET /api: the same for people. */
int reference_page(struct ctx *c);

#endif
