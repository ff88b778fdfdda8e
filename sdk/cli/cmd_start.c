/* athanor start: from a name and values to a run. */
#include "api.h"
#include "arena.h"
#include "args.h"
#include "faults.h"
#include "find.h"
#include "interrupt.h"
#include "json.h"
#include "out.h"
#include "references.h"
#include "schema.h"
#include "show.h"
#include "validate.h"
#include "values.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_CHARS = 190, WORD_MAX = 60 };

/* What is to be started. */
struct plan {
    char *experiment, *name, *project, *description;
    json_t *configuration; /* the values given, over those of the instance */
    json_t *fields;
    int64_t instance; /* 0: to be made or found */
};

static void plan_release(struct plan *p)
{
    free(p->experiment);
    free(p->name);
    free(p->project);
    free(p->description);
    json_decref(p->configuration);
    json_decref(p->fields);
}

static json_t *parse_doc(struct doc d)
{
    return d.len ? json_parse(d.at, d.len, "the site's answer", NULL) : NULL;
}

/* The name and the values as they were typed: what tells one variation from another. */
static char *variation_name(const char *base, const struct args *args)
{
    struct strbuf name = STRBUF_INIT;
    strbuf_adds(&name, base);
    for (size_t i = 1; i < args->operand_count; i++) {
        const char *word = args->operands[i];
        int len = (int)strnlen(word, WORD_MAX);
        while (len > 0 && ((unsigned char)word[len] & 0xC0) == 0x80)
            len--;
        strbuf_addf(&name, " %.*s", len, word);
    }
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.buf[i] < 0x20 || name.buf[i] == 0x7F)
            name.buf[i] = ' ';
    if (name.len > NAME_MAX_CHARS) {
        size_t len = NAME_MAX_CHARS;
        while (len && ((unsigned char)name.buf[len] & 0xC0) == 0x80)
            len--;
        strbuf_truncate(&name, len);
        strbuf_adds(&name, "\xE2\x80\xA6");
    }
    return strbuf_detach(&name, NULL);
}

static void fill_from_instance(struct plan *p, struct doc row, bool varies)
{
    json_t *configuration = varies ? parse_doc(doc_get(row, "configuration")) : NULL;
    p->instance = varies ? 0 : doc_int(row, "id", 0);
    p->experiment = doc_text(row, "experiment");
    p->name = doc_text(row, "name");
    p->project = doc_text(row, "project");
    p->description = doc_text(row, "description");
    if (json_is_object(configuration))
        json_object_update(p->configuration, configuration);
    json_decref(configuration);
}

static int fill_from_experiment(struct cli *cli, struct plan *p, const char *name, bool is_first,
                                struct err *e)
{
    struct api_answer a;
    struct err why = {0};
    api_answer_init(&a);
    int status = show_get_experiment(cli, name, &a, &why);
    if (status == 0)
        p->fields = parse_doc(doc_get(a.doc, "configuration"));
    else if (why.code == ERR_NOT_FOUND && is_first)
        err_set(e, ERR_NOT_FOUND, "there is neither an instance nor an experiment \"%s\"", name);
    else
        *e = why;
    if (status == 0 && !p->experiment) {
        p->experiment = xstrdup(name);
        p->name = xstrdup(name);
        p->project = xstrdup("");
        p->description = xstrdup("");
    }
    api_answer_release(&a);
    return status;
}

/* The configuration with its defaults, as the site would store it; NULL where that cannot be said
 * here. */
static json_t *filled(const struct plan *p)
{
    struct arena *arena = arena_new();
    struct schema schema;
    struct faults faults;
    json_t *whole = NULL;
    faults_init(&faults, arena);
    if (schema_read(&schema, arena, p->fields, NULL) == 0)
        whole = validate(&schema, p->configuration, "configuration", &faults);
    if (faults.count) {
        json_decref(whole);
        whole = NULL;
    }
    arena_free(arena);
    return whole;
}

/* The instance of the same name and values. 1: p->instance is it; 0; -1. */
static int find_same(struct cli *cli, struct plan *p, struct err *e)
{
    struct api_list list;
    struct strbuf path = STRBUF_INIT;
    json_t *whole = filled(p);
    int status = 0;
    if (!whole)
        return 0;
    strbuf_adds(&path, "/instances?limit=1000&experiment=");
    http_escape(&path, p->experiment);
    strbuf_adds(&path, "&name=");
    http_escape(&path, p->name);
    api_list_init(&list, cli, path.buf, "before");
    while (!p->instance && (status = api_list_next(&list, e)) > 0) {
        if (!doc_is(list.item, "project", p->project))
            continue;
        json_t *own = parse_doc(doc_get(list.item, "configuration"));
        if (own && json_equal(own, whole))
            p->instance = doc_int(list.item, "id", 0);
        json_decref(own);
    }
    api_list_release(&list);
    strbuf_release(&path);
    json_decref(whole);
    return status < 0 ? -1 : p->instance > 0;
}

