/* What the tools return, as the JSON API gives it. */
#include "mcp_tools.h"

static const struct mcp_member experiment_brief[] = {
    {"name", "string", "what the other tools take as `experiment`"},
    {"title", "string", NULL},
    {"description", "string", NULL},
    {"version", "string", NULL},
    {"available", "boolean", "whether a runner offers it now"},
    {"reason", "?string", "why it is not available"},
    {0},
};

static const struct mcp_member experiment[] = {
    {"name", "string", NULL},
    {"title", "string", NULL},
    {"description", "string", NULL},
    {"version", "string", NULL},
    {"available", "boolean", "whether a runner offers it now"},
    {"reason", "?string", "why it is not available"},
    {"configuration", "[any]", "its fields as the experiment's manifest declares them"},
    {"columns", "object", "of its tables: which direction is better"},
    {0},
};

static const struct mcp_member json_schema[] = {
    {"type", "string", "object: this is the JSON Schema of what `configuration` may be"},
    {"properties?", "object", NULL},
    {0},
};

static const struct mcp_member fault[] = {
    {"field", "string", "its path"},
    {"message", "string", NULL},
    {0},
};

static const struct mcp_member validation[] = {
    {"valid", "boolean", NULL},
    {"errors", "[@fault]", "all that is wrong"},
    {"configuration", "?object",
     "what an instance would have: the defaults filled in; null where it is not valid"},
    {0},
};

static const struct mcp_member instance_brief[] = {
    {"id", "integer", "what the other tools take as `instance_id`"},
    {"experiment", "string", NULL},
    {"name", "string", NULL},
    {"description", "string", NULL},
    {"project", "string", NULL},
    {"updated_at", "string", NULL},
    {0},
};

static const struct mcp_member instance[] = {
    {"id?", "integer", "left out of a dry run"},
    {"experiment", "string", NULL},
    {"name", "string", NULL},
    {"description", "string", NULL},
    {"project", "string", NULL},
    {"configuration", "object", NULL},
    {"created_at", "string", NULL},
    {"updated_at", "string", NULL},
    {"dry_run?", "boolean", "true: nothing was changed"},
    {0},
};

#define RUN_STATUS                                                                                 \
    {                                                                                              \
        "status", "string",                                                                        \
            "pending, running, completed, failed or cancelled; the last three are final"           \
    }
#define RUN_FACTS                                                                                  \
    {"instance_id", "integer", NULL}, RUN_STATUS,                                                  \
        {"reason", "?string",                                                                      \
         "how it ended: exit, signal, timeout, memory, lost, start, reported, shutdown, "          \
         "cancelled"},                                                                             \
        {"error", "?string", NULL}, {"exit_code", "?integer", NULL}, {"signal", "?integer", NULL}, \
        {"priority", "integer", NULL}, {"time_limit_s", "?integer", NULL},                         \
        {"created_at", "string", NULL}, {"started_at", "?string", NULL},                           \
        {"finished_at", "?string", NULL},                                                          \
        {"notice", "?string", "what should be known of a run that has not ended"},                 \
        {"lines", "integer", "of its log"},                                                        \
    {                                                                                              \
        "records", "integer", "results, metrics, events, ..."                                      \
    }

static const struct mcp_member run_brief[] = {
    {"id", "integer", "what the other tools take as `run_id`"},
    {"number", "integer", "counts within its instance"},
    RUN_FACTS,
    {0},
};

static const struct mcp_member run[] = {
    {"id?", "integer", "what the other tools take as `run_id`; left out of a dry run"},
    {"number?", "integer", "counts within its instance; left out of a dry run"},
    RUN_FACTS,
    {"cancel_requested_at", "?string", NULL},
    {"configuration", "object", NULL},
    {"dry_run?", "boolean", "true: nothing was changed"},
    {0},
};

static const struct mcp_member deletion[] = {
    {"deleted", "boolean", "false in a dry run"},
    {"what", "string", "what went, or in a dry run would go"},
    {"dry_run?", "boolean", "true: nothing was changed"},
    {0},
};

static const struct mcp_member line[] = {
    {"line", "integer", "its number, from 1"},
    {"time", "string", NULL},
    {"level", "string", "debug, info, warn or error"},
    {"source", "string", "stdout, stderr or message"},
    {"text", "string", NULL},
    {"metadata?", "any", NULL},
    {"continued?", "boolean", "it goes on in the next line"},
    {0},
};

static const struct mcp_member place[] = {
    {"after?", "integer", NULL},
    {"before?", "integer", NULL},
    {0},
};

static const struct mcp_member log_page[] = {
    {"total", "integer", "lines of the whole log, or all that match"},
    {"lines", "[@line]", "in order"},
    {"next", "?@place",
     "arguments with which to go on; null: there is nothing more in this direction"},
    {0},
};

static const struct mcp_member result[] = {
    {"key", "string", NULL},
    {"value?", "any", "the newest; left out where it is large, then get_record has it"},
    {"count", "integer", "values that the key has had"},
    {"n", "integer", "the number of its record"},
    {"bytes?", "integer", "of a large value"},
    {0},
};

static const struct mcp_member value[] = {
    {"n", "integer", "the number of its record"},
    {"value?", "any", "left out where it is large, then get_record has it"},
    {"bytes?", "integer", "of a large value"},
    {0},
};

static const struct mcp_member record[] = {
    {"n", "integer", "its number, from 1"},
    {"line", "integer", "the line of the log after which it was said"},
    {"kind", "string", "status, result, metrics, row, event, artifact or fact"},
    {"at", "integer", "milliseconds since 1970"},
    {0},
};

