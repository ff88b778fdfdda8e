/* athanor show, and experiments with a name: one thing in full. */
#include "show.h"

#include "api.h"
#include "args.h"
#include "find.h"
#include "out.h"
#include "table.h"
#include "when.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES = 14 };

static void put_name(struct out *o, const char *name)
{
    out_addf(o, "%s%s%s", out_style(o, OUT_BOLD), name, out_style(o, OUT_PLAIN));
    if (o->is_terminal)
        out_addf(o, "%*s", MAX(NAMES - (int)strlen(name), 1), "");
    else
        out_bytes(o, "\t", 1);
}

/* A line; nothing where there is no value. */
static void put_member(struct out *o, const char *name, struct doc value)
{
    if (!doc_is_set(value) || (value.len == 2 && doc_type(value) == '"'))
        return;
    put_name(o, name);
    out_doc(o, value);
    out_bytes(o, "\n", 1);
}

static void put_members(struct out *o, struct doc d, const char *const *members)
{
    for (; *members; members++)
        put_member(o, *members, doc_get(d, *members));
}

/* Nested values as "api.url" and "pairs[0].left", as start takes them. */
static void put_values(struct out *o, struct doc d, struct strbuf *path)
{
    struct strbuf key = STRBUF_INIT;
    struct doc value = {0};
    size_t before = path->len;
    if (doc_type(d) == '{') {
        while (doc_next_member(d, &key, &value)) {
            strbuf_addf(path, "%s%s", before ? "." : "", key.buf);
            put_values(o, value, path);
            strbuf_truncate(path, before);
        }
    } else if (doc_type(d) == '[' && d.len > 2) {
        for (int i = 0; doc_next(d, &value); i++) {
            strbuf_addf(path, "[%d]", i);
            put_values(o, value, path);
            strbuf_truncate(path, before);
        }
    } else {
        out_bytes(o, "  ", 2);
        out_text(o, path->buf);
        out_bytes(o, "=", 1);
        out_doc(o, d);
        out_bytes(o, "\n", 1);
    }
    strbuf_release(&key);
}

static void put_configuration(struct out *o, struct doc d)
{
    struct strbuf path = STRBUF_INIT;
    if (doc_type(d) == '{' && d.len > 2) {
        put_name(o, "configuration");
        out_bytes(o, "\n", 1);
        put_values(o, d, &path);
    }
    strbuf_release(&path);
}

static int put_results(struct cli *cli, int64_t run, bool alone, struct err *e)
{
    struct out *o = cli->out;
    struct api_list list;
    char *path = xasprintf("/runs/%lld/results?limit=1000", (long long)run);
    int status;
    bool first = true;
    api_list_init(&list, cli, path, "after");
    while ((status = api_list_next(&list, e)) > 0) {
        struct doc value = doc_get(list.item, "value");
        if (o->json) {
            out_json(o, list.item);
            continue;
        }
        if (first && !alone) {
            put_name(o, "results");
            out_bytes(o, "\n", 1);
        }
        first = false;
        out_bytes(o, "  ", alone ? 0 : 2);
        out_doc(o, doc_get(list.item, "key"));
        out_bytes(o, alone ? "\t" : "=", 1);
        out_doc(o, value.len ? value : doc_get(list.item, "href"));
        out_bytes(o, "\n", 1);
    }
    api_list_release(&list);
    free(path);
    return status;
}

static void put_run(struct cli *cli, struct doc run)
{
    static const char *const members[] = {"reason",     "error",       "exit_code",
                                          "signal",     "notice",      "created_at",
                                          "started_at", "finished_at", NULL};
    struct out *o = cli->out;
    struct api_answer a;
    struct strbuf took = STRBUF_INIT;
    char *status = doc_text(run, "status");
    int64_t from = when_read(doc_get(run, "started_at")),
            to = when_read(doc_get(run, "finished_at"));
    api_answer_init(&a);
    put_member(o, "run", doc_get(run, "id"));
    if (api_get(cli, &a, NULL, "/instances/%lld", (long long)doc_int(run, "instance_id", 0)) == 0) {
        put_name(o, "instance");
        out_doc(o, doc_get(a.doc, "name"));
        out_addf(o, "#%lld\n", (long long)doc_int(run, "number", 0));
        put_member(o, "experiment", doc_get(a.doc, "experiment"));
    }
    put_name(o, "status");
    out_addf(o, "%s%s%s\n", out_style(o, out_status_style(status)), status,
             out_style(o, OUT_PLAIN));
    put_members(o, run, members);
    if (from >= 0) {
        when_put_duration(&took, MAX((to >= 0 ? to : clock_wall_ms()) - from, 0));
        put_name(o, "took");
        out_addf(o, "%s\n", took.buf);
    }
    put_member(o, "lines", doc_get(run, "lines"));
    put_name(o, "page");
    out_addf(o, "%s/runs/%lld\n", cli->settings->url, (long long)doc_int(run, "id", 0));
    put_configuration(o, doc_get(run, "configuration"));
    strbuf_release(&took);
    api_answer_release(&a);
    free(status);
}

