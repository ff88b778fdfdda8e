/*
 * mcp.h - the server of the Model Context Protocol at /mcp: streamable HTTP, stateless, bearer
 * tokens only, every answer application/json.
 *
 * Two eras of the protocol are spoken. The current one (2026-07-28) has no handshake: each request
 * says its version in a header and in its body, and the headers mirror what stands in the body. The
 * one before (up to 2025-11-25) begins with `initialize`; no session is made, so it needs none.
 */
#ifndef PAGES_MCP_H
#define PAGES_MCP_H

#include "ctx.h"

enum { MCP_BODY_MAX = 4 * 1024 * 1024 };

/* POST /mcp. */
int mcp_answer(struct ctx *c);

#endif
