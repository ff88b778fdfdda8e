/*
 * mcp_tools.h - what an agent can do here: one table of tools, each an address of the JSON API with
 * its arguments.
 *
 * The table is the whole map: tools/list is made of it (mcp_schema.h), calls are checked against it
 * and carried out by it (mcp_call.h), and the table in docs/mcp.md is held to it by a test. What an
 * argument may be in the query of its address is the route's business and is not repeated here.
 */
#ifndef PAGES_MCP_TOOLS_H
#define PAGES_MCP_TOOLS_H

#include "router.h"

/* Where an argument goes: into a pair of braces of the path, a parameter of the query, a member of
 * the body, the header Idempotency-Key, or nowhere but to the tool's own code. */
enum mcp_place { MCP_PATH, MCP_QUERY, MCP_BODY, MCP_KEY, MCP_OWN };
enum mcp_kind { MCP_INTEGER, MCP_TEXT, MCP_BOOLEAN, MCP_OBJECT, MCP_TEXTS };

struct mcp_argument {
    const char *name; /* NULL ends a list */
    enum mcp_place place;
    const char *as; /* its name there; NULL: the same */
    enum mcp_kind kind;
    bool required;
    int64_t low, high; /* of a whole number; both 0: any, in the query what the route allows */
    int64_t
        otherwise; /* of a whole number: what it is when left out; 0: not told, or the route's */
    const char *words; /* of a text: the values that it may have, space-separated; NULL: any */
    const char *description;
};

/* A member of what a tool returns. `type` is integer, number, string, boolean, object or any; `?`
 * before it allows null, `[...]` is an array of it, `@name` one of the shapes. A name that ends in
 * `?` may be left out. */
struct mcp_member {
    const char *name; /* NULL ends a list */
    const char *type;
    const char *description; /* NULL: the name says it */
};

struct mcp_shape {
    const char *name;
    const struct mcp_member *members;
};

/* What a tool tells about itself; none: it adds or changes something. */
enum {
    MCP_READS = 1,
    MCP_DESTROYS = 2,
    MCP_REPEATS = 4, /* twice is the same as once */
    MCP_OPENS = 8,   /* programs of the experiment are run, which may do anything */
};

struct mcp_call;

struct mcp_tool {
    const char *name, *title, *description;
    int hints;
    int method;       /* of the API's route */
    const char *path; /* its pattern */
    const struct mcp_argument *arguments;
    const char *output; /* a shape; in brackets a list's page of them */
    bool brief;         /* only what the shape has is passed on */
    int (*call)(struct mcp_call *);
};

extern const struct mcp_tool mcp_tools[];
extern const size_t mcp_tools_count;
extern const struct mcp_shape mcp_shapes[];
extern const size_t mcp_shapes_count;

/* The tool, or NULL. */
const struct mcp_tool *mcp_tools_find(const char *name);

/* The route that a tool is made of. */
const struct route *mcp_tools_route(const struct mcp_tool *t);

/* The parameter of that route which an argument in the query is. */
const struct route_param *mcp_tools_param(const struct mcp_tool *t, const struct mcp_argument *a);

/* The name that an argument has where it goes. */
const char *mcp_tools_as(const struct mcp_argument *a);

#endif
