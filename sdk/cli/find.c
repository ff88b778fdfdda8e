#include "find.h"

#include "api.h"

#include <stdlib.h>
#include <string.h>

static bool is_id(const char *name, int64_t *id)
{
    return parse_int64(name, strlen(name), id) && *id > 0;
}

static void keep(struct strbuf *row, struct doc d)
{
    strbuf_reset(row);
    strbuf_add(row, d.at, d.len);
}

/* 1, 0 where there is none, -1. */
static int get_row(struct cli *cli, const char *kind, int64_t id, struct strbuf *row, struct err *e)
{
    struct api_answer a;
    struct err why = {0};
    api_answer_init(&a);
    int status = api_get(cli, &a, &why, "/%s/%lld", kind, (long long)id);
    if (status == 0)
        keep(row, a.doc);
    else if (why.code != ERR_NOT_FOUND && e)
        *e = why;
    api_answer_release(&a);
    return status == 0 ? 1 : why.code == ERR_NOT_FOUND ? 0 : -1;
}

int find_instance(struct cli *cli, const char *name, struct strbuf *row, struct err *e)
{
    struct api_list list;
    struct strbuf path = STRBUF_INIT, ids = STRBUF_INIT;
    int64_t id;
    int status = is_id(name, &id) ? get_row(cli, "instances", id, row, e) : 0, found = 0;
    if (status != 0 || !*name)
        return status;
    strbuf_adds(&path, "/instances?limit=1000&name=");
    http_escape(&path, name);
    api_list_init(&list, cli, path.buf, "before");
    while ((status = api_list_next(&list, e)) > 0) {
        if (found++ == 0)
            keep(row, list.item);
        strbuf_addf(&ids, " %lld", (long long)doc_int(list.item, "id", 0));
    }
    api_list_release(&list);
    if (status == 0 && found > 1)
        status = err_set(e, ERR_CONFLICT, "%d instances are called \"%s\"; name one by its id:%s",
                         found, name, ids.buf);
    strbuf_release(&path);
    strbuf_release(&ids);
    return status < 0 ? -1 : found;
}

int find_known_instance(struct cli *cli, const char *name, struct strbuf *row, struct err *e)
{
    int found = find_instance(cli, name, row, e);
    return found ? MIN(found, 0) : err_set(e, ERR_NOT_FOUND, "there is no instance \"%s\"", name);
}

/* The newest run of the instance in *row, or that of a number, in its place. */
static int find_numbered(struct cli *cli, int64_t number, struct strbuf *row, struct err *e)
{
    struct api_list list;
    struct doc instance = doc_of(row->buf, row->len);
    char *name = doc_text(instance, "name");
    char *path = xasprintf("/runs?instance=%lld&limit=%d", (long long)doc_int(instance, "id", 0),
                           number ? 200 : 1);
    api_list_init(&list, cli, path, "before");
    int status;
    while ((status = api_list_next(&list, e)) > 0 && number &&
           doc_int(list.item, "number", 0) > number)
        ;
    if (status > 0 && (!number || doc_int(list.item, "number", 0) == number))
        keep(row, list.item);
    else if (status >= 0 && number)
        status = err_set(e, ERR_NOT_FOUND, "the instance \"%s\" has no run %lld", name,
                         (long long)number);
    else if (status == 0)
        status = err_set(e, ERR_NOT_FOUND, "the instance \"%s\" has no run", name);
    api_list_release(&list);
    free(path);
    free(name);
    return MIN(status, 0);
}

int find_run(struct cli *cli, const char *name, struct strbuf *row, struct err *e)
{
    int64_t id, number = 0;
    const char *hash = strrchr(name, '#');
    if (is_id(name, &id)) {
        int found = get_row(cli, "runs", id, row, e);
        return found ? MIN(found, 0)
                     : err_set(e, ERR_NOT_FOUND, "there is no run %lld", (long long)id);
    }
    if (hash && !is_id(hash + 1, &number))
        hash = NULL;
    char *instance = hash ? xstrndup(name, (size_t)(hash - name)) : xstrdup(name);
    int found = find_instance(cli, instance, row, e);
    if (found == 0)
        found =
            err_set(e, ERR_NOT_FOUND, "there is no run %s, and no instance \"%s\"", name, instance);
    free(instance);
    return found < 0 ? -1 : find_numbered(cli, number, row, e);
}

int64_t find_run_id(struct cli *cli, const char *name, struct err *e)
{
    int64_t id;
    if (is_id(name, &id))
        return id;
    struct strbuf row = STRBUF_INIT;
    id = find_run(cli, name, &row, e) < 0 ? -1 : doc_int(doc_of(row.buf, row.len), "id", -1);
    strbuf_release(&row);
    return id;
}
