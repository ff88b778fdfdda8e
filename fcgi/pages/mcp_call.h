/*
 * mcp_call.h - one call of a tool: its arguments are checked, its address of the API is asked, the
 * answer becomes the tool's result.
 *
 * What goes wrong in a way that an agent can mend (a wrong value, a run that is not there, a budget
 * that is used up) is a result too, of `error`: what, which arguments, which values they may have,
 * what to do next.
 */
#ifndef PAGES_MCP_CALL_H
#define PAGES_MCP_CALL_H

#include "ctx.h"
#include "mcp_tools.h"

enum { MCP_CALL_MAX = 1024 * 1024 /* bytes of a result: nobody's context holds more */ };

struct mcp_call {
    struct ctx *c;
    const struct mcp_tool *tool;
    const json_t *arguments; /* an object */
    struct strbuf result;    /* JSON: what the tool's `output` describes */
    struct strbuf text;      /* the same in words; empty: the JSON itself */
    struct strbuf error;     /* why it failed, in words */
    int64_t wait_run;        /* not 0: the relay is to answer with this run's row, */
    int64_t wait_s;          /* once it has ended or so many seconds are over */
    bool bulk;               /* too long for this pool: the other one is to carry it out */
};

void mcp_call_init(struct mcp_call *m, struct ctx *c, const struct mcp_tool *t,
                   const json_t *arguments);
void mcp_call_release(struct mcp_call *m);

/* Checks the arguments and carries the call out. 0, or -1 with m->error. */
MUST_CHECK int mcp_call_run(struct mcp_call *m);

/* The usual `call` of a tool: asks its address with its arguments and passes the answer on, of a
 * dry run without the numbers that were not given. */
int mcp_call_api(struct mcp_call *m);

/* Asks the tool's address with these arguments; the answer is in *res, which the caller initialises
 * and releases. What a dry run changes is undone before this returns. -1 with m->error. */
MUST_CHECK int mcp_call_ask(struct mcp_call *m, const json_t *arguments, struct response *res);

/* The same for any request. */
MUST_CHECK int mcp_call_request(struct mcp_call *m, const struct request_made *made,
                                struct response *res);

/* The `call` of a tool that deletes: asks its address, and tells that it went, or would go in a dry
 * run; `what` is that in words, or NULL. */
int mcp_call_delete(struct mcp_call *m, const char *what);

/* The API's answer as a value, which the caller decrefs. NULL with m->error. */
MUST_CHECK json_t *mcp_call_value(struct mcp_call *m, const struct response *res);

/* Fails the call: what is wrong, and what to do (NULL: nothing). Returns -1. */
int mcp_call_fail(struct mcp_call *m, const char *next, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Fails the call for a problem of the API. Returns -1. */
int mcp_call_problem(struct mcp_call *m, const struct problem *p);

/* The value of an argument that has been checked; what is said here where it was left out. */
int64_t mcp_call_int(const struct mcp_call *m, const char *name, int64_t otherwise);
bool mcp_call_flag(const struct mcp_call *m, const char *name);

#endif
