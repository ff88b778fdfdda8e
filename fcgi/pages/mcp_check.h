/*
 * mcp_check.h - whether the arguments of a call are those that its tool takes, and what to tell an
 * agent where something is wrong.
 */
#ifndef PAGES_MCP_CHECK_H
#define PAGES_MCP_CHECK_H

#include "mcp_call.h"

/* Finds unknown and missing arguments and those of a wrong type; ranges in the query are the
 * route's to check. -1 with m->error, which names them all. */
MUST_CHECK int mcp_check_arguments(struct mcp_call *m);

/* What to do about a problem of the API: a sentence, or NULL. */
const char *mcp_check_advice(const struct mcp_tool *t, const struct problem *p);

#endif
