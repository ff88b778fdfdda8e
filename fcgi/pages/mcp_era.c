#include "mcp_era.h"

#include "json.h"

#include <sodium.h>
#include <string.h>

const char *const mcp_era_versions[] = {MCP_CURRENT, "2025-11-25", "2025-06-18", NULL};

static bool is_known(const char *version)
{
    for (const char *const *v = mcp_era_versions; *v; v++) {
        if (strcmp(*v, version) == 0)
            return true;
    }
    return false;
}

const char *mcp_era_negotiate(const char *asked)
{
    return strcmp(asked, MCP_CURRENT) != 0 && is_known(asked) ? asked : mcp_era_versions[1];
}

void mcp_era_put_versions(struct strbuf *out)
{
    for (size_t i = 0; mcp_era_versions[i]; i++)
        strbuf_addf(out, "%s\"%s\"", i ? "," : "[", mcp_era_versions[i]);
    strbuf_addc(out, ']');
}

static int refuse(struct mcp_refusal *why, enum mcp_rpc_code code, const char *message)
{
    *why = (struct mcp_refusal){.status = 400, .code = code, .message = message};
    return -1;
}

static int refuse_version(struct ctx *c, struct mcp_refusal *why, const char *asked)
{
    struct strbuf data = STRBUF_INIT;
    strbuf_adds(&data, "{\"supported\":");
    mcp_era_put_versions(&data);
    strbuf_adds(&data, ",\"requested\":");
    json_put_cstring(&data, asked);
    strbuf_addc(&data, '}');
    refuse(why, MCP_RPC_VERSION, "this protocol version is not spoken here");
    why->data = arena_strndup(c->arena, data.buf, data.len);
    strbuf_release(&data);
    return -1;
}

/* The value of a header that may be written as =?base64?...?=; NULL: malformed. */
static const char *decoded(struct ctx *c, const char *value)
{
    static const char begin[] = "=?base64?", end[] = "?=";
    size_t len = strlen(value), outer = sizeof(begin) - 1 + sizeof(end) - 1, out_len;
    if (len < outer || strncmp(value, begin, sizeof(begin) - 1) != 0 ||
        strcmp(value + len - (sizeof(end) - 1), end) != 0)
        return value;
    size_t in_len = len - outer;
    char *out = arena_alloc(c->arena, in_len + 1);
    if (sodium_base642bin((unsigned char *)out, in_len, value + sizeof(begin) - 1, in_len, NULL,
                          &out_len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return NULL;
    out[out_len] = '\0';
    return strlen(out) == out_len ? out : NULL;
}

/* Whether the header says what the body says. */
static int mirror(struct ctx *c, const char *param, const char *header, const char *body,
                  struct mcp_refusal *why)
{
    const char *value = request_param(&c->req, param);
    if (!value)
        return refuse(why, MCP_RPC_HEADERS,
                      arena_printf(c->arena, "the header %s is missing", header));
    value = decoded(c, value);
    if (value && body && strcmp(value, body) == 0)
        return 0;
    return refuse(why, MCP_RPC_HEADERS,
                  arena_printf(c->arena, "the header %s does not say what the body says", header));
}

static int check_current(struct ctx *c, const struct mcp_rpc *rpc, const json_t *meta,
                         struct mcp_refusal *why)
{
    const char *version = json_get_str(meta, MCP_META "protocolVersion", NULL);
    if (!version || !json_is_object(json_object_get(meta, MCP_META "clientCapabilities")))
        return refuse(why, MCP_RPC_PARAMS,
                      "params._meta must hold " MCP_META "protocolVersion and " MCP_META
                      "clientCapabilities");
    if (mirror(c, "HTTP_MCP_PROTOCOL_VERSION", "MCP-Protocol-Version", version, why) != 0 ||
        mirror(c, "HTTP_MCP_METHOD", "Mcp-Method", rpc->method, why) != 0)
        return -1;
    if (strcmp(rpc->method, "tools/call") != 0)
        return 0;
    return mirror(c, "HTTP_MCP_NAME", "Mcp-Name", json_get_str(rpc->params, "name", NULL), why);
}

int mcp_era_check(struct ctx *c, const struct mcp_rpc *rpc, bool *current, struct mcp_refusal *why)
{
    const json_t *meta = json_object_get(rpc->params, "_meta");
    const char *header = request_param(&c->req, "HTTP_MCP_PROTOCOL_VERSION");
    const char *said = json_get_str(meta, MCP_META "protocolVersion", NULL);
    bool begins = rpc->method && strcmp(rpc->method, "initialize") == 0;
    const char *version = said ? said : header;
    *current = version && strcmp(version, MCP_CURRENT) == 0;
    if (version && !is_known(version))
        return refuse_version(c, why, version);
    if (!header && !begins)
        return refuse(why, MCP_RPC_HEADERS, "the header MCP-Protocol-Version is missing");
    if (header && !is_known(header))
        return refuse_version(c, why, header);
    if (said && !*current)
        return refuse(why, MCP_RPC_HEADERS,
                      "only " MCP_CURRENT " says its version in params._meta");
    if (rpc->kind == MCP_RPC_REQUEST && *current)
        return check_current(c, rpc, meta, why);
    return 0;
}
