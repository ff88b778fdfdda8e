/* athanor wait, cancel, delete, promote: what is done to runs that are there. */
#include "api.h"
#include "args.h"
#include "find.h"
#include "follow.h"
#include "json.h"
#include "out.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_RETRY_S = 600 };

int cmd_wait(struct cli *cli, struct err *e)
{
    int64_t run = find_run_id(cli, cli->args->operands[0], e);
    return run < 0 ? -1 : watch_run(cli, run, false, (struct cursor){0, 0}, e);
}

static int cancel(struct cli *cli, const char *name, struct err *e)
{
    struct api_answer a;
    int64_t run = find_run_id(cli, name, e);
    if (run < 0)
        return -1;
    char *path = xasprintf("/runs/%lld/cancel", (long long)run);
    api_answer_init(&a);
    int status = api_send(cli, "POST", path,
                          args_has(cli->args, OPT_FORCE) ? "{\"force\":true}" : "{}", &a, e);
    if (status == 0)
        out_note(cli->out, "run %lld is asked to end", (long long)run);
    api_answer_release(&a);
    free(path);
    return status;
}

static int await_end(struct cli *cli, const char *name, struct err *e)
{
    struct strbuf row = STRBUF_INIT;
    int64_t run = find_run_id(cli, name, e);
    int end = run < 0 ? -1 : follow_wait(cli, run, WAIT_RETRY_S, 0, &row, e);
    struct doc d = doc_of(row.buf, row.len);
    char *status = doc_text(d, "status");
    if (end >= 0 && cli->out->json)
        out_json(cli->out, d);
    else if (end >= 0)
        out_note(cli->out, "run %lld %s", (long long)run, status);
    free(status);
    strbuf_release(&row);
    return MIN(end, 0);
}

/* Does it with all, also where one fails; the first failure is the one that is told at the end. */
static int each(struct cli *cli, int (*act)(struct cli *, const char *, struct err *),
                struct err *e)
{
    struct err first = {0}, now;
    int status = 0;
    for (size_t i = 0; i < cli->args->operand_count; i++) {
        now = (struct err){0};
        if (act(cli, cli->args->operands[i], &now) == 0)
            continue;
        if (status < 0)
            out_warn(cli->out, "%s", now.text);
        else
            first = now;
        status = -1;
    }
    if (status < 0 && e)
        *e = first;
    return status;
}

int cmd_cancel(struct cli *cli, struct err *e)
{
    int status = each(cli, cancel, e);
    return status == 0 && args_has(cli->args, OPT_WAIT) ? each(cli, await_end, e) : status;
}

/* The address of what is to be deleted; free() it. NULL on failure. */
static char *path_of(struct cli *cli, const char *name, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    const char *project = args_text(cli->args, OPT_PROJECT, NULL);
    if (args_has(cli->args, OPT_DATA)) {
        strbuf_adds(&text, "/data-sources/");
        http_escape(&text, name);
        if (project) {
            strbuf_adds(&text, "?project=");
            http_escape(&text, project);
        }
        return strbuf_detach(&text, NULL);
    }
    bool instance = args_has(cli->args, OPT_INSTANCE);
    int64_t id = -1;
    if (!instance)
        id = find_run_id(cli, name, e);
    else if (find_known_instance(cli, name, &text, e) == 0)
        id = doc_int(doc_of(text.buf, text.len), "id", -1);
    strbuf_release(&text);
    return id < 0 ? NULL : xasprintf("/%s/%lld", instance ? "instances" : "runs", (long long)id);
}

static int delete_one(struct cli *cli, const char *name, struct err *e)
{
    struct api_answer a;
    char *path = path_of(cli, name, e);
    if (!path)
        return -1;
    api_answer_init(&a);
    int status = api_send(cli, "DELETE", path, NULL, &a, e);
    if (status == 0)
        out_note(cli->out, "deleted %s", name);
    api_answer_release(&a);
    free(path);
    return status;
}

int cmd_delete(struct cli *cli, struct err *e)
{
    return each(cli, delete_one, e);
}

/* "a, b" as ["a","b"] */
static void put_tags(struct strbuf *out, const char *tags)
{
    strbuf_addc(out, '[');
    for (bool first = true; *tags; first = false) {
        tags += strspn(tags, " ");
        size_t len = strcspn(tags, ",");
        if (!first)
            strbuf_addc(out, ',');
        json_put_string(out, tags, len);
        tags += len + (tags[len] == ',');
    }
    strbuf_addc(out, ']');
}

static void put_pair(struct strbuf *out, const char *name, const char *value)
{
    int64_t number;
    if (!value)
        return;
    strbuf_addf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
    if (strcmp(name, "tags") == 0)
        put_tags(out, value);
    else if (strcmp(name, "artifact") == 0 && parse_int64(value, strlen(value), &number))
        strbuf_add_int(out, number);
    else
        json_put_cstring(out, value);
}

int cmd_promote(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    struct strbuf body = STRBUF_INIT;
    struct api_answer a;
    int64_t run = find_run_id(cli, args->operands[0], e);
    if (run < 0)
        return -1;
    char *path = xasprintf("/runs/%lld/promote", (long long)run);
    api_answer_init(&a);
    strbuf_addc(&body, '{');
    put_pair(&body, "name", args->operands[1]);
    put_pair(&body, "artifact", args_text(args, OPT_ARTIFACT, NULL));
    put_pair(&body, "description", args_text(args, OPT_DESCRIPTION, NULL));
    put_pair(&body, "tags", args_text(args, OPT_TAG, NULL));
    strbuf_addc(&body, '}');
    int status = api_send(cli, "POST", path, body.buf, &a, e);
    char *blamed = doc_text(doc_of(cli->problem.buf, cli->problem.len), "field");
    if (status < 0 && strcmp(blamed, "artifact") == 0)
        err_wrap(e, "not promoted (--artifact NAME says which file)");
    free(blamed);
    if (status == 0 && cli->out->json) {
        out_json(cli->out, a.doc);
    } else if (status == 0) {
        out_doc(cli->out, doc_get(a.doc, "pipeline"));
        out_bytes(cli->out, "/", 1);
        out_doc(cli->out, doc_get(a.doc, "version"));
        out_bytes(cli->out, "\n", 1);
        char *file = doc_text(a.doc, "artifact.name"), *hash = doc_text(a.doc, "artifact.sha256");
        out_note(cli->out, "%s, SHA-256 %s", file, hash);
        free(file);
        free(hash);
    }
    api_answer_release(&a);
    strbuf_release(&body);
    free(path);
    return status;
}
