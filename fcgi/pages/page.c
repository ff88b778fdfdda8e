#include "page.h"

#include "json.h"
#include "log.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

#define THEME_COOKIE "athanor_theme"

static const char *const themes[] = {"system", "light", "dark"};

static const char *theme_of(const char *text)
{
    for (size_t i = 0; text && i < ARRAY_LEN(themes); i++) {
        if (strcmp(text, themes[i]) == 0)
            return themes[i];
    }
    return NULL;
}

/* In whose colours the browser paints before the style sheet has come. */
static const char *color_scheme(const char *theme)
{
    return strcmp(theme, themes[0]) == 0 ? "light dark" : theme;
}

/* What every template may use. The address is that of a page one can come back to: not a post's. */
static json_t *site(struct ctx *c, const char *template, const char *title)
{
    const char *theme =
        theme_of(fields_cookie(c->arena, request_param(&c->req, "HTTP_COOKIE"), THEME_COOKIE));
    json_t *user = NULL;
    if (!theme)
        theme = themes[0];
    if (c->user.id)
        user = json_pack("{s:I, s:s, s:s, s:s}", "id", (json_int_t)c->user.id, "name", c->user.name,
                         "role", c->user.role, "scope", c->user.scope);
    bool get = c->req.method == METHOD_GET || c->req.method == METHOD_HEAD;
    bool text = fields_is_text(c->req.target, strlen(c->req.target));
    return json_pack("{s:s, s:s, s:s, s:o?, s:s, s:s, s:s, s:I}", "page", template, "theme", theme,
                     "color_scheme", color_scheme(theme), "user", user, "static",
                     c->app->static_prefix, "url", get && text ? c->req.target : "/experiments",
                     "title", title, "now_ms", (json_int_t)clock_wall_ms());
}

int page_render(struct ctx *c, const char *template, const char *title, json_t *view)
{
    struct err e;
    const char *own = json_get_str(view, "title", NULL);
    if (own)
        title = own;
    else
        json_object_set_new(view, "title", json_string(title));
    json_object_set_new(view, "site", site(c, template, title));
    if (template_render(c->app->templates, template, view, &c->res->body, &e) != 0)
        return problem_err(&c->problem, &e, template);
    c->res->type = "text/html; charset=utf-8";
    response_header(c->res, "Cache-Control", "no-store");
    return 0;
}

/* What the route's query answers, in the arena; NULL with c->problem filled. */
static const char *view_text(struct ctx *c, const char *input, size_t *len)
{
    struct params *p = ctx_params(c);
    input = ctx_view_input(c, input, len);
    params_textn(p, input, *len);
    return ctx_value(c, c->match.route->query, p, len);
}

json_t *page_query(struct ctx *c, const char *input)
{
    size_t len;
    const char *query = c->match.route->query;
    const char *text = view_text(c, input, &len);
    if (!text)
        return NULL;
    /* Our own text: a view may be deeper than what others may send, by the manifest that it holds.
     */
    json_t *view = json_loadb(text, len, 0, NULL);
    if (!json_is_object(view)) {
        log_error("%s: its view is not a JSON object", query);
        json_decref(view);
        problem_set(&c->problem, 500, "something went wrong here; the server's log says what");
        return NULL;
    }
    return view;
}

bool page_wants_view(const struct ctx *c)
{
    static const char json[] = "application/json";
    const char *accept = request_param(&c->req, "HTTP_ACCEPT");
    return accept && strncmp(accept, json, sizeof(json) - 1) == 0;
}

int page_answer(struct ctx *c, json_t *view)
{
    const struct route *r = c->match.route;
    if (!page_wants_view(c))
        return page_render(c, r->template, r->title, view);
    json_put_value(&c->res->body, view);
    c->res->type = "application/json";
    response_header(c->res, "Cache-Control", "no-store");
    return 0;
}

static int make_view(struct ctx *c)
{
    size_t len;
    const char *text = view_text(c, NULL, &len);
    if (!text)
        return -1;
    strbuf_add(&c->res->body, text, len);
    c->res->type = "application/json";
    response_header(c->res, "Cache-Control", "no-store");
    return 0;
}

static int make_page(struct ctx *c)
{
    const struct route *r = c->match.route;
    json_t *view = page_query(c, NULL);
    if (!view)
        return -1;
    int rc = page_render(c, r->template, r->title, view);
    json_decref(view);
    return rc;
}

