/* Any JSON as a message of the Model Context Protocol: what is accepted is a message of one kind
 * with the parts of that kind, and what is answered to it is JSON with the same id. */
#include "json.h"
#include "mcp_rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct mcp_rpc *rpc)
{
    if ((rpc->kind == MCP_RPC_REQUEST) != (rpc->id && rpc->method))
        die("a request without id or method, or another kind with both");
    if (rpc->kind == MCP_RPC_NOTIFICATION && (rpc->id || !rpc->method))
        die("a notification with an id, or without a method");
    if (rpc->params && !json_is_object(rpc->params))
        die("parameters that are no object");
}

/* An error in answer is read again, with the id that was asked with. */
static void check_answer(const struct mcp_rpc *rpc, const char *words)
{
    struct strbuf out = STRBUF_INIT;
    struct mcp_rpc back;
    mcp_rpc_put_error(&out, rpc->id, MCP_RPC_INVALID, words, "{\"a\":[1]}");
    json_t *answer = json_parse(out.buf, out.len, "the answer", NULL);
    if (!answer || mcp_rpc_read(&back, answer) || back.kind != MCP_RPC_RESPONSE)
        die("no answer: %s", out.buf);
    if (rpc->id ? !json_equal(json_object_get(answer, "id"), rpc->id)
                : json_object_get(answer, "id") != NULL)
        die("another id: %s", out.buf);
    json_decref(answer);
    strbuf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mcp_rpc rpc;
    json_t *message = json_parse((const char *)data, size, "the body", NULL);
    if (!message)
        return 0;
    const char *wrong = mcp_rpc_read(&rpc, message);
    if (!wrong)
        check(&rpc);
    else if (!wrong[0])
        die("refused without words");
    check_answer(&rpc, wrong ? wrong : rpc.method ? rpc.method : "");
    json_decref(message);
    return 0;
}
