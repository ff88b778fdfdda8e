#include "token_forms.h"

#include "api.h"
#include "json.h"
#include "page.h"
#include "session.h"
#include "tokens.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

struct choice {
    const char *value, *label, *help;
};

static const struct choice scopes[] = {
    {"read", "Read", "sees everything, changes nothing"},
    {"run", "Run", "also makes, changes, starts, cancels and deletes"},
    {"admin", "Admin", "may do everything"},
};
static const struct choice lifetimes[] = {
    {"30", "30 days", NULL},       {"90", "90 days", NULL},  {"365", "1 year", NULL},
    {"date", "Until a day", NULL}, {"never", "Never", NULL},
};

/* What was typed, or what a new form begins with. */
struct typed {
    const char *name, *scope, *lifetime, *date, *key, *runs, *minutes;
};

static const struct typed begin = {"", "read", "90", "", NULL, "", ""};

static json_t *choices(const struct choice *items, size_t count, const char *chosen)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s?, s:b}", "value", items[i].value,
                                              "label", items[i].label, "help", items[i].help,
                                              "selected", strcmp(items[i].value, chosen) == 0));
    return list;
}

/* Those that the user can give. */
static size_t scope_count(const struct ctx *c)
{
    return ctx_may(c, SCOPE_ADMIN) ? 3 : ctx_may(c, SCOPE_RUN) ? 2 : 1;
}

/* What is wrong, for the fields of the form. */
static void put_faults(json_t *form, const struct faults *f)
{
    static const struct {
        const char *field, *name;
    } places[] = {{"name", "name_error"},
                  {"scope", "scope_error"},
                  {"expires_at", "expires_error"},
                  {"budget.runs", "runs_error"},
                  {"budget.minutes", "minutes_error"}};
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        const char *words = f ? faults_find(f, places[i].field) : NULL;
        json_object_set_new(form, places[i].name, words ? json_string(words) : json_null());
    }
}

/* Renders the page with this form, its faults (may be NULL) and what was made (may be NULL). */
static int show(struct ctx *c, const struct typed *t, const struct faults *f, const char *error,
                json_t *made)
{
    json_t *view = page_query(c, NULL);
    if (!view) {
        json_decref(made);
        return -1;
    }
    json_object_set_new(view, "form",
                        json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:s?}", "name", t->name, "scopes",
                                  choices(scopes, scope_count(c), t->scope), "lifetimes",
                                  choices(lifetimes, ARRAY_LEN(lifetimes), t->lifetime), "date",
                                  t->date, "runs", t->runs, "minutes", t->minutes, "error", error));
    put_faults(json_object_get(view, "form"), f);
    json_object_set_new(view, "made", made ? made : json_null());
    int rc = page_render(c, c->match.route->template, c->match.route->title, view);
    json_decref(view);
    return rc;
}

int token_forms_page(struct ctx *c)
{
    return show(c, &begin, NULL, NULL, NULL);
}

static const char *typed(struct ctx *c, const struct fields *post, const char *name)
{
    const char *text = fields_get(post, name);
    return text ? arena_strdup(c->arena, text) : "";
}

/* The day on which a token made now ends, in the words of tokens.h; of whole days, so that a
 * repetition of the form asks for the same. */
static const char *expiry(struct ctx *c, const struct typed *t)
{
    int64_t days;
    if (strcmp(t->lifetime, "date") == 0)
        return t->date[0] ? t->date : "no day";
    if (!parse_int64(t->lifetime, strlen(t->lifetime), &days) || days < 1 || days > 365)
        return strcmp(t->lifetime, "never") == 0 ? "" : "no lifetime";
    struct tm tm;
    char *text = arena_alloc(c->arena, sizeof("2030-12-31"));
    time_t at = (time_t)(clock_wall_ms() / 1000 + days * DAY_S);
    strftime(text, sizeof("2030-12-31"), "%Y-%m-%d", gmtime_r(&at, &tm));
    return text;
}

/* A number of the budget; nothing typed: 0. */
static int64_t budget(const char *text, const char *field, struct faults *f)
{
    int64_t value = 0;
    if (text[0] && (!parse_int64(text, strlen(text), &value) || value < 1)) {
        faults_add(f, field, "must be a whole number from 1 on, or empty");
        return 0;
    }
    return value;
}

static json_t *view_of_made(struct ctx *c, const struct typed *t, const struct token_made *made)
{
    return json_pack("{s:s, s:s?, s:s, s:b}", "name", t->name, "secret",
                     made->made ? made->secret : NULL, "base", session_origin(c), "again",
                     !made->made);
}

int token_forms_add(struct ctx *c)
{
    struct fields post;
    struct faults f;
    struct token_made made;
    if (request_form(&c->req, &post, &c->problem) != 0)
        return -1;
    struct typed t = {typed(c, &post, "name"),     typed(c, &post, "scope"),
                      typed(c, &post, "lifetime"), typed(c, &post, "date"),
                      fields_get(&post, "key"),    typed(c, &post, "runs"),
                      typed(c, &post, "minutes")};
    faults_init(&f, c->arena);
    struct token_draft d = {.name = t.name,
                            .scope = t.scope,
                            .expires = expiry(c, &t),
                            .key = t.key,
                            .runs = budget(t.runs, "budget.runs", &f),
                            .minutes = budget(t.minutes, "budget.minutes", &f)};
    tokens_check(&d, &f);
    if (t.key && strlen(t.key) > API_KEY_MAX)
        faults_add(&f, "key", "is too long");
    if (f.count) {
        c->res->status = 422;
        return show(c, &t, &f, "Nothing has been made yet; mend what is marked.", NULL);
    }
    if (tokens_add(c, &d, &made) != 0) {
        if (c->problem.status != 403 && c->problem.status != 409)
            return -1;
        c->res->status = c->problem.status;
        return show(c, &t, NULL, c->problem.detail, NULL);
    }
    c->res->status = made.made ? 201 : 200;
    return show(c, &begin, NULL, NULL, view_of_made(c, &t, &made));
}

int token_forms_revoke(struct ctx *c)
{
    struct fields post;
    if (request_form(&c->req, &post, &c->problem) != 0 || tokens_revoke(c) != 0)
        return -1;
    response_redirect(c->res, "/tokens");
    return 0;
}
