#include "mcp_run.h"

#include "json.h"

#include <string.h>

static bool is_active(const json_t *run)
{
    const char *status = json_get_str(run, "status", "");
    return strcmp(status, "pending") == 0 || strcmp(status, "running") == 0;
}

int mcp_run_wait(struct mcp_call *m)
{
    struct response res;
    response_init(&res);
    int rc = mcp_call_ask(m, m->arguments, &res);
    json_t *run = rc == 0 ? mcp_call_value(m, &res) : NULL;
    int64_t seconds = mcp_call_int(m, "timeout_s", MCP_RUN_WAIT_S);
    if (run && is_active(run) && seconds > 0) {
        m->wait_run = mcp_call_int(m, "run_id", 0);
        m->wait_s = seconds;
    } else if (run) {
        strbuf_add(&m->result, res.body.buf, res.body.len);
    }
    rc = run ? 0 : -1;
    json_decref(run);
    response_release(&res);
    return rc;
}

/* What the page that asks a person says would go: "run #3 of x. With it go 1,200 lines ...". NULL:
 * there is no such thing, or it cannot go. In the arena. */
static const char *what_goes(struct mcp_call *m, const char *query, int64_t id)
{
    static const char verb[] = "Delete ";
    size_t len;
    struct params *p = ctx_params(m->c);
    params_text(p, arena_printf(m->c->arena, "{\"path\":{\"id\":%lld}}", (long long)id));
    const char *text = ctx_value(m->c, query, p, &len), *what = NULL;
    json_t *view = text ? json_parse(text, len, query, NULL) : NULL;
    const char *heading = json_get_str(view, "heading", "");
    const char *words = json_string_value(json_array_get(json_object_get(view, "words"), 0));
    if (words && strncmp(heading, verb, sizeof(verb) - 1) == 0)
        what = arena_printf(m->c->arena, "%.*s. %s", (int)(strlen(heading) - sizeof(verb)),
                            heading + sizeof(verb) - 1, words);
    json_decref(view);
    return what;
}

int mcp_run_delete(struct mcp_call *m)
{
    return mcp_call_delete(m, what_goes(m, "page_delete_run", mcp_call_int(m, "run_id", 0)));
}

int mcp_run_delete_instance(struct mcp_call *m)
{
    return mcp_call_delete(m,
                           what_goes(m, "page_delete_instance", mcp_call_int(m, "instance_id", 0)));
}
