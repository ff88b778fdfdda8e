/*
 * mcp_read.h - the tools that read logs and files, in pieces that fit into an agent's context.
 */
#ifndef PAGES_MCP_READ_H
#define PAGES_MCP_READ_H

#include "mcp_call.h"

enum {
    MCP_READ_LOG_BYTES = 128 * 1024, /* of lines on one page, but always one line */
    MCP_READ_FILE_BYTES = 64 * 1024, /* of one piece */
    MCP_READ_FILE_USUAL = 16 * 1024,
};

/* read_logs: chunks and matches of the API as lines with names. A search may read the whole log, so
 * it is left to the other pool. */
int mcp_read_logs(struct mcp_call *m);

/* read_artifact: a piece of the file, text as such and cut between characters, all else as base64.
 */
int mcp_read_artifact(struct mcp_call *m);

#endif