static const struct mcp_member row[] = {
    {"n", "integer", "the number of its record"},
    {"values?", "object", "left out where they are large, then get_record has them"},
    {"bytes?", "integer", "of a large row"},
    {0},
};

static const struct mcp_member table[] = {
    {"name", "string", "what get_table takes as `table`"},
    {"rows", "integer", NULL},
    {0},
};

static const struct mcp_member series[] = {
    {"key", "string", NULL},
    {"points", "integer", NULL},
    {"first_step", "any", NULL},
    {"last_step", "any", NULL},
    {0},
};

static const struct mcp_member points[] = {
    {"key", "string", NULL},
    {"total", "integer", "points of the whole series, or between from and to"},
    {"points", "[any]", "each [step, value, milliseconds since 1970]"},
    {0},
};

static const struct mcp_member artifact[] = {
    {"n", "integer", "what read_artifact takes as `artifact`"},
    {"name", "string", NULL},
    {"size", "integer", "bytes"},
    {"media_type", "string", NULL},
    {"sha256", "string", NULL},
    {"href", "string", "where to download it with the same token"},
    {0},
};

static const struct mcp_member piece[] = {
    {"size", "integer", "bytes of the whole file"},
    {"offset", "integer", NULL},
    {"encoding", "string", "utf-8 or base64"},
    {"data", "string", NULL},
    {"next_offset", "?integer", "where to go on; null: this was the end"},
    {0},
};

static const struct mcp_member snapshot[] = {
    {"run", "integer", NULL},
    {"experiment", "string", NULL},
    {"status", "string", NULL},
    {"configuration", "object", "what the program was given"},
    {"snapshot", "any", "version, hashes, command, limits: what made the run"},
    {"facts", "object", "what the program reported about itself"},
    {0},
};

static const struct mcp_member version[] = {
    {"pipeline", "string", NULL},
    {"version?", "integer", NULL},
    {"stage", "?string", "staging, production, archived, or null"},
    {"description", "string", NULL},
    {"tags", "[string]", NULL},
    {"promoted_at", "string", NULL},
    {"artifact", "object", "the file: its name, size, SHA-256, and where to download it"},
    {"run", "object", "where it came from"},
    {"dry_run?", "boolean", "true: nothing was changed"},
    {0},
};

static const struct mcp_member pipeline[] = {
    {"name", "string", "what list_versions takes as `name`"},
    {"versions", "integer", "how many there are"},
    {"production", "?integer", "the version that is in production"},
    {"newest", "?@version", NULL},
    {0},
};

#define DATA_SOURCE                                                                                \
    {"project", "string", NULL}, {"version", "integer", NULL},                                     \
        {"state", "string", "current or replaced"}, {"bytes", "integer", NULL},                    \
        {"rows", "integer", NULL}, {"columns", "[any]", "each with its name and type"},            \
        {"notes", "[any]", "what is odd about it"},                                                \
    {                                                                                              \
        "reference", "string",                                                                     \
            "means this very content in a configuration, whatever is uploaded later"               \
    }

static const struct mcp_member data_source[] = {
    {"id", "integer", NULL},
    {"name", "string", "what a configuration takes"},
    DATA_SOURCE,
    {"sample?", "[any]", "the texts of its first rows"},
    {0},
};

static const struct mcp_member upload[] = {
    {"id?", "integer", "left out of a dry run, as all but the name"},
    {"name", "string", "what a configuration takes"},
    {"rows?", "integer", NULL},
    {"columns?", "[any]", "each with its name and type"},
    {"reference?", "string", NULL},
    {"would?", "string", "what a dry run would do"},
    {"dry_run?", "boolean", "true: nothing was changed"},
    {0},
};

static const struct mcp_member budget[] = {
    {"runs", "?integer", "how many runs it may start; null: any number"},
    {"runs_started", "integer", NULL},
    {"minutes", "?integer", "how many minutes its runs may take together; null: any"},
    {"minutes_used", "number", "by runs that have ended"},
    {"minutes_held", "number", "what its active runs may still take"},
    {0},
};

static const struct mcp_member token[] = {
    {"name", "string", NULL},
    {"scope", "string", "read, run or admin"},
    {"expires_at", "?string", "null: never"},
    {"budget", "?@budget", "null: none"},
    {0},
};

static const struct mcp_member me[] = {
    {"user", "object", NULL},
    {"scope", "string", NULL},
    {"token", "?@token", NULL},
    {0},
};

const struct mcp_shape mcp_shapes[] = {
    {"experiment_brief", experiment_brief},
    {"experiment", experiment},
    {"json_schema", json_schema},
    {"fault", fault},
    {"validation", validation},
    {"instance_brief", instance_brief},
    {"instance", instance},
    {"run_brief", run_brief},
    {"run", run},
    {"deletion", deletion},
    {"line", line},
    {"place", place},
    {"log_page", log_page},
    {"result", result},
    {"value", value},
    {"record", record},
    {"row", row},
    {"table", table},
    {"series", series},
    {"points", points},
    {"artifact", artifact},
    {"piece", piece},
    {"snapshot", snapshot},
    {"version", version},
    {"pipeline", pipeline},
    {"data_source", data_source},
    {"upload", upload},
    {"budget", budget},
    {"token", token},
    {"me", me},
};

const size_t mcp_shapes_count = ARRAY_LEN(mcp_shapes);
