/*
 * mcp_run.h - the tools of instances and runs that are more than an address of the API.
 */
#ifndef PAGES_MCP_RUN_H
#define PAGES_MCP_RUN_H

#include "mcp_call.h"

enum { MCP_RUN_WAIT_S = 25, MCP_RUN_WAIT_MAX_S = 50 }; /* clients give up after a minute */

/* wait_for_run: the row of a run that has ended at once; else the relay is to wait for it, which
 * holds no worker. */
int mcp_run_wait(struct mcp_call *m);

/* delete_run, delete_instance: tell what goes. */
int mcp_run_delete(struct mcp_call *m);
int mcp_run_delete_instance(struct mcp_call *m);

#endif
