#include "references.h"

#include "api.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

/* 1: *out is the reference, free() it; 0: nobody knows the name; -1. */
static int look_up(struct cli *cli, const char *name, const char *project, char **out,
                   struct err *e)
{
    struct api_answer a;
    struct err why = {0};
    struct strbuf path = STRBUF_INIT;
    api_answer_init(&a);
    strbuf_adds(&path, "/data-sources/");
    http_escape(&path, name);
    if (*project) {
        strbuf_adds(&path, "?project=");
        http_escape(&path, project);
    }
    int status = api_get(cli, &a, &why, "%s", path.buf);
    if (status == 0)
        *out = doc_text(a.doc, "reference");
    else if (cli_exit_code(why.code) == CLI_CONNECTION)
        *e = why;
    api_answer_release(&a);
    strbuf_release(&path);
    return status == 0 ? 1 : cli_exit_code(why.code) == CLI_CONNECTION ? -1 : 0;
}

/* Whether it is one of the experiment's own tables. */
static bool is_own(const json_t *field, const char *text)
{
    size_t i;
    const json_t *option;
    json_array_foreach(json_object_get(field, "options"), i, option)
    {
        const json_t *value = json_is_object(option) ? json_object_get(option, "value") : option;
        if (json_is_string(value) && strcmp(json_string_value(value), text) == 0)
            return true;
    }
    return false;
}

static int resolve_one(struct cli *cli, json_t *object, const json_t *field, const char *project,
                       struct err *e)
{
    const char *name = json_get_str(field, "name", ""), *text = json_get_str(object, name, "");
    char *reference = NULL;
    if (!*text || strstr(text, "@sha256:") || is_own(field, text))
        return 0;
    int found = look_up(cli, text, project, &reference, e);
    if (found == 0 && *project)
        found = look_up(cli, text, "", &reference, e);
    if (found > 0)
        json_object_set_new(object, name, json_string(reference));
    free(reference);
    return MIN(found, 0);
}

int references_resolve(struct cli *cli, json_t *configuration, const json_t *fields,
                       const char *project, struct err *e)
{
    size_t i, k;
    const json_t *field;
    json_t *item;
    int status = 0;
    json_array_foreach(fields, i, field)
    {
        const char *type = json_get_str(field, "type", "");
        const json_t *inner = json_object_get(field, "fields");
        json_t *value = json_object_get(configuration, json_get_str(field, "name", ""));
        if (strcmp(type, "data_source") == 0)
            status = resolve_one(cli, configuration, field, project, e);
        else if (json_is_object(value))
            status = references_resolve(cli, value, inner, project, e);
        json_array_foreach(value, k, item) if (status == 0) status =
            references_resolve(cli, item, inner, project, e);
        if (status < 0)
            return -1;
    }
    return 0;
}
