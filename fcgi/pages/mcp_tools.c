#include "mcp_tools.h"

#include "mcp_arguments.h"
#include "mcp_call.h"
#include "mcp_data.h"
#include "mcp_read.h"
#include "mcp_run.h"
#include "routes.h"

#include <string.h>

#define API "/api/v1"

/* name, title, what to know, hints, method, path, arguments, output, brief, call */
const struct mcp_tool mcp_tools[] = {
    {"list_experiments", "List experiments",
     "What can be run here: the experiments that are known, and whether each is available now.",
     MCP_READS, METHOD_GET, API "/experiments", mcp_arguments_page, "[experiment_brief]", true,
     mcp_call_api},
    {"get_experiment", "Show an experiment", "One experiment with the fields of its configuration.",
     MCP_READS, METHOD_GET, API "/experiments/{name}", mcp_arguments_experiment, "experiment",
     false, mcp_call_api},
    {"get_schema", "Get a configuration's schema",
     "The JSON Schema of an experiment's configuration: every field's type, limits, allowed values "
     "and default. Read it before making or changing an instance.",
     MCP_READS, METHOD_GET, API "/experiments/{name}/schema.json", mcp_arguments_experiment,
     "json_schema", false, mcp_call_api},
    {"validate_configuration", "Check a configuration",
     "Says all that is wrong with a configuration, or what it becomes with the defaults filled in. "
     "Makes nothing.",
     MCP_READS, METHOD_POST, API "/experiments/{name}/validate", mcp_arguments_validate,
     "validation", false, mcp_call_api},

    {"list_instances", "List instances",
     "Instances (named configurations of experiments), newest first, without their configuration.",
     MCP_READS, METHOD_GET, API "/instances", mcp_arguments_instances, "[instance_brief]", true,
     mcp_call_api},
    {"get_instance", "Show an instance", "One instance with its configuration.", MCP_READS,
     METHOD_GET, API "/instances/{id}", mcp_arguments_instance, "instance", false, mcp_call_api},
    {"create_instance", "Make an instance",
     "Makes a named configuration of an experiment, of which runs can then be started. A variation "
     "of a configuration is another instance.",
     0, METHOD_POST, API "/instances", mcp_arguments_create, "instance", false, mcp_call_api},
    {"update_instance", "Change an instance",
     "Changes what is given and leaves the rest; a configuration that is given replaces the old "
     "one "
     "whole. Runs that there are keep theirs.",
     MCP_DESTROYS | MCP_REPEATS, METHOD_PUT, API "/instances/{id}", mcp_arguments_update,
     "instance", false, mcp_call_api},
    {"delete_instance", "Delete an instance",
     "Deletes an instance with all its runs and all that they have said. There is no way back: see "
     "with dry_run what would go.",
     MCP_DESTROYS, METHOD_DELETE, API "/instances/{id}", mcp_arguments_delete_instance, "deletion",
     false, mcp_run_delete_instance},

    {"list_runs", "List runs", "Runs, newest first, without their configuration.", MCP_READS,
     METHOD_GET, API "/runs", mcp_arguments_runs, "[run_brief]", true, mcp_call_api},
    {"get_run", "Show a run", "One run: its status, how it ended, its configuration.", MCP_READS,
     METHOD_GET, API "/runs/{id}", mcp_arguments_run, "run", false, mcp_call_api},
    {"get_snapshot", "Show what made a run",
     "All that made a run: its configuration, the experiment's version and hashes, the command and "
     "its limits, and the facts that the program reported.",
     MCP_READS, METHOD_GET, API "/runs/{id}/snapshot", mcp_arguments_run, "snapshot", false,
     mcp_call_api},
    {"start_run", "Start a run",
     "Starts a run of an instance with its configuration as it is now. It waits as pending until a "
     "runner takes it; follow it with wait_for_run.",
     MCP_OPENS, METHOD_POST, API "/instances/{id}/runs", mcp_arguments_start, "run", false,
     mcp_call_api},
    {"repeat_run", "Repeat a run",
     "Starts a run of the same instance with the configuration that another run was given, "
     "whatever "
     "the instance says now.",
     MCP_OPENS, METHOD_POST, API "/runs/{id}/again", mcp_arguments_repeat, "run", false,
     mcp_call_api},
    {"wait_for_run", "Wait for a run's end",
     "Returns the run as soon as it has ended, or as it is when the time is over. Where its status "
     "is then pending or running still, call again.",
     MCP_READS, METHOD_GET, API "/runs/{id}", mcp_arguments_wait, "run", false, mcp_run_wait},
    {"cancel_run", "Cancel a run",
     "Asks a running run to end, which takes it a moment: see with wait_for_run that it has. A "
     "pending one ends at once.",
     MCP_DESTROYS, METHOD_POST, API "/runs/{id}/cancel", mcp_arguments_cancel, "run", false,
     mcp_call_api},
    {"delete_run", "Delete a run",
     "Deletes a run that has ended, with all that it has said. There is no way back: see with "
     "dry_run what would go.",
     MCP_DESTROYS, METHOD_DELETE, API "/runs/{id}", mcp_arguments_delete_run, "deletion", false,
     mcp_run_delete},

    {"read_logs", "Read a run's log",
     "Lines of a run's log: from the beginning, or the newest, all of them or those of a level and "
     "above, or that hold a text. `next` has the arguments with which to go on.",
     MCP_READS, METHOD_GET, API "/runs/{id}/logs", mcp_arguments_logs, "log_page", false,
     mcp_read_logs},
    {"list_results", "List results",
     "What a run has found so far: the newest value of each key. Large values are left out.",
     MCP_READS, METHOD_GET, API "/runs/{id}/results", mcp_arguments_run_page, "[result]", false,
     mcp_call_api},
    {"get_result", "Show a result",
     "Every value that a key of a run's results has had, from old to new.", MCP_READS, METHOD_GET,
     API "/runs/{id}/results/{key}", mcp_arguments_result, "[value]", false, mcp_call_api},
    {"list_tables", "List tables", "The tables that a run has written, such as a leaderboard.",
     MCP_READS, METHOD_GET, API "/runs/{id}/tables", mcp_arguments_run_page, "[table]", false,
     mcp_call_api},
    {"get_table", "Read a table", "The rows of a table in the order in which they were written.",
     MCP_READS, METHOD_GET, API "/runs/{id}/tables/{table}", mcp_arguments_table, "[row]", false,
     mcp_call_api},
    {"list_metrics", "List metrics", "The series of numbers that a run has reported.", MCP_READS,
     METHOD_GET, API "/runs/{id}/metrics", mcp_arguments_run, "[series]", false, mcp_call_api},
    {"get_metric", "Read a metric",
     "The points of one series. Of more than `points` the lowest and the highest of each stretch "
     "stay, so that no outlier is lost.",
     MCP_READS, METHOD_GET, API "/runs/{id}/metrics", mcp_arguments_metric, "points", false,
     mcp_call_api},
    {"list_records", "List records",
     "All that a run has said beside its log, in order: results, metrics, rows, events, files, "
     "facts, changes of its status.",
     MCP_READS, METHOD_GET, API "/runs/{id}/records", mcp_arguments_records, "[record]", false,
     mcp_call_api},
    {"get_record", "Show a record", "One record whole, also where lists leave its value out.",
     MCP_READS, METHOD_GET, API "/runs/{id}/records/{n}", mcp_arguments_record, "record", false,
     mcp_call_api},
    {"list_artifacts", "List files", "The files that a run has handed over.", MCP_READS, METHOD_GET,
     API "/runs/{id}/artifacts", mcp_arguments_run_page, "[artifact]", false, mcp_call_api},
    {"read_artifact", "Read a file",
     "A piece of a file: text as it is, anything else as base64. Large files are better downloaded "
     "from the `href` of list_artifacts.",
     MCP_READS, METHOD_GET, API "/runs/{id}/artifacts/{n}", mcp_arguments_artifact, "piece", false,
     mcp_read_artifact},

    {"list_data_sources", "List data sources",
     "Uploaded tables, newest first. A configuration's field of the type data_source takes the "
     "name "
     "of one.",
     MCP_READS, METHOD_GET, API "/data-sources", mcp_arguments_data_sources, "[data_source]", false,
     mcp_call_api},
    {"get_data_source", "Show a data source",
     "One uploaded table: its columns with their types, and its first rows.", MCP_READS, METHOD_GET,
     API "/data-sources/{source}", mcp_arguments_data_source, "data_source", false, mcp_call_api},
    {"upload_data_source", "Upload a table",
     "Keeps a table in CSV under a name, to be chosen in configurations. Up to some 3 MiB; larger "
     "files go to the API's PUT /api/v1/data-sources/{name}.",
     MCP_REPEATS, METHOD_PUT, API "/data-sources/{source}", mcp_arguments_upload, "upload", false,
     mcp_data_upload},
    {"delete_data_source", "Delete a data source",
     "Deletes an uploaded table that no instance and no run uses. There is no way back.",
     MCP_DESTROYS, METHOD_DELETE, API "/data-sources/{source}", mcp_arguments_delete_data,
     "deletion", false, mcp_data_delete},

    {"promote_run", "Promote a file",
     "Keeps a file of a completed run as the next version of a pipeline, under a name by which "
     "others find it. The version stays when the run is deleted.",
     MCP_REPEATS, METHOD_POST, API "/runs/{id}/promote", mcp_arguments_promote, "version", false,
     mcp_call_api},
    {"list_pipelines", "List pipelines",
     "The names under which files have been promoted, each with its newest version.", MCP_READS,
     METHOD_GET, API "/pipelines", mcp_arguments_page, "[pipeline]", false, mcp_call_api},
    {"list_versions", "List versions", "The versions of a pipeline, newest first.", MCP_READS,
     METHOD_GET, API "/pipelines/{name}/versions", mcp_arguments_versions, "[version]", false,
     mcp_call_api},

    {"get_token", "Show your token",
     "Who you are here: the token's scope and end, and what is left of its budget of runs and "
     "run-minutes.",
     MCP_READS, METHOD_GET, API "/me", mcp_arguments_none, "me", false, mcp_call_api},
};

const size_t mcp_tools_count = ARRAY_LEN(mcp_tools);

const struct mcp_tool *mcp_tools_find(const char *name)
{
    for (size_t i = 0; i < mcp_tools_count; i++) {
        if (strcmp(mcp_tools[i].name, name) == 0)
            return &mcp_tools[i];
    }
    return NULL;
}

const struct route *mcp_tools_route(const struct mcp_tool *t)
{
    for (size_t i = 0; i < routes_count; i++) {
        if (routes[i].methods == t->method && strcmp(routes[i].pattern, t->path) == 0)
            return &routes[i];
    }
    die("the tool %s has no route", t->name);
}

const char *mcp_tools_as(const struct mcp_argument *a)
{
    return a->as ? a->as : a->name;
}

const struct route_param *mcp_tools_param(const struct mcp_tool *t, const struct mcp_argument *a)
{
    for (const struct route_param *rp = mcp_tools_route(t)->params; rp && rp->name; rp++) {
        if (strcmp(rp->name, mcp_tools_as(a)) == 0)
            return rp;
    }
    die("the route of the tool %s has no parameter %s", t->name, mcp_tools_as(a));
}
