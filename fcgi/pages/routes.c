#include "routes.h"

#include "api.h"
#include "artifacts.h"
#include "data_forms.h"
#include "data_sources.h"
#include "downloads.h"
#include "experiments.h"
#include "health.h"
#include "instance_file.h"
#include "instance_forms.h"
#include "instance_page.h"
#include "instances.h"
#include "log_lines.h"
#include "log_ndjson.h"
#include "log_text.h"
#include "logs.h"
#include "mcp.h"
#include "metrics.h"
#include "page.h"
#include "pipeline_forms.h"
#include "pipelines.h"
#include "reference.h"
#include "removal.h"
#include "run_forms.h"
#include "runs.h"
#include "session.h"
#include "token_forms.h"
#include "tokens.h"

#define API "/api/v1"
#define VERSION_PAGE "/pipelines/{name}/versions/{n}"
#define VERSION API VERSION_PAGE
#define STATUSES "pending running completed failed cancelled"
#define KINDS "status result metrics row event artifact fact"
#define NONE INT64_MIN

static const struct route_param instance_params[] = {
    {"limit", NULL, 1, 1000, 100}, {"before", NULL, 1, INT64_MAX, NONE},
    {"experiment", "*", 0, 0, 0},  {"name", "*", 0, 0, 0},
    {"project", "*", 0, 0, 0},     {0},
};
static const struct route_param before_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"before", NULL, 1, INT64_MAX, NONE},
    {0},
};
static const struct route_param after_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"after", NULL, 0, INT64_MAX, NONE},
    {0},
};
static const struct route_param run_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"before", NULL, 1, INT64_MAX, NONE},
    {"instance", NULL, 1, INT64_MAX, NONE},
    {"status", STATUSES, 0, 0, 0},
    {0},
};
static const struct route_param ending_params[] = {
    {"since", NULL, 0, 253402300799000, 0},
    {0},
};
static const struct route_param record_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"after", NULL, 0, INT64_MAX, NONE},
    {"kind", KINDS, 0, 0, 0},
    {0},
};

static const struct route_param log_params[] = {
    {"limit", NULL, 1, 10000, 1000},
    {"after", NULL, 0, INT64_MAX - 10000, 0},
    {"before", NULL, 1, INT64_MAX, INT64_MAX},
    {"level", "debug info warn error", 0, 0, 0},
    {"q", "*", 0, 0, 0},
    {0},
};
static const struct route_param line_params[] = {
    {"limit", NULL, 0, 1000, 100},
    {"skip", NULL, 0, INT64_MAX / 4, 0},
    {"after", NULL, 0, INT64_MAX / 4, 0},
    {"before", NULL, 1, INT64_MAX, INT64_MAX},
    {"block", NULL, 1, INT64_MAX / 4, 0},
    {"level", "debug info warn error", 0, 0, 0},
    {"q", "*", 0, 0, 0},
    {0},
};
static const struct route_param metric_params[] = {
    {"key", "*", 0, 0, 0},
    {"points", NULL, 2, 100000, 2000},
    {"from", "*", 0, 0, 0},
    {"to", "*", 0, 0, 0},
    {0},
};
static const struct route_param key_params[] = {
    {"key", "*", 0, 0, 0},
    {0},
};
static const struct route_param with_params[] = {
    {"with", NULL, 1, INT64_MAX, NONE},
    {0},
};
static const struct route_param version_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"before", NULL, 1, INT64_MAX, NONE},
    {"stage", "staging production archived", 0, 0, 0},
    {0},
};
static const struct route_param data_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"before", NULL, 1, INT64_MAX, NONE},
    {"project", "*", 0, 0, 0},
    {"state", "current replaced all", 0, 0, 0},
    {0},
};
static const struct route_param data_put_params[] = {
    {"project", "*", 0, 0, 0},
    {"replace", NULL, 0, 1, 0},
    {0},
};
static const struct route_param data_use_params[] = {
    {"limit", NULL, 1, 1000, 100},
    {"after", NULL, 0, 1LL << 53, NONE},
    {"project", "*", 0, 0, 0},
    {0},
};
static const struct route_param project_params[] = {
    {"project", "*", 0, 0, 0},
    {0},
};
static const struct route_param name_params[] = {
    {"name", "*", 0, 0, 0},
    {0},
};

enum {
    GET = METHOD_GET,
    POST = METHOD_POST,
    PUT = METHOD_PUT,
    DELETE = METHOD_DELETE,
    PATCH = METHOD_PATCH
};