static void put_pair(struct strbuf *out, const char *name, const char *value)
{
    strbuf_addf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
    json_put_cstring(out, value);
}

static int make_instance(struct cli *cli, struct plan *p, struct err *e)
{
    struct strbuf body = STRBUF_INIT;
    struct api_answer a;
    api_answer_init(&a);
    strbuf_addc(&body, '{');
    put_pair(&body, "experiment", p->experiment);
    put_pair(&body, "name", p->name);
    put_pair(&body, "project", p->project);
    put_pair(&body, "description", p->description);
    strbuf_adds(&body, ",\"configuration\":");
    json_put_value(&body, p->configuration);
    strbuf_addc(&body, '}');
    int status = api_make(cli, "/instances", body.buf, &a, e);
    p->instance = doc_int(a.doc, "id", 0);
    if (status == 0)
        out_note(cli->out, "made instance %lld: %s", (long long)p->instance, p->name);
    strbuf_release(&body);
    api_answer_release(&a);
    return status;
}

/* Decides what is to be started, and makes the instance where that is needed. */
static int prepare(struct cli *cli, struct plan *p, struct err *e)
{
    const struct args *args = cli->args;
    const char *name = args->operands[0], *own = args_text(args, OPT_NAME, NULL),
               *project = args_text(args, OPT_PROJECT, NULL);
    struct strbuf row = STRBUF_INIT;
    bool varies = args->operand_count > 1 || own || project || args_has(args, OPT_NEW);
    int found = args_has(args, OPT_EXPERIMENT) ? 0 : find_instance(cli, name, &row, e);
    if (found > 0)
        fill_from_instance(p, doc_of(row.buf, row.len), varies);
    else if (found == 0)
        found = fill_from_experiment(cli, p, name, !args_has(args, OPT_EXPERIMENT), e);
    strbuf_release(&row);
    if (found < 0 || p->instance)
        return MIN(found, 0);
    if (!p->fields && fill_from_experiment(cli, p, p->experiment, false, e) < 0)
        return -1;
    for (size_t i = 1; i < args->operand_count; i++)
        if (values_set(p->configuration, p->fields, args->operands[i], e) < 0)
            return -1;
    char *called = own ? xstrdup(own) : variation_name(p->name, args);
    free(p->name);
    p->name = called;
    if (project) {
        free(p->project);
        p->project = xstrdup(project);
    }
    if (references_resolve(cli, p->configuration, p->fields, p->project, e) < 0)
        return -1;
    int same = args_has(args, OPT_NEW) ? 0 : find_same(cli, p, e);
    return same ? MIN(same, 0) : make_instance(cli, p, e);
}

static int start_run(struct cli *cli, int64_t instance, struct api_answer *a, struct err *e)
{
    char *path = xasprintf("/instances/%lld/runs", (long long)instance);
    char *body =
        xasprintf("{\"priority\":%lld}", (long long)args_number(cli->args, OPT_PRIORITY, 0));
    int status = api_make(cli, path, body, a, e);
    free(path);
    free(body);
    return status;
}

int cmd_start(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    struct plan p = {.configuration = json_object()};
    struct api_answer a;
    bool follows = args_has(args, OPT_FOLLOW), waits = follows || args_has(args, OPT_WAIT);
    api_answer_init(&a);
    int status = prepare(cli, &p, e);
    if (status == 0)
        status = start_run(cli, p.instance, &a, e);
    int64_t run = doc_int(a.doc, "id", 0), number = doc_int(a.doc, "number", 0);
    if (status == 0) {
        if (waits)
            interrupt_catch(); /* before anybody knows that there is something to leave alone */
        if (cli->out->json && !waits)
            out_json(cli->out, a.doc);
        else if (!cli->out->json && !follows)
            out_addf(cli->out, "%lld\n", (long long)run);
        out_note(cli->out, "started run %lld, %s#%lld: %s/runs/%lld", (long long)run, p.name,
                 (long long)number, cli->settings->url, (long long)run);
    }
    out_flush(cli->out);
    api_answer_release(&a);
    plan_release(&p);
    if (status < 0 || !waits)
        return status;
    return watch_run(cli, run, follows, (struct cursor){0, 0}, e);
}