static void put_instance(struct cli *cli, struct doc d)
{
    static const char *const members[] = {"id",          "name",       "experiment", "project",
                                          "description", "created_at", "updated_at", NULL};
    put_members(cli->out, d, members);
    put_configuration(cli->out, doc_get(d, "configuration"));
}

int cmd_show(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    struct strbuf row = STRBUF_INIT;
    bool instance = args_has(args, OPT_INSTANCE), results = args_has(args, OPT_RESULTS);
    int status = instance ? find_known_instance(cli, args->operands[0], &row, e)
                          : find_run(cli, args->operands[0], &row, e);
    struct doc d = doc_of(row.buf, row.len);
    int64_t id = doc_int(d, "id", 0);
    if (status == 0 && results && !instance) {
        status = put_results(cli, id, true, e);
    } else if (status == 0 && cli->out->json) {
        out_json(cli->out, d);
    } else if (status == 0 && instance) {
        put_instance(cli, d);
    } else if (status == 0) {
        put_run(cli, d);
        status = put_results(cli, id, false, e);
    }
    strbuf_release(&row);
    return status;
}

int show_get_experiment(struct cli *cli, const char *name, struct api_answer *a, struct err *e)
{
    struct strbuf path = STRBUF_INIT;
    struct err why = {0};
    http_escape(&path, name);
    int status = api_get(cli, a, &why, "/experiments/%s", path.buf);
    if (status < 0 && why.code == ERR_NOT_FOUND)
        err_set(e, ERR_NOT_FOUND, "there is no experiment \"%s\"; see athanor experiments", name);
    else if (status < 0 && e)
        *e = why;
    strbuf_release(&path);
    return status;
}

/* "integer, from 8 to 512, step 8, required", "one of: a, b" */
static void put_bounds(struct strbuf *out, struct doc field)
{
    static const char *const bounds[] = {"min", "max", "step"}, *const words[] = {", at least ",
                                                                                  ", at most ",
                                                                                  ", step "};
    struct doc option = {0}, options = doc_get(field, "options");
    doc_put(out, doc_get(field, "type"));
    for (size_t i = 0; i < ARRAY_LEN(bounds); i++)
        if (doc_is_set(doc_get(field, bounds[i]))) {
            strbuf_adds(out, words[i]);
            doc_put(out, doc_get(field, bounds[i]));
        }
    for (const char *before = ": "; doc_next(options, &option); before = ", ") {
        strbuf_adds(out, before);
        doc_put(out, doc_type(option) == '{' ? doc_get(option, "value") : option);
    }
    if (doc_true(field, "required"))
        strbuf_adds(out, ", required");
}

static void add_fields(struct table *t, struct doc fields, struct strbuf *path)
{
    struct doc field = {0};
    size_t before = path->len;
    while (doc_next(fields, &field)) {
        struct strbuf bounds = STRBUF_INIT;
        struct doc words = doc_get(field, "description");
        strbuf_adds(path, before ? "." : "");
        doc_put(path, doc_get(field, "name"));
        put_bounds(&bounds, field);
        table_add(t, path->buf, OUT_BOLD);
        table_add(t, bounds.buf, OUT_PLAIN);
        table_add_doc(t, doc_get(field, "default"));
        table_add_doc(t, doc_is_set(words) ? words : doc_get(field, "label"));
        if (doc_is(field, "type", "list"))
            strbuf_adds(path, "[0]");
        add_fields(t, doc_get(field, "fields"), path);
        strbuf_truncate(path, before);
        strbuf_release(&bounds);
    }
}

int show_experiment(struct cli *cli, const char *name, struct err *e)
{
    static const char *const columns[] = {"KEY", "VALUE", "DEFAULT", "MEANING"};
    static const char *const members[] = {"name",    "title",  "description",
                                          "version", "reason", NULL};
    struct api_answer a;
    struct table table;
    struct strbuf path = STRBUF_INIT;
    api_answer_init(&a);
    table_init(&table, columns, ARRAY_LEN(columns));
    int status = show_get_experiment(cli, name, &a, e);
    if (status == 0 && cli->out->json) {
        out_json(cli->out, a.doc);
    } else if (status == 0) {
        put_members(cli->out, a.doc, members);
        add_fields(&table, doc_get(a.doc, "configuration"), &path);
        out_bytes(cli->out, "\n", table.count ? 1 : 0);
        table_print(&table, cli->out);
    }
    strbuf_release(&path);
    api_answer_release(&a);
    return status;
}