/* methods, pattern, scope, handler, query, template, title (of a list: the query that knows its
 * parent or cursor), parameters */
const struct route routes[] = {
    {GET, "/healthz", SCOPE_OPEN, health_check, 0, 0, 0, 0},
    {GET, "/metrics", SCOPE_READ, health_metrics, 0, 0, 0, 0},
    {POST, "/mcp", SCOPE_READ, mcp_answer, 0, 0, 0, 0},

    {GET, "/login", SCOPE_OPEN, session_login_page, 0, "login", "Sign in", 0},
    {POST, "/login", SCOPE_OPEN, session_login, 0, "login", "Sign in", 0},
    {POST, "/logout", SCOPE_OPEN, session_logout, 0, 0, 0, 0},
    {POST, "/theme", SCOPE_OPEN, page_theme, 0, 0, 0, 0},

    {GET, "/", SCOPE_READ, page_home, 0, 0, 0, 0},
    {GET, "/experiments", SCOPE_READ, page_view, "page_experiments", "experiments", "Experiments",
     0},
    {GET, "/experiments/new", SCOPE_RUN, instance_forms_new, "page_new", "new", "New instance", 0},
    {POST, "/experiments/new", SCOPE_RUN, instance_forms_add, "page_new", "new", "New instance", 0},
    {GET, "/experiments/{id}", SCOPE_READ, instance_page, "page_instance", "instance", "Instance",
     0},
    {GET, "/experiments/{id}/edit", SCOPE_RUN, instance_forms_edit, "page_edit", "edit", "Edit", 0},
    {POST, "/experiments/{id}/edit", SCOPE_RUN, instance_forms_set, "page_edit", "edit", "Edit", 0},
    {GET, "/experiments/{id}/export", SCOPE_READ, instance_file_export, 0, 0, 0, 0},
    {POST, "/experiments/{id}/clone", SCOPE_RUN, instance_forms_clone, 0, 0, 0, 0},
    {GET, "/experiments/{id}/delete", SCOPE_RUN, page_view, "page_delete_instance", "confirm",
     "Delete", 0},
    {POST, "/experiments/{id}/delete", SCOPE_RUN, removal_instance, "page_delete_instance",
     "confirm", "Delete", 0},
    {POST, "/experiments/{id}/runs", SCOPE_RUN, run_forms_start, 0, 0, 0, 0},
    {GET, "/runs", SCOPE_READ, page_view, "page_runs", "runs", "Runs", 0},
    {GET, "/runs/{id}", SCOPE_READ, page_view, "page_run", "run", "Run", 0},
    {POST, "/runs/{id}/cancel", SCOPE_RUN, run_forms_cancel, 0, 0, 0, 0},
    {POST, "/runs/{id}/again", SCOPE_RUN, run_forms_again, 0, 0, 0, 0},
    {GET, "/runs/{id}/delete", SCOPE_RUN, page_view, "page_delete_run", "confirm", "Delete", 0},
    {POST, "/runs/{id}/delete", SCOPE_RUN, removal_run, 0, 0, 0, 0},
    {POST, "/runs/selection", SCOPE_RUN, removal_selection, "page_selection", "confirm", "Runs", 0},
    {GET, "/runs/diff", SCOPE_READ, page_view, "page_diff", "diff", "Snapshots", 0},
    {GET, "/runs/{id}/promote", SCOPE_RUN, page_view, "page_promote", "promote", "Promote", 0},
    {POST, "/runs/{id}/promote", SCOPE_RUN, pipeline_forms_promote, "page_promote", "promote",
     "Promote", 0},
    {GET, "/pipelines", SCOPE_READ, page_view, "page_pipelines", "pipelines", "Pipelines", 0},
    {GET, "/pipelines/{name}", SCOPE_READ, page_view, "page_pipeline", "pipeline", "Pipeline", 0},
    {GET, VERSION_PAGE, SCOPE_READ, page_view, "page_version", "version", "Version", 0},
    {GET, VERSION_PAGE "/edit", SCOPE_RUN, page_view, "page_version_edit", "version_edit", "Edit",
     0},
    {POST, VERSION_PAGE "/edit", SCOPE_RUN, pipeline_forms_describe, "page_version_edit",
     "version_edit", "Edit", 0},
    {GET, VERSION_PAGE "/delete", SCOPE_RUN, page_view, "page_version_delete", "confirm", "Delete",
     0},
    {POST, VERSION_PAGE "/delete", SCOPE_RUN, pipeline_forms_delete, 0, 0, 0, 0},
    {POST, VERSION_PAGE "/stage", SCOPE_RUN, pipeline_forms_stage, 0, 0, 0, 0},
    {POST, VERSION_PAGE "/verify", SCOPE_RUN, pipeline_forms_verify, 0, 0, 0, 0},
    {GET, "/data", SCOPE_READ, data_forms_page, "page_data", "data", "Data", 0},
    {POST, "/data/upload", SCOPE_RUN, data_forms_upload, "page_data", "data", "Data", 0},
    {GET, "/data/{id}", SCOPE_READ, page_view, "page_data_source", "data_source", "Data", 0},
    {POST, "/data/{id}/edit", SCOPE_RUN, data_forms_change, "page_data_source", "data_source",
     "Data", 0},
    {GET, "/data/{id}/delete", SCOPE_RUN, page_view, "page_delete_data", "confirm", "Delete", 0},
    {POST, "/data/{id}/delete", SCOPE_RUN, data_forms_delete, "page_delete_data", "confirm",
     "Delete", 0},
    {GET, "/runners", SCOPE_READ, page_view, "page_runners", "runners", "Runners", 0},
    {GET, "/api", SCOPE_READ, reference_page, 0, "api", "API reference", 0},
    {GET, "/tokens", SCOPE_READ, token_forms_page, "page_tokens", "tokens", "API tokens", 0},
    {POST, "/tokens", SCOPE_READ, token_forms_add, "page_tokens", "tokens", "API tokens", 0},
    {GET, "/tokens/{id}/revoke", SCOPE_READ, page_view, "page_revoke_token", "confirm", "Revoke",
     0},
    {POST, "/tokens/{id}/revoke", SCOPE_READ, token_forms_revoke, 0, 0, 0, 0},

    {GET, API "/openapi.json", SCOPE_OPEN, reference_document, 0, 0, 0, 0},
    {GET, API "/me", SCOPE_READ, api_view, "me", 0, 0, 0},
    {GET, API "/tokens", SCOPE_READ, api_list, "token_list", 0, 0, before_params},
    {POST, API "/tokens", SCOPE_READ, tokens_api_add, 0, 0, 0, 0},
    {DELETE, API "/tokens/{id}", SCOPE_READ, tokens_api_revoke, 0, 0, 0, 0},
    {GET, API "/experiments", SCOPE_READ, api_list, "experiment_list", 0, "experiment_cursor",
     after_params},
    {GET, API "/experiments/{name}", SCOPE_READ, api_view, "experiment_view", 0, 0, 0},
    {GET, API "/experiments/{name}/schema.json", SCOPE_READ, experiments_json_schema, 0, 0, 0, 0},
    {POST, API "/experiments/{name}/validate", SCOPE_READ, instances_api_check, 0, 0, 0, 0},
    {GET, API "/data-sources", SCOPE_READ, api_list, "data_source_list", 0, 0, data_params},
    {PUT, API "/data-sources/{source}", SCOPE_RUN, data_sources_api_put, 0, 0, 0, data_put_params},
    {GET, API "/data-sources/{source}", SCOPE_READ, api_view, "data_source_view", 0, 0,
     project_params},
    {PATCH, API "/data-sources/{source}", SCOPE_RUN, data_sources_api_change, 0, 0, 0,
     project_params},
    {DELETE, API "/data-sources/{source}", SCOPE_RUN, data_sources_api_delete, 0, 0, 0,
     project_params},
    {GET, API "/data-sources/{source}/file", SCOPE_READ, data_sources_api_file, 0, 0, 0,
     project_params},
    {GET, API "/data-sources/{source}/uses", SCOPE_READ, api_list, "data_source_uses", 0,
     "data_source_exists", data_use_params},
    {GET, API "/instances", SCOPE_READ, api_list, "instance_list", 0, 0, instance_params},
    {POST, API "/instances", SCOPE_RUN, instances_api_add, 0, 0, 0, 0},
    {GET, API "/instances/{id}", SCOPE_READ, api_view, "instance_view", 0, 0, 0},
    {PUT, API "/instances/{id}", SCOPE_RUN, instances_api_set, 0, 0, 0, 0},
    {DELETE, API "/instances/{id}", SCOPE_RUN, instances_api_delete, 0, 0, 0, 0},
    {POST, API "/instances/{id}/runs", SCOPE_RUN, runs_api_start, 0, 0, 0, 0},
    {GET, API "/runs", SCOPE_READ, api_list, "run_list", 0, 0, run_params},
    {GET, API "/endings", SCOPE_READ, api_view, "ending_list", 0, 0, ending_params},
    {GET, API "/runs/{id}", SCOPE_READ, api_view, "run_view", 0, 0, 0},
    {DELETE, API "/runs/{id}", SCOPE_RUN, runs_api_delete, 0, 0, 0, 0},
    {POST, API "/runs/{id}/again", SCOPE_RUN, runs_api_again, 0, 0, 0, 0},
    {GET, API "/runs/{id}/snapshot", SCOPE_READ, api_view, "run_snapshot", 0, 0, 0},
    {GET, API "/runs/{id}/diff", SCOPE_READ, api_view, "run_diff", 0, 0, with_params},
    {POST, API "/runs/{id}/promote", SCOPE_RUN, pipelines_api_promote, 0, 0, 0, 0},
    {POST, API "/runs/{id}/cancel", SCOPE_RUN, runs_api_cancel, 0, 0, 0, 0},
    {GET, API "/runs/{id}/logs", SCOPE_READ, logs_view, 0, 0, 0, log_params},
    {GET, API "/runs/{id}/lines", SCOPE_READ, log_lines_view, 0, 0, 0, line_params},
    {GET, API "/runs/{id}/log.ndjson", SCOPE_READ, log_ndjson_view, 0, 0, 0, 0},
    {GET, API "/runs/{id}/log.txt", SCOPE_READ, log_text_view, 0, 0, 0, 0},
    {GET, API "/runs/{id}/records", SCOPE_READ, api_list, "record_list", 0, "run_exists",
     record_params},
    {GET, API "/runs/{id}/records/{n}", SCOPE_READ, api_view, "record_view", 0, 0, 0},
    {GET, API "/runs/{id}/results", SCOPE_READ, api_list, "result_list", 0, "run_exists",
     after_params},
    {GET, API "/runs/{id}/results/{key}", SCOPE_READ, api_list, "result_values", 0, "run_exists",
     after_params},
    {GET, API "/runs/{id}/results.json", SCOPE_READ, downloads_results_json, 0, 0, 0, 0},
    {GET, API "/runs/{id}/results.csv", SCOPE_READ, downloads_results_csv, 0, 0, 0, 0},
    {GET, API "/runs/{id}/table.csv", SCOPE_READ, downloads_table_csv, 0, 0, 0, name_params},
    {GET, API "/runs/{id}/metrics.csv", SCOPE_READ, downloads_metrics_csv, 0, 0, 0, key_params},
    {GET, API "/runs/{id}/tables", SCOPE_READ, api_list, "table_list", 0, "run_exists",
     after_params},
    {GET, API "/runs/{id}/tables/{table}", SCOPE_READ, api_list, "table_rows", 0, "run_exists",
     after_params},
    {GET, API "/runs/{id}/artifacts", SCOPE_READ, api_list, "artifact_list", 0, "run_exists",
     after_params},
    {GET, API "/runs/{id}/artifacts/{n}", SCOPE_READ, artifacts_download, 0, 0, 0, 0},
    {GET, API "/runs/{id}/metrics", SCOPE_READ, metrics_view, 0, 0, 0, metric_params},

    {GET, API "/pipelines", SCOPE_READ, api_list, "pipeline_list", 0, "pipeline_cursor",
     after_params},
    {GET, API "/pipelines/{name}", SCOPE_READ, api_view, "pipeline_view", 0, 0, 0},
    {GET, API "/pipelines/{name}/versions", SCOPE_READ, api_list, "version_list", 0,
     "pipeline_exists", version_params},
    {GET, VERSION, SCOPE_READ, api_view, "version_view", 0, 0, 0},
    {PUT, VERSION, SCOPE_RUN, pipelines_api_set, 0, 0, 0, 0},
    {DELETE, VERSION, SCOPE_RUN, pipelines_api_delete, 0, 0, 0, 0},
    {GET, VERSION "/snapshot", SCOPE_READ, api_view, "version_snapshot", 0, 0, 0},
    {GET, VERSION "/download", SCOPE_READ, pipelines_api_download, 0, 0, 0, 0},
    {POST, VERSION "/stage", SCOPE_RUN, pipelines_api_stage, 0, 0, 0, 0},
    {POST, VERSION "/verify", SCOPE_RUN, pipelines_api_verify, 0, 0, 0, 0},
};

const size_t routes_count = ARRAY_LEN(routes);
