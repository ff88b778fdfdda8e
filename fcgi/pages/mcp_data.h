/*
 * mcp_data.h - the tools that change data sources.
 */
#ifndef PAGES_MCP_DATA_H
#define PAGES_MCP_DATA_H

#include "mcp_call.h"

/* upload_data_source: the text that is given becomes the file. A dry run only looks whether the
 * name is taken, for the store of files knows no transactions. */
int mcp_data_upload(struct mcp_call *m);

/* delete_data_source. */
int mcp_data_delete(struct mcp_call *m);

#endif
