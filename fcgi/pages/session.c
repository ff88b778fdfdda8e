#include "session.h"

#include "page.h"
#include "secret.h"

#include <string.h>

int session_identify(struct ctx *c)
{
    struct secret_offer offer;
    secret_from_headers(request_param(&c->req, "HTTP_AUTHORIZATION"),
                        request_param(&c->req, "HTTP_COOKIE"), c->app->conf->cookie, &offer);
    if (offer.kind == SECRET_NONE)
        return 0;
    struct params *p = ctx_params(c);
    params_text(p, offer.kind == SECRET_TOKEN ? "token" : "session");
    params_text(p, offer.hash);
    stamp_ask(&c->app->seen, &c->match, p);
    struct db_result *r = ctx_query(c, "authenticate", p);
    if (!r)
        return -1;
    if (db_rows(r) == 1) {
        c->user.id = db_int(r, 0, 0);
        c->user.name = arena_strdup(c->arena, db_text(r, 0, 1));
        c->user.role = arena_strdup(c->arena, db_text(r, 0, 2));
        c->user.scope = arena_strdup(c->arena, db_text(r, 0, 3));
        c->user.actor = arena_strdup(c->arena, db_text(r, 0, 4));
        c->stamp = stamp_take(&c->app->seen, &c->match, r, 5, c->arena);
    }
    c->user.by_cookie = offer.kind == SECRET_SESSION;
    db_result_free(r);
    return 0;
}

int session_refuse(struct ctx *c)
{
    struct secret_offer offer;
    secret_from_headers(request_param(&c->req, "HTTP_AUTHORIZATION"), NULL, "", &offer);
    if (offer.kind != SECRET_TOKEN)
        return problem_set(&c->problem, 401, "log in, or send a valid token");
    struct params *p = ctx_params(c);
    params_text(p, offer.hash);
    struct db_result *r = ctx_query(c, "token_fault", p);
    if (!r)
        return -1;
    problem_set(&c->problem, 401, "%s",
                db_is_null(r, 0, 0) ? "this token is not known here; log in, or send a valid one"
                                    : db_text(r, 0, 0));
    db_result_free(r);
    return -1;
}

const char *session_origin(struct ctx *c)
{
    const char *host = request_param(&c->req, "HTTP_HOST");
    const char *https = request_param(&c->req, "HTTPS");
    const char *scheme = https && strcmp(https, "off") != 0 ? "https" : "http";
    return host ? arena_printf(c->arena, "%s://%s", scheme, host) : c->app->conf->base_url;
}

static bool is_own_origin(struct ctx *c, const char *origin)
{
    return strcmp(origin, session_origin(c)) == 0 || strcmp(origin, c->app->conf->base_url) == 0;
}

int session_check_origin(struct ctx *c)
{
    const char *origin = request_param(&c->req, "HTTP_ORIGIN");
    const char *site = request_param(&c->req, "HTTP_SEC_FETCH_SITE");
    if (c->user.id && !c->user.by_cookie)
        return 0; /* no page of another site can send a token */
    if (!c->user.by_cookie && !origin && !site)
        return 0; /* not a browser */
    if ((site && strcmp(site, "same-origin") == 0) || (origin && is_own_origin(c, origin)))
        return 0;
    return problem_set(
        &c->problem, 403,
        "this request did not come from a page of this site, so nothing was changed");
}

bool session_is_local(const char *where)
{
    if (!where || where[0] != '/' || where[1] == '/' || where[1] == '\\' || strlen(where) > 2048)
        return false;
    for (const char *at = where; *at; at++) {
        if ((unsigned char)*at <= 0x20 || *at == 0x7F || *at == '\\')
            return false;
    }
    return strncmp(where, "/login", 6) != 0;
}

static int show_login(struct ctx *c, int status, const char *error, const char *next)
{
    json_t *view = json_pack("{s:s?, s:s?}", "error", error, "next", next);
    c->res->status = status;
    int rc = page_render(c, "login", "Sign in", view);
    json_decref(view);
    return rc;
}

/* What was typed: the token, or the whole address that holds it. */
static const char *typed_token(struct ctx *c, const char *typed)
{
    const char *in_address = strstr(typed, "token=");
    typed = in_address ? in_address + 6 : typed + strspn(typed, " \t\r\n");
    return arena_strndup(c->arena, typed, strcspn(typed, " \t\r\n&#"));
}

/* Exchanges the link's token for a session. 1: done; 0: the link is of no use; -1: problem. */
static int redeem(struct ctx *c, const char *token)
{
    char link_hash[SECRET_HEX_SIZE], session_hash[SECRET_HEX_SIZE], session[SECRET_TOKEN_SIZE];
    secret_hash(token, strlen(token), link_hash);
    secret_new("", session);
    secret_hash(session, strlen(session), session_hash);
    struct params *p = ctx_params(c);
    params_text(p, link_hash);
    params_text(p, session_hash);
    params_int(p, c->app->conf->session_days);
    struct db_result *r = ctx_query(c, "redeem_login", p);
    if (!r)
        return -1;
    int found = db_rows(r) == 1;
    db_result_free(r);
    if (found)
        response_headerf(
            c->res, "Set-Cookie", "%s=%s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld%s",
            c->app->conf->cookie, session, (long long)c->app->conf->session_days * 86400,
            c->app->conf->secure_cookie ? "; Secure" : "");
    return found;
}

static bool is_signed_in(const struct ctx *c)
{
    return c->user.id && c->user.by_cookie;
}

static int enter(struct ctx *c, const char *next)
{
    response_redirect(c->res, session_is_local(next) ? next : "/experiments");
    return 0;
}

/* Whoever is signed in already gets in by a link that was used, too: most likely they used it. */
static int log_in(struct ctx *c, const char *token, const char *next)
{
    int done = redeem(c, token);
    if (done < 0)
        return -1;
    if (done || is_signed_in(c))
        return enter(c, next);
    return show_login(c, 403, "This link has been used already, is too old or was mistyped.",
                      session_is_local(next) ? next : NULL);
}

int session_login_page(struct ctx *c)
{
    const char *token = request_query(&c->req, "token"), *next = request_query(&c->req, "next");
    /* A HEAD changes nothing: it would use the link up. */
    if (token && token[0] && c->req.method == METHOD_GET)
        return log_in(c, token, next);
    if (is_signed_in(c) && c->req.method == METHOD_GET)
        return enter(c, next);
    return show_login(c, 200, NULL, session_is_local(next) ? next : NULL);
}

int session_login(struct ctx *c)
{
    struct fields form;
    if (request_form(&c->req, &form, &c->problem) != 0)
        return -1;
    const char *token = fields_get(&form, "token"), *next = fields_get(&form, "next");
    if (!token || !token[0])
        return show_login(c, 422, "Type the token that was printed when the site started.",
                          session_is_local(next) ? next : NULL);
    return log_in(c, typed_token(c, token), next);
}

int session_logout(struct ctx *c)
{
    struct secret_offer offer;
    secret_from_headers(NULL, request_param(&c->req, "HTTP_COOKIE"), c->app->conf->cookie, &offer);
    if (offer.kind == SECRET_SESSION) {
        struct params *p = ctx_params(c);
        params_text(p, offer.hash);
        if (ctx_exec(c, "logout", p) != 0)
            return -1;
    }
    response_headerf(c->res, "Set-Cookie", "%s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0%s",
                     c->app->conf->cookie, c->app->conf->secure_cookie ? "; Secure" : "");
    response_redirect(c->res, "/login");
    return 0;
}
