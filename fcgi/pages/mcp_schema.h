/*
 * mcp_schema.h - the table of tools as tools/list shows it: JSON Schema 2020-12 of what each takes
 * and returns, and its annotations.
 */
#ifndef PAGES_MCP_SCHEMA_H
#define PAGES_MCP_SCHEMA_H

#include "mcp_tools.h"
#include "strbuf.h"

/* Appends the tool as an object. */
void mcp_schema_put_tool(struct strbuf *out, const struct mcp_tool *t);

/* The shape whose name these bytes are; dies where there is none. */
const struct mcp_shape *mcp_schema_shape(const char *name, size_t len);

#endif
