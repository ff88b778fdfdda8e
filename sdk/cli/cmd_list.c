/* athanor list and experiments: what there is, as tables and as JSON. */
#include "api.h"
#include "args.h"
#include "find.h"
#include "out.h"
#include "show.h"
#include "table.h"
#include "when.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 20, PAGE = 100 };

/* Names of instances, looked up once each. */
struct names {
    int64_t *ids;
    char **names;
    size_t count;
};

static const char *name_of(struct cli *cli, struct names *n, int64_t id)
{
    struct api_answer a;
    char *text = xasprintf("%lld", (long long)id);
    for (size_t i = 0; i < n->count; i++)
        if (n->ids[i] == id) {
            free(text);
            return n->names[i];
        }
    api_answer_init(&a);
    if (api_get(cli, &a, NULL, "/instances/%lld", (long long)id) == 0) {
        free(text);
        text = doc_text(a.doc, "name");
    }
    api_answer_release(&a);
    n->ids = xreallocarray(n->ids, n->count + 1, sizeof(*n->ids));
    n->names = xreallocarray(n->names, n->count + 1, sizeof(*n->names));
    n->ids[n->count] = id;
    n->names[n->count] = text;
    return n->names[n->count++];
}

static void names_release(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->names[i]);
    free(n->ids);
    free(n->names);
}

static void add_time(struct table *t, struct doc d)
{
    char *text = doc_text(d, "");
    size_t len = strlen(text);
    if (len > 19) { /* to the second, which is enough to find it */
        text[10] = ' ';
        text[19] = '\0';
    }
    table_add(t, text, OUT_PLAIN);
    free(text);
}

static void add_duration(struct table *t, struct doc run)
{
    struct strbuf text = STRBUF_INIT;
    int64_t from = when_read(doc_get(run, "started_at")),
            to = when_read(doc_get(run, "finished_at"));
    if (from >= 0)
        when_put_duration(&text, MAX((to >= 0 ? to : clock_wall_ms()) - from, 0));
    table_add(t, text.buf, OUT_PLAIN);
    strbuf_release(&text);
}

static void add_run(struct cli *cli, struct table *t, struct names *names, struct doc run)
{
    char *status = doc_text(run, "status");
    char *instance = xasprintf("%s#%lld", name_of(cli, names, doc_int(run, "instance_id", 0)),
                               (long long)doc_int(run, "number", 0));
    table_add_doc(t, doc_get(run, "id"));
    table_add(t, instance, OUT_PLAIN);
    table_add(t, status, out_status_style(status));
    add_time(t, doc_get(run, "started_at"));
    add_duration(t, run);
    table_add_doc(t, doc_get(run, "lines"));
    free(status);
    free(instance);
}

/* What can be listed: where it stands, and its columns, each the path of a member. */
struct kind {
    const char *path, *cursor;
    const char *names[TABLE_COLUMNS], *members[TABLE_COLUMNS];
    size_t columns;
};
static const struct kind runs = {
    "/runs", "before", {">RUN", "INSTANCE", "STATUS", "STARTED (UTC)", ">TOOK", ">LINES"}, {0}, 6};
static const struct kind instances = {"/instances",
                                      "before",
                                      {">ID", "NAME", "EXPERIMENT", "PROJECT", "UPDATED (UTC)"},
                                      {"id", "name", "experiment", "project", "updated_at"},
                                      5};
static const struct kind sources = {
    "/data-sources",
    "before",
    {">ID", "NAME", "PROJECT", ">VERSION", ">ROWS", ">COLUMNS", ">BYTES", "CREATED (UTC)"},
    {"id", "name", "project", "version", "rows", "column_count", "bytes", "created_at"},
    8};
static const struct kind pipelines = {
    "/pipelines",
    "after",
    {"PIPELINE", ">VERSIONS", ">NEWEST", ">PRODUCTION", "FROM RUN", "PROMOTED (UTC)"},
    {"name", "versions", "newest.version", "production", "newest.run.id", "newest.promoted_at"},
    6};
