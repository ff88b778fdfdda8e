#include "mcp_check.h"

#include "json.h"
#include "schema.h"

#include <string.h>

static const struct mcp_argument *find(const struct mcp_tool *t, const char *name)
{
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++) {
        if (strcmp(a->name, name) == 0)
            return a;
    }
    return NULL;
}

static void put_names(const struct mcp_tool *t, struct strbuf *out)
{
    for (const struct mcp_argument *a = t->arguments; a && a->name; a++)
        strbuf_addf(out, "%s%s", out->len ? ", " : "", a->name);
}

static void unknown(struct mcp_call *m, const char *name, struct faults *f)
{
    struct strbuf names = STRBUF_INIT;
    put_names(m->tool, &names);
    faults_add(f, name, "is no argument of %s; it takes %s", m->tool->name,
               names.len ? names.buf : "none");
    strbuf_release(&names);
}

static enum mcp_kind kind_of(const struct mcp_tool *t, const struct mcp_argument *a)
{
    if (a->place != MCP_QUERY)
        return a->kind;
    return mcp_tools_param(t, a)->words ? MCP_TEXT : MCP_INTEGER;
}

static bool has_word(const char *words, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = words; len && (at = strstr(at, word)); at += len) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    }
    return false;
}

static void check_integer(const struct mcp_argument *a, const json_t *value, struct faults *f)
{
    int64_t n = json_integer_value(value);
    if (!json_is_integer(value))
        faults_add(f, a->name, "must be a whole number");
    else if (a->place == MCP_PATH && n < 1)
        faults_add(f, a->name, "must be a whole number from 1 on");
    else if ((a->low || a->high) && (n < a->low || n > a->high))
        faults_add(f, a->name, "must be a whole number from %lld to %lld", (long long)a->low,
                   (long long)a->high);
}

static void check_text(const struct mcp_argument *a, const json_t *value, struct faults *f)
{
    if (!json_is_string(value))
        faults_add(f, a->name, "must be text");
    else if (a->place == MCP_PATH && json_string_length(value) == 0)
        faults_add(f, a->name, "is empty");
    else if (a->words && !has_word(a->words, json_string_value(value)))
        faults_add(f, a->name, "must be one of: %s", a->words);
}

static void check(struct mcp_call *m, const struct mcp_argument *a, const json_t *value,
                  struct faults *f)
{
    switch (kind_of(m->tool, a)) {
    case MCP_INTEGER:
        check_integer(a, value, f);
        break;
    case MCP_TEXT:
        check_text(a, value, f);
        break;
    case MCP_BOOLEAN:
        if (!json_is_boolean(value))
            faults_add(f, a->name, "must be true or false");
        break;
    case MCP_OBJECT:
        if (!json_is_object(value))
            faults_add(f, a->name, "must be an object");
        break;
    case MCP_TEXTS:
        if (!json_is_array(value))
            faults_add(f, a->name, "must be a list of texts");
    }
}

int mcp_check_arguments(struct mcp_call *m)
{
    struct problem p = {.arena = m->c->arena};
    struct faults *f = arena_alloc(m->c->arena, sizeof(*f));
    const char *name;
    json_t *value;
    faults_init(f, m->c->arena);
    json_object_foreach((json_t *)m->arguments, name, value)
    {
        const struct mcp_argument *a = find(m->tool, name);
        if (a)
            check(m, a, value, f);
        else
            unknown(m, name, f);
    }
    for (const struct mcp_argument *a = m->tool->arguments; a && a->name; a++) {
        if (a->required && !json_object_get(m->arguments, a->name))
            faults_add(f, a->name, "is required: %s", a->description);
    }
    if (f->count == 0)
        return 0;
    problem_faults(&p, 422, f, "the arguments of %s are wrong", m->tool->name);
    return mcp_call_problem(m, &p);
}

/* The first that fits: the status, the tool (NULL: any), the beginning of the field (NULL: any), an
 * argument that the tool has (NULL: any). */
static const struct {
    int status;
    const char *tool, *field, *argument, *advice;
} advices[] = {
    {403, NULL, "budget.time_limit_s", NULL,
     "wait until an active run has ended, which gives back what it held and did not use, or start "
     "with a smaller time_limit_s; get_token says what is left"},
    {403, NULL, "budget", NULL,
     "work with the runs that there are, or ask whoever gave you the token for a larger budget"},
    {403, NULL, NULL, NULL, "ask whoever gave you the token for one with the scope run"},
    {404, NULL, NULL, "run_id", "call list_runs to see which runs there are"},
    {404, NULL, NULL, "instance_id", "call list_instances to see which instances there are"},
    {404, NULL, NULL, "experiment", "call list_experiments to see which experiments there are"},
    {404, NULL, NULL, "source", "call list_data_sources to see which there are"},
    {409, "upload_data_source", NULL, NULL, "upload under another name, or with replace"},
    {409, "delete_data_source", NULL, NULL,
     "delete the instances and runs that use it first, with delete_instance and delete_run"},
    {409, "cancel_run", NULL, NULL, "it needs no cancelling; call get_run to see how it ended"},
    {409, "delete_run", NULL, NULL,
     "call cancel_run, then wait_for_run until it has ended, then delete_run again"},
    {409, "delete_instance", NULL, NULL,
     "call list_runs with this instance_id, cancel those that are pending or running, wait for "
     "their "
     "end, then delete the instance again"},
    {409, NULL, "Idempotency-Key", NULL, "use another idempotency_key"},
    {409, "start_run", NULL, NULL,
     "call get_schema to see what the experiment takes now, mend the instance with "
     "update_instance, "
     "then start again"},
    {409, "repeat_run", NULL, NULL, "start a run of the instance with start_run instead"},
    {409, NULL, "experiment", NULL, "call list_experiments to see which experiments can be used"},
    {422, "promote_run", "artifact", NULL, "call list_artifacts to see which files the run has"},
    {422, NULL, "configuration", NULL,
     "call get_schema to see each field's type, limits and allowed values, mend these and call "
     "again"},
    {422, NULL, "experiment", NULL, "call list_experiments to see which experiments there are"},
    {422, NULL, NULL, NULL, "mend these arguments and call again"},
    {400, NULL, NULL, NULL, "mend this argument and call again"},
    {503, NULL, NULL, NULL, "call again in a few seconds"},
    {500, NULL, NULL, NULL, "tell the administrator of this site"},
};

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

static bool is_about(const struct problem *p, const char *field)
{
    if (begins(p->field, field))
        return true;
    for (size_t i = 0; p->faults && i < p->faults->count; i++) {
        if (begins(p->faults->items[i].field, field))
            return true;
    }
    return false;
}

const char *mcp_check_advice(const struct mcp_tool *t, const struct problem *p)
{
    for (size_t i = 0; i < ARRAY_LEN(advices); i++) {
        if (advices[i].status == p->status &&
            (!advices[i].tool || strcmp(advices[i].tool, t->name) == 0) &&
            (!advices[i].field || is_about(p, advices[i].field)) &&
            (!advices[i].argument || find(t, advices[i].argument)))
            return advices[i].advice;
    }
    return NULL;
}
