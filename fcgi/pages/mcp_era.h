/*
 * mcp_era.h - which revision of the protocol a message speaks, and whether its headers say the same
 * as its body.
 */
#ifndef PAGES_MCP_ERA_H
#define PAGES_MCP_ERA_H

#include "ctx.h"
#include "mcp_rpc.h"

#define MCP_CURRENT "2026-07-28"
#define MCP_META "io.modelcontextprotocol/"

/* Why a message is refused. */
struct mcp_refusal {
    int status; /* of HTTP */
    enum mcp_rpc_code code;
    const char *message;
    const char *data; /* text of a JSON value, or NULL */
};

/* The revisions, newest first; NULL ends them. Only the first needs no handshake. */
extern const char *const mcp_era_versions[];

/* The revision to answer an `initialize` with. */
const char *mcp_era_negotiate(const char *asked);

/* Appends them as a JSON array. */
void mcp_era_put_versions(struct strbuf *out);

/* Sets *current for a message of the current revision, whose header and metadata are then in order.
 * 0, or -1 with *why. */
MUST_CHECK int mcp_era_check(struct ctx *c, const struct mcp_rpc *rpc, bool *current,
                             struct mcp_refusal *why);

#endif
