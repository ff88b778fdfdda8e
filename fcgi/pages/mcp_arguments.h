/*
 * mcp_arguments.h - the lists of arguments that the tools take, each once.
 */
#ifndef PAGES_MCP_ARGUMENTS_H
#define PAGES_MCP_ARGUMENTS_H

#include "mcp_tools.h"

typedef const struct mcp_argument mcp_arguments[];

extern mcp_arguments mcp_arguments_none;
extern mcp_arguments mcp_arguments_page;
extern mcp_arguments mcp_arguments_experiment;
extern mcp_arguments mcp_arguments_validate;
extern mcp_arguments mcp_arguments_instances;
extern mcp_arguments mcp_arguments_instance;
extern mcp_arguments mcp_arguments_create;
extern mcp_arguments mcp_arguments_update;
extern mcp_arguments mcp_arguments_delete_instance;
extern mcp_arguments mcp_arguments_runs;
extern mcp_arguments mcp_arguments_run;
extern mcp_arguments mcp_arguments_start;
extern mcp_arguments mcp_arguments_repeat;
extern mcp_arguments mcp_arguments_wait;
extern mcp_arguments mcp_arguments_cancel;
extern mcp_arguments mcp_arguments_delete_run;
extern mcp_arguments mcp_arguments_logs;
extern mcp_arguments mcp_arguments_run_page;
extern mcp_arguments mcp_arguments_result;
extern mcp_arguments mcp_arguments_table;
extern mcp_arguments mcp_arguments_metric;
extern mcp_arguments mcp_arguments_records;
extern mcp_arguments mcp_arguments_record;
extern mcp_arguments mcp_arguments_artifact;
extern mcp_arguments mcp_arguments_promote;
extern mcp_arguments mcp_arguments_versions;
extern mcp_arguments mcp_arguments_data_sources;
extern mcp_arguments mcp_arguments_data_source;
extern mcp_arguments mcp_arguments_upload;
extern mcp_arguments mcp_arguments_delete_data;

#endif
