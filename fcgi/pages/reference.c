#include "reference.h"

#include "api.h"
#include "io.h"
#include "page.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

enum { DOCUMENT_MAX = 4 * 1024 * 1024 };

/* Appends a file of the build that static addresses name. */
static int read_built(struct ctx *c, const char *name, struct strbuf *out)
{
    struct err e;
    const char *folder = c->app->static_prefix + strlen("/static");
    const char *path = arena_printf(c->arena, "%s%s/%s", c->app->conf->static_dir, folder, name);
    if (io_read_file(path, DOCUMENT_MAX, out, &e) == 0)
        return 0;
    return problem_err(&c->problem, &e, "the API's description");
}

int reference_document(struct ctx *c)
{
    return read_built(c, "openapi.json", &c->res->body) == 0 ? api_json(c) : -1;
}

int reference_page(struct ctx *c)
{
    struct strbuf text = STRBUF_INIT;
    json_t *view = NULL;
    int rc = read_built(c, "reference.json", &text);
    if (rc == 0)
        view = json_loadb(text.buf, text.len, 0, NULL);
    strbuf_release(&text);
    if (rc != 0)
        return -1;
    json_object_set_new(view, "origin", json_string(session_origin(c)));
    rc = page_render(c, c->match.route->template, c->match.route->title, view);
    json_decref(view);
    return rc;
}
