#include "mcp_arguments.h"

#include "mcp_read.h"
#include "mcp_run.h"

/* name, where it goes, its name there, what it is, whether it must be given; then what is told of
 * it */
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
                              .description = "those of a higher one start first; 0 when left out"  \
    }
#define TIME_LIMIT                                                                                 \
    {                                                                                              \
        "time_limit_s", MCP_BODY,                                                                  \
            .low = 1, .high = 30 * 86400,                                                          \
            .description =                                                                         \
                "seconds after which the run is ended; a token with a budget of minutes holds so " \
                "many of them until then, all that are left when this is left out"                 \
    }
#define KEY                                                                                        \
    {                                                                                              \
        "idempotency_key", MCP_KEY, NULL, MCP_TEXT,                                                \
            .description = "any text of up to 200 bytes: within a day, the same call with the "    \
                           "same key makes nothing new and returns what the first one made"        \
    }
#define DRY_RUN                                                                                    \
    {                                                                                              \
        "dry_run", MCP_OWN, NULL, MCP_BOOLEAN,                                                     \
            .description = "true: say what would happen, and change nothing"                       \
    }
#define CONFIGURATION                                                                              \
    {                                                                                              \
        "configuration", MCP_BODY, NULL, MCP_OBJECT,                                               \
            .description = "as get_schema describes it; fields that are left out get their "       \
                           "defaults, null means empty"                                            \
    }
#define NAME(must)                                                                                 \
    {                                                                                              \
        "name", MCP_BODY, NULL, MCP_TEXT, must, .description = "one line of up to 200 characters"  \
    }
#define DESCRIPTION                                                                                \
    {                                                                                              \
        "description", MCP_BODY, NULL, MCP_TEXT, .description = "up to 10,000 characters"          \
    }
#define PROJECT                                                                                    \
    {                                                                                              \
        "project", MCP_BODY, NULL, MCP_TEXT,                                                       \
            .description = "a label that groups instances, up to 100 characters"                   \
    }

mcp_arguments mcp_arguments_page = {LIMIT, AFTER, {0}};
mcp_arguments mcp_arguments_none = {{0}};
mcp_arguments mcp_arguments_experiment = {EXPERIMENT, {0}};
mcp_arguments mcp_arguments_validate = {
    EXPERIMENT,
    CONFIGURATION,
    {"project", MCP_BODY, NULL, MCP_TEXT,
     .description = "the project label that the instance is to have"},
    {0},
};
mcp_arguments mcp_arguments_instances = {
    {"experiment", MCP_QUERY, .description = "only those of this experiment"},
    {"name", MCP_QUERY, .description = "only those of this name"},
    {"project", MCP_QUERY, .description = "only those with this project label"},
    LIMIT,
    BEFORE,
    {0},
};
mcp_arguments mcp_arguments_instance = {INSTANCE, {0}};
mcp_arguments mcp_arguments_create = {
    {"experiment", MCP_BODY, NULL, MCP_TEXT, true,
     .description = "the name of an experiment, as list_experiments has it"},
    NAME(true),
    CONFIGURATION,
    DESCRIPTION,
    PROJECT,
    KEY,
    DRY_RUN,
    {0},
};
mcp_arguments mcp_arguments_update = {INSTANCE, NAME(false), CONFIGURATION, DESCRIPTION, PROJECT,
                                      DRY_RUN,  {0}};
