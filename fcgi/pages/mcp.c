#include "mcp.h"

#include "json.h"
#include "mcp_call.h"
#include "mcp_era.h"
#include "mcp_schema.h"
#include "texts.h"

#include <stdlib.h>
#include <string.h>

static const char instructions[] =
    "Athanor runs experiments. An experiment is a program with a schema of its configuration, an "
    "instance is a named configuration of it, a run executes an instance and keeps its log, "
    "results, "
    "metrics, tables and files. The usual way: list_experiments, get_schema, create_instance, "
    "start_run, wait_for_run until the status is completed, failed or cancelled, then read_logs "
    "and "
    "list_results. A call that is refused says what to do next.";

/* One message and its answer. */
struct mcp {
    struct ctx *c;
    struct mcp_rpc rpc;
    bool current; /* the revision without a handshake */
};

static int refuse(struct mcp *m, const struct mcp_refusal *why)
{
    response_restart(m->c->res, why->status);
    m->c->res->type = "application/json";
    mcp_rpc_put_error(&m->c->res->body, m->rpc.id, why->code, why->message, why->data);
    response_header(m->c->res, "Cache-Control", "no-store");
    return 0;
}

static int refuse_with(struct mcp *m, int status, enum mcp_rpc_code code, const char *message)
{
    struct mcp_refusal why = {.status = status, .code = code, .message = message};
    return refuse(m, &why);
}

/* ---- results ---- */

static void put_server(struct strbuf *out)
{
    strbuf_adds(out,
                "{\"name\":\"athanor\",\"title\":\"Athanor\",\"version\":\"" ATHANOR_VERSION "\"}");
}

/* Begins a result; members follow, each with a comma before it. */
static void open_result(struct mcp *m, struct strbuf *out, const char *first)
{
    mcp_rpc_put_head(out, m->rpc.id);
    strbuf_adds(out, "\"result\":{");
    if (m->current) {
        strbuf_adds(out, "\"resultType\":\"complete\",\"_meta\":{\"" MCP_META "serverInfo\":");
        put_server(out);
        strbuf_adds(out, "},");
    }
    strbuf_adds(out, first);
}

static int close_result(struct mcp *m)
{
    strbuf_adds(&m->c->res->body, "}}");
    m->c->res->type = "application/json";
    response_header(m->c->res, "Cache-Control", "no-store");
    return 0;
}

/* How long clients may keep what does not change while the program runs. */
static void put_lasting(struct mcp *m)
{
    if (m->current)
        strbuf_adds(&m->c->res->body, ",\"ttlMs\":60000,\"cacheScope\":\"private\"");
}

static void put_capabilities(struct strbuf *out)
{
    strbuf_adds(out, ",\"capabilities\":{\"tools\":{}},\"instructions\":");
    json_put_cstring(out, instructions);
}

static int initialize(struct mcp *m)
{
    struct strbuf *out = &m->c->res->body;
    const char *asked = json_get_str(m->rpc.params, "protocolVersion", NULL);
    if (!asked)
        return refuse_with(m, 200, MCP_RPC_PARAMS, "params.protocolVersion must be text");
    open_result(m, out, "\"protocolVersion\":");
    json_put_cstring(out, mcp_era_negotiate(asked));
    strbuf_adds(out, ",\"serverInfo\":");
    put_server(out);
    put_capabilities(out);
    return close_result(m);
}

static int discover(struct mcp *m)
{
    open_result(m, &m->c->res->body, "\"supportedVersions\":");
    mcp_era_put_versions(&m->c->res->body);
    put_capabilities(&m->c->res->body);
    put_lasting(m);
    return close_result(m);
}

static int ping(struct mcp *m)
{
    open_result(m, &m->c->res->body, "");
    return close_result(m);
}

/* ---- tools ---- */

