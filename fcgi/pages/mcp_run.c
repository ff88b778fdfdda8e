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
