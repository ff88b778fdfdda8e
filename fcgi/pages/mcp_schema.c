#include "mcp_schema.h"

#include "json.h"

#include <string.h>

const struct mcp_shape *mcp_schema_shape(const char *name, size_t len)
{
    for (size_t i = 0; i < mcp_shapes_count; i++) {
        if (strlen(mcp_shapes[i].name) == len && memcmp(mcp_shapes[i].name, name, len) == 0)
            return &mcp_shapes[i];
    }
    die("no shape is named %.*s", (int)len, name);
}

/* Begins a member of the object that is being written. */
static void member(struct strbuf *out, const char *name)
{
    if (out->buf[out->len - 1] != '{')
        strbuf_addc(out, ',');
    json_put_cstring(out, name);
    strbuf_addc(out, ':');
}

static void text_member(struct strbuf *out, const char *name, const char *text)
{
    if (!text)
        return;
    member(out, name);
    json_put_cstring(out, text);
}

static void int_member(struct strbuf *out, const char *name, int64_t value)
{
    member(out, name);
    strbuf_add_int(out, value);
}

static void put_words(struct strbuf *out, const char *words)
{
    char sign = '[';
    member(out, "enum");
    for (const char *at = words; *at; at += *at == ' ') {
        size_t len = strcspn(at, " ");
        strbuf_addc(out, sign);
        json_put_string(out, at, len);
        sign = ',';
        at += len;
    }
    strbuf_addc(out, ']');
}

/* ---- what a tool takes ---- */

/* Numbers that JavaScript holds exactly; larger bounds say nothing to anybody. */
static bool is_bound(int64_t value)
{
    return value > -(1LL << 53) && value < 1LL << 53;
}

/* A whole number of the query; a tool may take less than the route. */
static void put_bounds(struct strbuf *out, const struct mcp_argument *a,
                       const struct route_param *rp)
{
    int64_t low = a->high ? a->low : rp->low, high = a->high ? a->high : rp->high;
    int64_t otherwise = a->otherwise ? a->otherwise : rp->otherwise;
    int_member(out, "minimum", low);
    if (is_bound(high))
        int_member(out, "maximum", high);
    if (is_bound(otherwise) && otherwise >= low)
        int_member(out, "default", otherwise);
}

static void put_param(struct strbuf *out, const struct mcp_argument *a,
                      const struct route_param *rp)
{
    text_member(out, "type", rp->words ? "string" : "integer");
    if (!rp->words)
        put_bounds(out, a, rp);
    else if (strcmp(rp->words, "*") != 0)
        put_words(out, rp->words);
}

static void put_kind(struct strbuf *out, const struct mcp_argument *a)
{
    static const char *const types[] = {[MCP_INTEGER] = "integer",
                                        [MCP_TEXT] = "string",
                                        [MCP_BOOLEAN] = "boolean",
                                        [MCP_OBJECT] = "object",
                                        [MCP_TEXTS] = "array"};
    text_member(out, "type", types[a->kind]);
    if (a->kind == MCP_TEXTS)
        strbuf_adds(out, ",\"items\":{\"type\":\"string\"}");
    if (a->words)
        put_words(out, a->words);
    if (a->place == MCP_PATH && a->kind == MCP_INTEGER)
        int_member(out, "minimum", 1);
    if (a->low || a->high) {
        int_member(out, "minimum", a->low);
        int_member(out, "maximum", a->high);
    }
    if (a->otherwise)
        int_member(out, "default", a->otherwise);
}

static void put_arguments(struct strbuf *out, const struct mcp_tool *t)
{
    strbuf_adds(out, "{\"type\":\"object\"");
    member(out, "properties");
    strbuf_addc(out, '{');
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        member(out, a->name);
        strbuf_addc(out, '{');
        if (a->place == MCP_QUERY)
            put_param(out, a, mcp_tools_param(t, a));
        else
            put_kind(out, a);
        text_member(out, "description", a->description);
        strbuf_addc(out, '}');
    }
    strbuf_adds(out, "},\"required\":[");
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        if (!a->required)
            continue;
        if (out->buf[out->len - 1] != '[')
            strbuf_addc(out, ',');
        json_put_cstring(out, a->name);
    }
    strbuf_adds(out, "],\"additionalProperties\":false}");
}