/* The tools that the token's scope reaches, all on one page. */
static int list_tools(struct mcp *m)
{
    struct strbuf *out = &m->c->res->body;
    if (json_object_get(m->rpc.params, "cursor"))
        return refuse_with(m, 200, MCP_RPC_PARAMS, "there is only one page of tools");
    open_result(m, out, "\"tools\":[");
    for (size_t i = 0; i < mcp_tools_count; i++) {
        if (!ctx_may(m->c, mcp_tools_route(&mcp_tools[i])->scope))
            continue;
        if (out->buf[out->len - 1] != '[')
            strbuf_addc(out, ',');
        mcp_schema_put_tool(out, &mcp_tools[i]);
    }
    strbuf_addc(out, ']');
    put_lasting(m);
    return close_result(m);
}

static const char content[] = "\"content\":[{\"type\":\"text\",\"text\":";
static const char structured[] = "}],\"structuredContent\":";

static int put_failure(struct mcp *m, const struct mcp_call *call)
{
    struct strbuf *out = &m->c->res->body;
    open_result(m, out, content);
    json_put_string(out, call->error.buf, call->error.len);
    strbuf_adds(out, "}],\"isError\":true");
    return close_result(m);
}

static int put_success(struct mcp *m, const struct mcp_call *call)
{
    struct strbuf *out = &m->c->res->body;
    const struct strbuf *text = call->text.len ? &call->text : &call->result;
    open_result(m, out, content);
    json_put_string(out, text->buf, text->len);
    strbuf_adds(out, structured);
    strbuf_add(out, call->result.buf, call->result.len);
    return close_result(m);
}

static void put_part(struct strbuf *out, const char *name, const char *text)
{
    strbuf_addf(out, "&%s=", name);
    fields_put_escaped(out, text, "");
}

/* nginx asks the relay for the rest: it waits for the run, and puts its row between the parts of
 * the answer that are made here, first as text, then as it is. */
static int pass_to_relay(struct mcp *m, const struct mcp_call *call)
{
    static const char again[] =
        "},{\"type\":\"text\",\"text\":\"Where the status is pending or running, call wait_for_run "
        "again.\"}],\"structuredContent\":";
    struct strbuf where = STRBUF_INIT, head = STRBUF_INIT;
    open_result(m, &head, content);
    strbuf_addf(&where, "/_mcp/runs/%lld/wait?timeout_s=%lld", (long long)call->wait_run,
                (long long)call->wait_s);
    put_part(&where, "head", head.buf);
    put_part(&where, "middle", again);
    put_part(&where, "tail", "}}");
    response_header(m->c->res, "X-Accel-Redirect", where.buf);
    strbuf_release(&where);
    strbuf_release(&head);
    return 0;
}

/* nginx asks the other pool the same. */
static int pass_to_bulk(struct mcp *m)
{
    response_header(m->c->res, "X-Accel-Redirect", "@mcp_bulk");
    return 0;
}

static int call_tool(struct mcp *m)
{
    struct mcp_call call;
    const char *name = json_get_str(m->rpc.params, "name", NULL);
    const json_t *arguments = json_object_get(m->rpc.params, "arguments");
    const struct mcp_tool *tool = name ? mcp_tools_find(name) : NULL;
    if (!tool)
        return refuse_with(
            m, 200, MCP_RPC_PARAMS,
            arena_printf(m->c->arena, "there is no tool %s; tools/list has them",
                         name ? texts_beginning(m->c->arena, name, 100) : "without a name"));
    if (arguments && !json_is_object(arguments))
        return refuse_with(m, 200, MCP_RPC_PARAMS, "params.arguments must be an object");
    mcp_call_init(&call, m->c, tool, arguments);
    int failed = mcp_call_run(&call), rc;
    if (failed)
        rc = put_failure(m, &call);
    else if (call.wait_run)
        rc = pass_to_relay(m, &call);
    else if (call.bulk)
        rc = pass_to_bulk(m);
    else
        rc = put_success(m, &call);
    mcp_call_release(&call);
    return rc;
}

