#include "mcp_tools.h"

#include "mcp_call.h"
#include "mcp_run.h"
#include "routes.h"

#include <string.h>

#define API "/api/v1"

/* Arguments that many tools have. */
#define RUN                                                                                        \
    {                                                                                              \
        "run_id", MCP_PATH, "id", MCP_INTEGER, true, .description = "the id of a run"              \
    }
#define INSTANCE                                                                                   \
    {                                                                                              \
        "instance_id", MCP_PATH, "id", MCP_INTEGER, true, .description = "the id of an instance"   \
    }
#define EXPERIMENT                                                                                 \
    {                                                                                              \
        "experiment", MCP_PATH, "name", MCP_TEXT, true,                                            \
            .description = "the name of an experiment, as list_experiments has it"                 \
    }
#define LIMIT                                                                                      \
    {                                                                                              \
        "limit", MCP_QUERY, .description = "how many at the most"                                  \
    }
#define AFTER                                                                                      \
    {                                                                                              \
        "after", MCP_QUERY, .description = "the `next` of the page before"                         \
    }
#define BEFORE                                                                                     \
    {                                                                                              \
        "before", MCP_QUERY, .description = "the `next` of the page before"                        \
    }
#define PRIORITY                                                                                   \
    {                                                                                              \
        "priority", MCP_BODY, .low = -1000, .high = 1000,                                          \
                              .description = "runs of a higher one start first; 0 when left out"   \
    }
#define KEY                                                                                        \
    {                                                                                              \
        "idempotency_key", MCP_KEY, NULL, MCP_TEXT,                                                \
            .description = "any text: within a day, a call with the same key and the same "        \
                           "arguments starts nothing new and returns the run of the first"         \
    }
#define CONFIGURATION                                                                              \
    {                                                                                              \
        "configuration", MCP_BODY, NULL, MCP_OBJECT,                                               \
            .description = "as get_schema describes it; fields that are left out get their "       \
                           "defaults, null means empty"                                            \
    }

typedef struct mcp_argument arguments[];

static const arguments of_page = {LIMIT, AFTER, {0}};
static const arguments of_experiment = {EXPERIMENT, {0}};
static const arguments of_instance = {INSTANCE, {0}};
static const arguments of_run = {RUN, {0}};
static const arguments of_run_page = {RUN, LIMIT, AFTER, {0}};
static const arguments of_instances = {
    {"experiment", MCP_QUERY, .description = "only those of this experiment"},
    {"project", MCP_QUERY, .description = "only those with this project label"},
    LIMIT,
    BEFORE,
    {0},
};
static const arguments of_runs = {
    {"instance_id", MCP_QUERY, "instance", .description = "only those of this instance"},
    {"status", MCP_QUERY, .description = "only those with this status"},
    LIMIT,
    BEFORE,
    {0},
};
static const arguments of_start = {INSTANCE, PRIORITY, KEY, {0}};
static const arguments of_wait = {
    RUN,
    {"timeout_s", MCP_OWN, .high = MCP_RUN_WAIT_MAX_S, .otherwise = MCP_RUN_WAIT_S,
     .description = "seconds to wait at the most"},
    {0},
};

const struct mcp_tool mcp_tools[] = {
    {"list_experiments", "List experiments",
     "What can be run here: the experiments that are known, and whether each is available now.",
     MCP_READS, METHOD_GET, API "/experiments", of_page, "[experiment_brief]", true, mcp_call_api},
    {"get_experiment", "Show an experiment", "One experiment with the fields of its configuration.",
     MCP_READS, METHOD_GET, API "/experiments/{name}", of_experiment, "experiment", false,
     mcp_call_api},
    {"get_schema", "Get a configuration's schema",
     "The JSON Schema of an experiment's configuration: every field's type, limits, allowed values "
     "and default. Read it before making or changing an instance.",
     MCP_READS, METHOD_GET, API "/experiments/{name}/schema.json", of_experiment, "json_schema",
     false, mcp_call_api},

    {"list_instances", "List instances",
     "Instances (named configurations of experiments), newest first, without their configuration.",
     MCP_READS, METHOD_GET, API "/instances", of_instances, "[instance_brief]", true, mcp_call_api},
    {"get_instance", "Show an instance", "One instance with its configuration.", MCP_READS,
     METHOD_GET, API "/instances/{id}", of_instance, "instance", false, mcp_call_api},

    {"list_runs", "List runs", "Runs, newest first, without their configuration.", MCP_READS,
     METHOD_GET, API "/runs", of_runs, "[run_brief]", true, mcp_call_api},
    {"get_run", "Show a run", "One run: its status, how it ended, its configuration.", MCP_READS,
     METHOD_GET, API "/runs/{id}", of_run, "run", false, mcp_call_api},
    {"start_run", "Start a run",
     "Starts a run of an instance with its configuration as it is now. It waits as pending until a "
     "runner takes it; follow it with wait_for_run.",
     MCP_OPENS, METHOD_POST, API "/instances/{id}/runs", of_start, "run", false, mcp_call_api},
    {"wait_for_run", "Wait for a run's end",
     "Returns the run as soon as it has ended, or as it is when the time is over. Where its status "
     "is "
     "then pending or running still, call again.",
     MCP_READS, METHOD_GET, API "/runs/{id}", of_wait, "run", false, mcp_run_wait},
    {"list_results", "List results",
     "What a run has found so far: the newest value of each key. Large values are left out.",
     MCP_READS, METHOD_GET, API "/runs/{id}/results", of_run_page, "[result]", false, mcp_call_api},
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