static const struct kind experiments = {"/experiments",
                                        "after",
                                        {"NAME", "TITLE", "VERSION", "AVAILABLE"},
                                        {"name", "title", "version", "reason"},
                                        4};

static void add_item(struct cli *cli, const struct kind *kind, struct table *t, struct names *names,
                     struct doc item)
{
    if (kind == &runs) {
        add_run(cli, t, names, item);
        return;
    }
    for (size_t i = 0; i < kind->columns; i++) {
        struct doc value = doc_get(item, kind->members[i]);
        if (strstr(kind->names[i], "UTC"))
            add_time(t, value);
        else if (strcmp(kind->members[i], "reason") == 0 && doc_true(item, "available"))
            table_add(t, "yes", OUT_GREEN);
        else
            table_add_doc(t, value);
    }
}

static int print_list(struct cli *cli, const struct kind *kind, const char *path, int64_t most,
                      struct err *e)
{
    struct api_list list;
    struct table table;
    struct names names = {0};
    int status = 1;
    api_list_init(&list, cli, path, kind->cursor);
    table_init(&table, kind->names, kind->columns);
    for (int64_t n = 0; n < most && (status = api_list_next(&list, e)) > 0; n++) {
        if (cli->out->json)
            out_json(cli->out, list.item);
        else
            add_item(cli, kind, &table, &names, list.item);
    }
    if (status == 0 && !table.count && cli->out->is_terminal && !cli->out->json)
        out_note(cli->out, "there is none");
    table_print(&table, cli->out);
    names_release(&names);
    api_list_release(&list);
    return MIN(status, CLI_COMPLETED);
}

static void add_query(struct strbuf *path, const char *name, const char *value)
{
    if (!value)
        return;
    strbuf_addf(path, "&%s=", name);
    http_escape(path, value);
}

/* Only runs have these; each kind takes what it knows. */
static int check_filters(const struct args *args, const struct kind *kind, struct err *e)
{
    static const struct {
        enum option_id id;
        const char *name;
        const struct kind *of, * or ;
    } filters[] = {
        {OPT_INSTANCE, "instance", &runs, NULL},
        {OPT_STATUS, "status", &runs, NULL},
        {OPT_EXPERIMENT, "experiment", &instances, NULL},
        {OPT_PROJECT, "project", &instances, &sources},
    };
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        if (args_has(args, filters[i].id) && kind != filters[i].of && kind != filters[i].or)
            return err_field(e, filters[i].name, "--%s says nothing about what is listed here (%s)",
                             filters[i].name, kind->path + 1);
    return 0;
}

int cmd_list(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    const struct kind *kind = args_has(args, OPT_INSTANCES)   ? &instances
                              : args_has(args, OPT_DATA)      ? &sources
                              : args_has(args, OPT_PIPELINES) ? &pipelines
                                                              : &runs;
    struct strbuf path = STRBUF_INIT, row = STRBUF_INIT;
    int64_t most = args_has(args, OPT_ALL) ? INT64_MAX : args_number(args, OPT_LIMIT, LIMIT);
    int status = check_filters(args, kind, e);
    strbuf_addf(&path, "%s?limit=%lld", kind->path, (long long)MIN(most, PAGE));
    if (status == 0 && args_has(args, OPT_INSTANCE)) {
        status = find_known_instance(cli, args_text(args, OPT_INSTANCE, ""), &row, e);
        strbuf_addf(&path, "&instance=%lld", (long long)doc_int(doc_of(row.buf, row.len), "id", 0));
    }
    add_query(&path, "status", args_text(args, OPT_STATUS, NULL));
    add_query(&path, "experiment", args_text(args, OPT_EXPERIMENT, NULL));
    add_query(&path, "project", args_text(args, OPT_PROJECT, NULL));
    if (status == 0)
        status = print_list(cli, kind, path.buf, most, e);
    strbuf_release(&path);
    strbuf_release(&row);
    return status;
}

int cmd_experiments(struct cli *cli, struct err *e)
{
    if (cli->args->operand_count)
        return show_experiment(cli, cli->args->operands[0], e);
    return print_list(cli, &experiments, "/experiments?limit=100", INT64_MAX, e);
}