/* What an answer is kept under, and what it is true of. */
struct keeping {
    const char *key, *stamp;
};

static struct keeping keeping_of(struct ctx *c, bool view)
{
    const char *theme =
        fields_cookie(c->arena, request_param(&c->req, "HTTP_COOKIE"), THEME_COOKIE);
    theme = theme_of(theme);
    return (struct keeping){
        .key = arena_printf(c->arena, "%s\n%d\n%s\n%lld\n%s\n%s\n%s", c->req.target, view,
                            theme ? theme : "", (long long)c->user.id, c->user.name, c->user.role,
                            c->user.scope),
        .stamp =
            arena_printf(c->arena, "%s %lld", c->stamp, (long long)(clock_wall_ms() / 1000))};
}

/* The answer that was kept, its clock set: an open page counts by it. */
static bool give_kept(struct ctx *c, struct keeping k)
{
    const struct kept_answer *a = kept_find(c->app->kept, k.key, k.stamp);
    if (!a)
        return false;
    strbuf_add(&c->res->body, a->body.buf, a->body.len);
    c->res->type = a->type;
    response_header(c->res, "Cache-Control", "no-store");
    if (a->now_at) {
        char digits[24];
        int len = snprintf(digits, sizeof(digits), "%lld", (long long)clock_wall_ms());
        memcpy(c->res->body.buf + a->now_at, digits, (size_t)len);
    }
    return true;
}

static void keep(struct ctx *c, struct keeping k, bool view)
{
    static const char mark[] = "data-now=\"";
    const char *at = view ? NULL : strstr(c->res->body.buf, mark);
    size_t now_at = at ? (size_t)(at - c->res->body.buf) + sizeof(mark) - 1 : 0;
    kept_put(c->app->kept, k.key, k.stamp, c->res->type, &c->res->body, now_at);
}

int page_view(struct ctx *c)
{
    bool view = page_wants_view(c), keeps = c->app->kept && c->stamp;
    struct keeping k = keeps ? keeping_of(c, view) : (struct keeping){0};
    if (!keeps || !give_kept(c, k)) {
        if ((view ? make_view(c) : make_page(c)) != 0)
            return -1;
        if (keeps)
            keep(c, k, view);
    }
    response_header(c->res, "Vary", "Accept");
    return 0;
}

/* Words for people; programs get the same ones as problem+json. */
static const char *sentence(struct ctx *c)
{
    struct strbuf text = STRBUF_INIT;
    const struct faults *f = c->problem.faults;
    if (!c->problem.detail || !c->problem.detail[0])
        return "";
    strbuf_adds(&text, c->problem.detail);
    for (size_t i = 0; f && i < f->count; i++)
        strbuf_addf(&text, "%s%s %s", i ? "; " : ": ", f->items[i].field, f->items[i].message);
    if (text.buf[0] >= 'a' && text.buf[0] <= 'z')
        text.buf[0] = (char)(text.buf[0] - 'a' + 'A');
    strbuf_addc(&text, '.');
    const char *copy = arena_strndup(c->arena, text.buf, text.len);
    strbuf_release(&text);
    return copy;
}

void page_problem(struct ctx *c)
{
    int status = c->problem.status;
    json_t *view = json_pack("{s:i, s:s, s:s?}", "status", status, "title", problem_title(status),
                             "detail", sentence(c));
    if (page_render(c, "error", problem_title(status), view) != 0) {
        /* The page of errors has an error: plain words are left. */
        response_restart(c->res, status);
        c->res->type = "text/plain; charset=utf-8";
        strbuf_addf(&c->res->body, "%d %s\n%s\n", status, problem_title(status), sentence(c));
    }
    c->res->status = status;
    json_decref(view);
}

int page_home(struct ctx *c)
{
    response_redirect(c->res, "/experiments");
    return 0;
}

int page_theme(struct ctx *c)
{
    struct fields form;
    if (request_form(&c->req, &form, &c->problem) != 0)
        return -1;
    const char *theme = theme_of(fields_get(&form, "theme")), *next = fields_get(&form, "next");
    if (!theme)
        return problem_field(&c->problem, 422, "theme", "must be light, dark or system");
    response_headerf(c->res, "Set-Cookie",
                     THEME_COOKIE "=%s; Path=/; SameSite=Lax; Max-Age=31536000%s", theme,
                     c->app->conf->secure_cookie ? "; Secure" : "");
    response_redirect(c->res, session_is_local(next) ? next : "/experiments");
    return 0;
}
