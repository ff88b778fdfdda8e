#include "mcp_data.h"

#include "json.h"
#include "texts.h"

static void put_data_path(struct strbuf *out, const char *name, const char *project, bool replace)
{
    char sign = '?';
    strbuf_adds(out, "/api/v1/data-sources/");
    fields_put_escaped(out, name, "");
    if (project) {
        strbuf_addf(out, "%cproject=", sign);
        fields_put_escaped(out, project, "");
        sign = '&';
    }
    if (replace)
        strbuf_addf(out, "%creplace=1", sign);
}

/* What an upload would do. */
static int rehearse(struct mcp_call *m, const char *name, const char *path, bool replace)
{
    struct response res;
    struct request_made made = {.method = METHOD_GET, .target = path};
    response_init(&res);
    bool taken = mcp_call_request(m, &made, &res) == 0;
    strbuf_reset(&m->error);
    response_release(&res);
    if (taken && !replace)
        return mcp_call_fail(m, "upload under another name, or with replace",
                             "name: there is a data source %.200s already", name);
    strbuf_adds(&m->result, "{\"name\":");
    json_put_cstring(&m->result, name);
    strbuf_addf(&m->result, ",\"would\":\"%s\",\"dry_run\":true}",
                taken ? "replace what has this name" : "make a new data source");
    return 0;
}

static int upload(struct mcp_call *m, const char *path)
{
    struct response res;
    const json_t *content = json_object_get(m->arguments, "content");
    struct request_made made = {.method = METHOD_PUT,
                                .target = path,
                                .type = "text/csv",
                                .body = json_string_value(content),
                                .body_len = json_string_length(content)};
    response_init(&res);
    int rc = mcp_call_request(m, &made, &res);
    if (rc == 0)
        strbuf_add(&m->result, res.body.buf, res.body.len);
    response_release(&res);
    return rc;
}

int mcp_data_upload(struct mcp_call *m)
{
    struct strbuf path = STRBUF_INIT;
    const char *name = json_get_str(m->arguments, "name", "");
    const char *project = json_get_str(m->arguments, "project", NULL);
    bool replace = mcp_call_flag(m, "replace"), dry = mcp_call_flag(m, "dry_run");
    put_data_path(&path, name, project, replace && !dry);
    int rc = dry ? rehearse(m, name, path.buf, replace) : upload(m, path.buf);
    strbuf_release(&path);
    return rc;
}

int mcp_data_delete(struct mcp_call *m)
{
    const char *source =
        texts_beginning(m->c->arena, json_get_str(m->arguments, "source", ""), 200);
    return mcp_call_delete(m, arena_printf(m->c->arena, "the data source %s", source));
}
