/* athanor get: what a run has left, as files. */
#include "api.h"
#include "args.h"
#include "download.h"
#include "find.h"
#include "io.h"
#include "out.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* All that is no artifact: the option, and where it stands below /api/v1/runs/ID. */
static const struct part {
    enum option_id id;
    const char *name, *path, *query;
} parts[] = {
    {OPT_LOG, "log", "/log.txt", NULL},
    {OPT_RESULTS, "results", "/results.", NULL}, /* the format follows */
    {OPT_METRIC, "metric", "/metrics.csv", "?key="},
    {OPT_TABLE, "table", "/table.csv", "?name="},
};

/* A name that a site has given must not lead out of the folder. */
static bool is_safe_name(const char *name)
{
    if (!*name || *name == '/')
        return false;
    for (const char *at = name; *at;) {
        size_t len = strcspn(at, "/");
        if (!len || (len == 1 && *at == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
            return false;
        at += len + (at[len] == '/');
    }
    return name[strlen(name) - 1] != '/';
}

/* Refuses to write over what is there, unless --force. */
static int check_target(struct cli *cli, const char *target, struct err *e)
{
    if (access(target, F_OK) == 0 && !args_has(cli->args, OPT_FORCE))
        return err_set(e, ERR_CONFLICT, "%s is there already; --force writes over it", target);
    return 0;
}

static int make_folder_of(const char *target, struct err *e)
{
    const char *slash = strrchr(target, '/');
    if (!slash || slash == target)
        return 0;
    char *folder = xstrndup(target, (size_t)(slash - target));
    int status = io_mkdirs(folder, 0777, e);
    free(folder);
    return status;
}

/* One answer as it is, to -o or stdout. */
static int get_part(struct cli *cli, const char *path, struct err *e)
{
    const char *target = args_text(cli->args, OPT_OUTPUT, "-");
    struct download d = {.path = path,
                         .target = strcmp(target, "-") == 0 ? NULL : target,
                         .what = target,
                         .size = -1};
    if (cli->args->operand_count > 1)
        return err_set(e, ERR_INVALID, "artifacts are not got together with other things: \"%s\"",
                       cli->args->operands[1]);
    if (d.target && (check_target(cli, d.target, e) < 0 || make_folder_of(d.target, e) < 0))
        return -1;
    return download_run(cli, &d, e);
}

static int get_artifact(struct cli *cli, struct doc artifact, struct err *e)
{
    char *name = doc_text(artifact, "name"), *href = doc_text(artifact, "href"),
         *sha256 = doc_text(artifact, "sha256");
    const char *folder = args_text(cli->args, OPT_OUTPUT, ".");
    char *target = strcmp(folder, ".") == 0 ? xstrdup(name) : xasprintf("%s/%s", folder, name);
    struct download d = {.path = href,
                         .target = target,
                         .what = name,
                         .sha256 = sha256,
                         .size = doc_int(artifact, "size", -1)};
    int status = 0;
    bool to_stdout = strcmp(folder, "-") == 0;
    if (to_stdout)
        d.target = NULL;
    if (*href != '/') { /* behind the site's name, anything else could make it another one */
        status = err_set(e, ERR_INVALID, "\"%s\" is no address of %s", href, cli->settings->url);
    } else if (!to_stdout && !is_safe_name(name)) {
        status = err_set(e, ERR_INVALID,
                         "the name \"%s\" leads out of the folder; -o - prints the file", name);
    } else if (to_stdout || !download_is_same(target, sha256)) {
        if (!to_stdout && (check_target(cli, target, e) < 0 || make_folder_of(target, e) < 0))
            status = -1;
        if (status == 0)
            status = download_run(cli, &d, e);
    }
    if (status == 0 && cli->out->json && !to_stdout)
        out_json(cli->out, artifact);
    else if (status == 0 && !to_stdout)
        out_note(cli->out, "%s: %lld bytes, SHA-256 %s", target, (long long)d.size, sha256);
    free(name);
    free(href);
    free(sha256);
    free(target);
    return status;
}

/* The artifacts of a run, each a piece of *text. */
struct artifacts {
    struct strbuf text;
    size_t *ends;
    size_t count;
};

static struct doc artifact_at(const struct artifacts *all, size_t i)
{
    size_t start = i ? all->ends[i - 1] : 0;
    return doc_of(all->text.buf + start, all->ends[i] - start);
}

static int read_artifacts(struct cli *cli, int64_t run, struct artifacts *all, struct err *e)
{
    struct api_list list;
    char *path = xasprintf("/runs/%lld/artifacts?limit=1000", (long long)run);
    int status;
    api_list_init(&list, cli, path, "after");
    while ((status = api_list_next(&list, e)) > 0) {
        strbuf_add(&all->text, list.item.at, list.item.len);
        all->ends = xreallocarray(all->ends, all->count + 1, sizeof(*all->ends));
        all->ends[all->count++] = all->text.len;
    }
    api_list_release(&list);
    free(path);
    return status;
}

/* Whether a later one has the same name: the newest is meant. */
static bool is_outdated(const struct artifacts *all, size_t i)
{
    char *name = doc_text(artifact_at(all, i), "name");
    bool found = false;
    for (size_t k = i + 1; k < all->count && !found; k++)
        found = doc_is(artifact_at(all, k), "name", name);
    free(name);
    return found;
}

static int get_named(struct cli *cli, const struct artifacts *all, const char *wanted,
                     struct err *e)
{
    for (size_t i = all->count; i-- > 0;) {
        struct doc one = artifact_at(all, i);
        if (doc_is(one, "name", wanted) || doc_is(one, "n", wanted))
            return get_artifact(cli, one, e);
    }
    return err_set(e, ERR_NOT_FOUND, "the run has no artifact \"%s\"", wanted);
}

static int get_artifacts(struct cli *cli, int64_t run, struct err *e)
{
    const struct args *args = cli->args;
    struct artifacts all = {.ends = NULL};
    strbuf_init(&all.text);
    int status = read_artifacts(cli, run, &all, e);
    for (size_t i = 1; status == 0 && i < args->operand_count; i++)
        status = get_named(cli, &all, args->operands[i], e);
    for (size_t i = 0; status == 0 && args->operand_count == 1 && i < all.count; i++)
        if (!is_outdated(&all, i))
            status = get_artifact(cli, artifact_at(&all, i), e);
    if (status == 0 && !all.count)
        status = err_set(e, ERR_NOT_FOUND, "run %lld has no artifacts", (long long)run);
    strbuf_release(&all.text);
    free(all.ends);
    return status;
}

static int get_data(struct cli *cli, struct err *e)
{
    struct strbuf path = STRBUF_INIT;
    const char *project = args_text(cli->args, OPT_PROJECT, NULL);
    strbuf_adds(&path, "/api/v1/data-sources/");
    http_escape(&path, cli->args->operands[0]);
    strbuf_adds(&path, project ? "/file?project=" : "/file");
    http_escape(&path, project ? project : "");
    int status = get_part(cli, path.buf, e);
    strbuf_release(&path);
    return status;
}

/* The one of `parts` that was asked for; NULL for artifacts. */
static int find_part(const struct args *args, const struct part **out, struct err *e)
{
    *out = NULL;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!args_has(args, parts[i].id))
            continue;
        if (*out)
            return err_field(e, parts[i].name, "--%s and --%s do not go together", (*out)->name,
                             parts[i].name);
        *out = &parts[i];
    }
    return 0;
}

int cmd_get(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    const struct part *part;
    struct strbuf path = STRBUF_INIT;
    if (args_has(args, OPT_DATA))
        return get_data(cli, e);
    if (find_part(args, &part, e) < 0)
        return -1;
    int64_t run = find_run_id(cli, args->operands[0], e);
    if (run < 0)
        return -1;
    if (!part)
        return get_artifacts(cli, run, e);
    strbuf_addf(&path, "/api/v1/runs/%lld%s%s", (long long)run, part->path,
                part->query ? part->query : "");
    if (part->id != OPT_LOG)
        http_escape(&path, args_text(args, part->id, ""));
    int status = get_part(cli, path.buf, e);
    strbuf_release(&path);
    return status;
}