/* ---- messages ---- */

static const struct {
    const char *name;
    bool before, current; /* the revisions that know it */
    int (*answer)(struct mcp *m);
} methods[] = {
    {"initialize", true, false, initialize},    {"ping", true, false, ping},
    {"server/discover", false, true, discover}, {"tools/list", true, true, list_tools},
    {"tools/call", true, true, call_tool},
};

static int answer_request(struct mcp *m)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, m->rpc.method) == 0 &&
            (m->current ? methods[i].current : methods[i].before))
            return methods[i].answer(m);
    }
    return refuse_with(m, m->current ? 404 : 200, MCP_RPC_NO_METHOD,
                       arena_printf(m->c->arena, "there is no method %s",
                                    texts_beginning(m->c->arena, m->rpc.method, 100)));
}

static int answer_message(struct mcp *m, const json_t *message)
{
    struct mcp_refusal why;
    const char *wrong = mcp_rpc_read(&m->rpc, message);
    if (wrong)
        return refuse_with(m, 400, MCP_RPC_INVALID, wrong);
    if (mcp_era_check(m->c, &m->rpc, &m->current, &why) != 0)
        return refuse(m, &why);
    if (m->rpc.kind == MCP_RPC_REQUEST)
        return answer_request(m);
    /* Notifications have nothing to tell us, and answers are to no question of ours. */
    m->c->res->status = 202;
    return 0;
}

/* ---- HTTP ---- */

/* The rest of an origin behind http:// or https:// and the name of this very machine, or NULL. */
static const char *behind_loopback(const char *origin)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    const char *host = strstr(origin, "://");
    for (size_t i = 0; host && i < ARRAY_LEN(names); i++) {
        size_t len = strlen(names[i]);
        if (strncmp(host + 3, names[i], len) == 0 && (host[3 + len] == ':' || !host[3 + len]))
            return host + 3 + len;
    }
    return NULL;
}

/* A page of another site must not reach us, also not by a name that it has made point here: so it
 * is the site's own address that counts, and not what the request calls it. */
static bool is_allowed_origin(const struct ctx *c)
{
    const char *origin = request_param(&c->req, "HTTP_ORIGIN"), *own = c->app->conf->base_url;
    if (!origin || strcmp(origin, own) == 0)
        return true;
    const char *port = behind_loopback(origin), *own_port = behind_loopback(own);
    return port && own_port && strcmp(port, own_port) == 0;
}

static bool accepts_json(const struct ctx *c)
{
    const char *accept = request_param(&c->req, "HTTP_ACCEPT");
    return !accept || strstr(accept, "application/json") || strstr(accept, "application/*") ||
           strstr(accept, "*/*");
}

static json_t *read_message(struct ctx *c)
{
    json_t *message = request_value(&c->req, &c->problem);
    if (message && c->req.body_len > MCP_BODY_MAX) {
        json_decref(message);
        problem_set(&c->problem, 413, "a message is larger than %d MiB", MCP_BODY_MAX >> 20);
        return NULL;
    }
    return message;
}

int mcp_answer(struct ctx *c)
{
    struct mcp m = {.c = c};
    if (c->user.by_cookie)
        return problem_set(&c->problem, 401, "agents come with a token: Authorization: Bearer ...");
    if (!is_allowed_origin(c))
        return refuse_with(&m, 403, MCP_RPC_INVALID, "this origin is not allowed");
    if (!accepts_json(c))
        return refuse_with(&m, 406, MCP_RPC_INVALID, "answers are application/json");
    json_t *message = read_message(c);
    if (!message)
        return refuse_with(&m, c->problem.status,
                           c->problem.status == 400 ? MCP_RPC_PARSE : MCP_RPC_INVALID,
                           c->problem.detail);
    int rc = answer_message(&m, message);
    json_decref(message);
    return rc;
}