mcp_arguments mcp_arguments_delete_instance = {INSTANCE, DRY_RUN, {0}};
mcp_arguments mcp_arguments_runs = {
    {"instance_id", MCP_QUERY, "instance", .description = "only those of this instance"},
    {"status", MCP_QUERY, .description = "only those with this status"},
    LIMIT,
    BEFORE,
    {0},
};
mcp_arguments mcp_arguments_run = {RUN, {0}};
mcp_arguments mcp_arguments_start = {INSTANCE, PRIORITY, TIME_LIMIT, KEY, DRY_RUN, {0}};
mcp_arguments mcp_arguments_repeat = {RUN, PRIORITY, TIME_LIMIT, KEY, DRY_RUN, {0}};
mcp_arguments mcp_arguments_wait = {
    RUN,
    {"timeout_s", MCP_OWN, .high = MCP_RUN_WAIT_MAX_S, .otherwise = MCP_RUN_WAIT_S,
     .description = "seconds to wait at the most"},
    {0},
};
mcp_arguments mcp_arguments_cancel = {
    RUN,
    {"force", MCP_BODY, NULL, MCP_BOOLEAN, .description = "true: give it no time to clean up"},
    DRY_RUN,
    {0},
};
mcp_arguments mcp_arguments_delete_run = {RUN, DRY_RUN, {0}};
mcp_arguments mcp_arguments_logs = {
    RUN,
    {"level", MCP_QUERY, .description = "only lines of this level and above"},
    {"search", MCP_QUERY, "q", .description = "only lines that hold this text, whatever the case"},
    {"after", MCP_QUERY, .description = "begin behind this line"},
    {"before", MCP_QUERY, .high = INT64_MAX, .low = 1,
     .description = "the lines next to this one, before it"},
    {"newest", MCP_OWN, NULL, MCP_BOOLEAN, .description = "true: the last lines of the log"},
    {"limit", MCP_QUERY, .low = 1, .high = 1000, .otherwise = 100,
     .description = "how many lines at the most"},
    {0},
};
mcp_arguments mcp_arguments_run_page = {RUN, LIMIT, AFTER, {0}};
mcp_arguments mcp_arguments_result = {
    RUN,   {"key", MCP_PATH, NULL, MCP_TEXT, true, .description = "as list_results has it"},
    LIMIT, AFTER,
    {0},
};
mcp_arguments mcp_arguments_table = {
    RUN,
    {"table", MCP_PATH, NULL, MCP_TEXT, true, .description = "its name, as list_tables has it"},
    LIMIT,
    AFTER,
    {0},
};
mcp_arguments mcp_arguments_metric = {
    RUN,
    {"key", MCP_QUERY, .required = true, .description = "as list_metrics has it"},
    {"points", MCP_QUERY, .low = 2, .high = 10000, .otherwise = 200,
     .description = "how many points at the most"},
    {"from", MCP_QUERY, .description = "a step, as text: only from there on"},
    {"to", MCP_QUERY, .description = "a step, as text: only up to there"},
    {0},
};
mcp_arguments mcp_arguments_records = {
    RUN, {"kind", MCP_QUERY, .description = "only those of this kind"}, LIMIT, AFTER, {0},
};
mcp_arguments mcp_arguments_record = {
    RUN,
    {"n", MCP_PATH, NULL, MCP_INTEGER, true, .description = "the number of the record"},
    {0},
};
mcp_arguments mcp_arguments_artifact = {
    RUN,
    {"artifact", MCP_PATH, "n", MCP_INTEGER, true,
     .description = "its `n`, as list_artifacts has it"},
    {"offset", MCP_OWN, .high = INT64_MAX / 2,
     .description = "the byte to begin at; 0 when left out"},
    {"bytes", MCP_OWN, .low = 4, .high = MCP_READ_FILE_BYTES, .otherwise = MCP_READ_FILE_USUAL,
     .description = "how many at the most"},
    {0},
};
mcp_arguments mcp_arguments_promote = {
    RUN,
    {"name", MCP_BODY, NULL, MCP_TEXT, true,
     .description = "of the pipeline: letters, digits, `.`, `_` and `-`, up to 100"},
    {"artifact", MCP_BODY, NULL, MCP_TEXT,
     .description = "the name of the file; may be left out where the run has one alone"},
    DESCRIPTION,
    {"tags", MCP_BODY, NULL, MCP_TEXTS, .description = "up to 20 of 50 characters"},
    DRY_RUN,
    {0},
};
mcp_arguments mcp_arguments_versions = {
    {"name", MCP_PATH, NULL, MCP_TEXT, true,
     .description = "of the pipeline, as list_pipelines has it"},
    {"stage", MCP_QUERY, .description = "only those in this stage"},
    LIMIT,
    BEFORE,
    {0},
};
#define SOURCE                                                                                     \
    {                                                                                              \
        "source", MCP_PATH, NULL, MCP_TEXT, true, .description = "its name, or its id as text"     \
    }
#define DATA_PROJECT                                                                               \
    {                                                                                              \
        "project", MCP_QUERY,                                                                      \
            .description = "the project label of the data source; left out for one without"        \
    }
mcp_arguments mcp_arguments_data_sources = {
    {"project", MCP_QUERY, .description = "only those of this project label"},
    {"state", MCP_QUERY, .description = "only those in this state; current when left out"},
    LIMIT,
    BEFORE,
    {0},
};
mcp_arguments mcp_arguments_data_source = {SOURCE, DATA_PROJECT, {0}};
mcp_arguments mcp_arguments_delete_data = {SOURCE, DATA_PROJECT, DRY_RUN, {0}};
mcp_arguments mcp_arguments_upload = {
    {"name", MCP_OWN, NULL, MCP_TEXT, true,
     .description = "1 to 200 characters, no `/`, not digits alone; such as iris.csv"},
    {"content", MCP_OWN, NULL, MCP_TEXT, true,
     .description = "the table as CSV; its first line names the columns"},
    {"project", MCP_OWN, NULL, MCP_TEXT,
     .description = "the project label of the instances that use it; left out: any"},
    {"replace", MCP_OWN, NULL, MCP_BOOLEAN,
     .description = "true: make it the next version of what has this name"},
    DRY_RUN,
    {0},
};
