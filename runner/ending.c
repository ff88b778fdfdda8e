#include "ending.h"

#include "io.h"
#include "json.h"
#include "rundir.h"

enum { ENDING_MAX = 64 * 1024 * 1024 };

int ending_write(const char *path, const struct outcome *o, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "{\"event\":%d,\"ended\":%s,\"exit_code\":%d,\"signal\":%d,\"error\":",
                (int)o->event, o->ended ? "true" : "false", o->exit_code, o->signal);
    if (o->error)
        json_put_cstring(&text, o->error);
    else
        strbuf_adds(&text, "null");
    strbuf_adds(&text, "}\n");
    int rc = rundir_write_file(path, &text, e);
    strbuf_release(&text);
    return rc;
}

bool ending_read(const char *path, struct outcome *o)
{
    struct strbuf text = STRBUF_INIT;
    bool found = false;
    if (io_read_file(path, ENDING_MAX, &text, NULL) == 0) {
        json_t *root = json_parse(text.buf, text.len, "ending.json", NULL);
        int64_t event = json_get_int(root, "event", OUTCOME_OPEN);
        const char *error = json_get_str(root, "error", NULL);
        found = event > OUTCOME_OPEN && event < OUTCOME_EVENTS;
        if (found) {
            outcome_decide(o, (enum outcome_event)event, error ? "%s" : NULL, error);
            o->ended = json_get_bool(root, "ended", false);
            o->exit_code = (int)json_get_int(root, "exit_code", 0);
            o->signal = (int)json_get_int(root, "signal", 0);
        }
        json_decref(root);
    }
    strbuf_release(&text);
    return found;
}

static void put_number(struct params *p, bool given, int64_t value)
{
    if (given)
        params_int(p, value);
    else
        params_null(p);
}

void ending_params(struct params *p, const struct outcome *o)
{
    params_text(p, outcome_status(o));
    params_text(p, outcome_reason(o));
    params_text(p, o->error);
    put_number(p, o->ended && o->exit_code >= 0, o->exit_code);
    put_number(p, o->ended && o->signal, o->signal);
}