/* ---- what it returns ---- */

static void put_shape(struct strbuf *out, const char *name, size_t len);

/* Appends {"type":...} of a type as struct mcp_member has it, without its last brace. */
static void open_type(struct strbuf *out, const char *type, size_t len)
{
    if (type[0] == '?' && type[1] == '@') {
        strbuf_adds(out, "{\"anyOf\":[{\"type\":\"null\"},");
        put_shape(out, type + 2, len - 2);
        strbuf_addc(out, ']');
    } else if (type[0] == '?') {
        strbuf_addf(out, "{\"type\":[\"%.*s\",\"null\"]", (int)len - 1, type + 1);
    } else if (type[0] == '[') {
        strbuf_adds(out, "{\"type\":\"array\",\"items\":");
        open_type(out, type + 1, len - 2);
        strbuf_addc(out, '}');
    } else if (type[0] == '@') {
        put_shape(out, type + 1, len - 1);
        strbuf_truncate(out, out->len - 1);
    } else if (len == 3 && memcmp(type, "any", 3) == 0) {
        strbuf_addc(out, '{');
    } else {
        strbuf_addf(out, "{\"type\":\"%.*s\"", (int)len, type);
    }
}

static size_t name_length(const struct mcp_member *b)
{
    size_t len = strlen(b->name);
    return len - (b->name[len - 1] == '?');
}

static void put_shape(struct strbuf *out, const char *name, size_t len)
{
    const struct mcp_shape *shape = mcp_schema_shape(name, len);
    strbuf_adds(out, "{\"type\":\"object\",\"properties\":{");
    for (const struct mcp_member *b = shape->members; b->name; b++) {
        if (b != shape->members)
            strbuf_addc(out, ',');
        json_put_string(out, b->name, name_length(b));
        strbuf_addc(out, ':');
        open_type(out, b->type, strlen(b->type));
        text_member(out, "description", b->description);
        strbuf_addc(out, '}');
    }
    strbuf_adds(out, "},\"required\":[");
    for (const struct mcp_member *b = shape->members; b->name; b++) {
        if (b->name[name_length(b)] == '?')
            continue;
        if (out->buf[out->len - 1] != '[')
            strbuf_addc(out, ',');
        json_put_cstring(out, b->name);
    }
    strbuf_adds(out, "]}");
}

static void put_output(struct strbuf *out, const char *output)
{
    size_t len = strlen(output);
    if (output[0] != '[') {
        put_shape(out, output, len);
        return;
    }
    strbuf_adds(out,
                "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":");
    put_shape(out, output + 1, len - 2);
    strbuf_adds(out,
                "},\"next\":{\"type\":[\"integer\",\"null\"],\"description\":\"the cursor of the "
                "following page; null: this was the last\"}},\"required\":[\"items\",\"next\"]}");
}

static void put_annotations(struct strbuf *out, const struct mcp_tool *t)
{
    const struct {
        const char *name;
        bool value;
    } hints[] = {
        {"readOnlyHint", t->hints & MCP_READS},
        {"destructiveHint", t->hints & MCP_DESTROYS},
        {"idempotentHint", t->hints & (MCP_READS | MCP_REPEATS)},
        {"openWorldHint", t->hints & MCP_OPENS},
    };
    strbuf_addc(out, '{');
    text_member(out, "title", t->title);
    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        member(out, hints[i].name);
        strbuf_adds(out, hints[i].value ? "true" : "false");
    }
    strbuf_addc(out, '}');
}

void mcp_schema_put_tool(struct strbuf *out, const struct mcp_tool *t)
{
    strbuf_addc(out, '{');
    text_member(out, "name", t->name);
    text_member(out, "title", t->title);
    text_member(out, "description", t->description);
    member(out, "inputSchema");
    put_arguments(out, t);
    member(out, "outputSchema");
    put_output(out, t->output);
    member(out, "annotations");
    put_annotations(out, t);
    strbuf_addc(out, '}');
}
