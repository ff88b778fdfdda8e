#include "mcp_rpc.h"

#include "json.h"

#include <string.h>

static bool is_id(const json_t *id)
{
    return json_is_integer(id) || (json_is_string(id) && json_string_length(id) <= MCP_RPC_ID_MAX);
}

static bool is_response(const json_t *message)
{
    return json_object_get(message, "result") || json_object_get(message, "error");
}

const char *mcp_rpc_read(struct mcp_rpc *out, const json_t *message)
{
    *out = (struct mcp_rpc){.kind = MCP_RPC_REQUEST};
    if (json_is_array(message))
        return "batches are not part of this protocol: send one message a request";
    if (!json_is_object(message))
        return "a message is a JSON object";
    const json_t *id = json_object_get(message, "id"), *params = json_object_get(message, "params");
    const json_t *method = json_object_get(message, "method");
    if (is_id(id))
        out->id = id;
    if (strcmp(json_get_str(message, "jsonrpc", ""), "2.0") != 0)
        return "the member jsonrpc must be \"2.0\"";
    if (id && !out->id)
        return "an id is a whole number, or text of up to 200 bytes, and not null";
    if (!method && is_response(message)) {
        out->kind = MCP_RPC_RESPONSE;
        return NULL;
    }
    if (!json_is_string(method))
        return "the member method must be text";
    if (params && !json_is_object(params))
        return "the member params must be an object";
    out->kind = id ? MCP_RPC_REQUEST : MCP_RPC_NOTIFICATION;
    out->method = json_string_value(method);
    out->params = params;
    return NULL;
}

void mcp_rpc_put_head(struct strbuf *out, const json_t *id)
{
    strbuf_adds(out, "{\"jsonrpc\":\"2.0\",");
    if (!id)
        return;
    strbuf_adds(out, "\"id\":");
    json_put_value(out, id);
    strbuf_addc(out, ',');
}

void mcp_rpc_put_error(struct strbuf *out, const json_t *id, enum mcp_rpc_code code,
                       const char *message, const char *data)
{
    mcp_rpc_put_head(out, id);
    strbuf_addf(out, "\"error\":{\"code\":%d,\"message\":", (int)code);
    json_put_cstring(out, message);
    if (data)
        strbuf_addf(out, ",\"data\":%s", data);
    strbuf_adds(out, "}}");
}
