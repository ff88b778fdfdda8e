/*
 * mcp_rpc.h - one JSON-RPC 2.0 message as the Model Context Protocol allows it.
 *
 * Pure: what comes in is a JSON value, what goes out are its parts, borrowed from it. Batches are
 * no part of the revisions that are spoken here.
 */
#ifndef PAGES_MCP_RPC_H
#define PAGES_MCP_RPC_H

#include "base.h"
#include "strbuf.h"

#include <jansson.h>

enum { MCP_RPC_ID_MAX = 200 /* bytes of an id that is text */ };

/* The codes that are used here: JSON-RPC's, and those of the protocol itself. */
enum mcp_rpc_code {
    MCP_RPC_PARSE = -32700,
    MCP_RPC_INVALID = -32600,
    MCP_RPC_NO_METHOD = -32601,
    MCP_RPC_PARAMS = -32602,
    MCP_RPC_INTERNAL = -32603,
    MCP_RPC_HEADERS = -32020,
    MCP_RPC_VERSION = -32022,
};

enum mcp_rpc_kind { MCP_RPC_REQUEST, MCP_RPC_NOTIFICATION, MCP_RPC_RESPONSE };

struct mcp_rpc {
    enum mcp_rpc_kind kind;
    const json_t *id;     /* of a request, text or a whole number; else NULL */
    const char *method;   /* NULL: a response */
    const json_t *params; /* an object, or NULL */
};

/* Takes a message apart. NULL, or in words what is wrong with it; the id is there even then, if it
 * is one. */
const char *mcp_rpc_read(struct mcp_rpc *out, const json_t *message);

/* Appends the beginning of a response up to its result or error: {"jsonrpc":"2.0","id":7, */
void mcp_rpc_put_head(struct strbuf *out, const json_t *id);

/* Appends a whole error response; `data` (may be NULL) is the text of a JSON value. */
void mcp_rpc_put_error(struct strbuf *out, const json_t *id, enum mcp_rpc_code code,
                       const char *message, const char *data);

#endif
