#include "tokens.h"

#include "api.h"
#include "json.h"
#include "texts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PREFIX_LEN = 10, DAY_S = 86400 };

/* A day (then its last second) or an RFC 3339 time in UTC, as seconds since 1970. */
static bool parse_time(const char *text, int64_t *out)
{
    struct tm tm = {0}, back;
    int at = 0, end = 0;
    bool day = strlen(text) == 10;
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &at) != 3 || at != 10)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    if (!day) {
        if (sscanf(text + at, "T%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &end) != 3 ||
            end != 9)
            return false;
        at += end;
        at += text[at] == '.' ? 1 + (int)strspn(text + at + 1, "0123456789") : 0;
        if (strcmp(text + at, "Z") != 0)
            return false;
    }
    back = tm;
    time_t seconds = timegm(&back);
    *out = (int64_t)seconds + (day ? DAY_S - 1 : 0);
    return back.tm_mday == tm.tm_mday && back.tm_mon == tm.tm_mon && back.tm_hour == tm.tm_hour &&
           back.tm_min == tm.tm_min && back.tm_sec == tm.tm_sec;
}

static bool is_scope(const char *text)
{
    return strcmp(text, "read") == 0 || strcmp(text, "run") == 0 || strcmp(text, "admin") == 0;
}

static void check_budget(struct faults *f, const char *field, int64_t value)
{
    if (value < 0 || value > TOKENS_BUDGET_MAX)
        faults_add(f, field, "must be from 1 to %d", TOKENS_BUDGET_MAX);
}

void tokens_check(const struct token_draft *d, struct faults *f)
{
    int64_t ends, now = clock_wall_ms() / 1000;
    check_budget(f, "budget.runs", d->runs);
    check_budget(f, "budget.minutes", d->minutes);
    if (texts_is_blank(d->name))
        faults_add(f, "name", "is required");
    texts_check_line(f, "name", d->name, TOKENS_NAME_MAX);
    if (!is_scope(d->scope))
        faults_add(f, "scope", "must be read, run or admin");
    if (!d->expires || !d->expires[0])
        return;
    if (!parse_time(d->expires, &ends))
        faults_add(f, "expires_at",
                   "must be a day like 2030-12-31, or a time like "
                   "2030-12-31T12:00:00Z");
    else if (ends <= now)
        faults_add(f, "expires_at", "must lie ahead");
    else if (ends > now + (int64_t)TOKENS_YEARS_MAX * 366 * DAY_S)
        faults_add(f, "expires_at", "is more than %d years away; leave it open instead",
                   TOKENS_YEARS_MAX);
}

static void put_member(struct strbuf *out, const char *name, const char *text)
{
    strbuf_addf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
    if (text)
        json_put_cstring(out, text);
    else
        strbuf_adds(out, "null");
}

static void put_budget(struct strbuf *out, const char *name, int64_t value)
{
    if (value)
        strbuf_addf(out, ",\"%s\":%lld", name, (long long)value);
}

/* What the query token_add is asked with. */
static const char *input_of(struct ctx *c, const struct token_draft *d, const char *secret,
                            size_t *len)
{
    char hash[SECRET_HEX_SIZE];
    int64_t ends = 0;
    struct strbuf out = STRBUF_INIT;
    secret_hash(secret, strlen(secret), hash);
    strbuf_addc(&out, '{');
    put_member(&out, "name", d->name);
    put_member(&out, "scope", d->scope);
    if (d->expires && (!d->expires[0] || parse_time(d->expires, &ends)))
        strbuf_addf(&out, ",\"expires\":%lld", (long long)ends);
    put_member(&out, "prefix", arena_strndup(c->arena, secret, PREFIX_LEN));
    put_member(&out, "hash", hash);
    put_member(&out, "key", d->key);
    put_budget(&out, "runs", d->runs);
    put_budget(&out, "minutes", d->minutes);
    put_member(&out, "request",
               arena_printf(c->arena, "token %s %s %lld %lld %s", d->scope,
                            d->expires ? d->expires : "usual", (long long)d->runs,
                            (long long)d->minutes, d->name));
    strbuf_addc(&out, '}');
    const char *input = ctx_view_input(c, out.buf, len);
    strbuf_release(&out);
    return input;
}

int tokens_add(struct ctx *c, const struct token_draft *d, struct token_made *out)
{
    size_t len;
    secret_new("ath_", out->secret);
    const char *input = input_of(c, d, out->secret, &len);
    struct params *p = ctx_params(c);
    params_textn(p, input, len);
    struct db_result *r = ctx_query(c, "token_add", p);
    if (!r)
        return -1;
    out->row = arena_strndup(c->arena, db_text(r, 0, 0), db_length(r, 0, 0));
    out->made = db_bool(r, 0, 1);
    db_result_free(r);
    return 0;
}

int tokens_revoke(struct ctx *c)
{
    size_t len;
    const char *input = ctx_view_input(c, "{}", &len);
    struct params *p = ctx_params(c);
    params_textn(p, input, len);
    struct db_result *r = ctx_query(c, "token_revoke", p);
    if (!r)
        return -1;
    int rc = db_rows(r) ? 0 : ctx_missing(c, 1);
    db_result_free(r);
    return rc;
}

/* ---- the API ---- */

/* A text member, `otherwise` where it is left out. */
static const char *text_of(const json_t *body, const char *name, const char *otherwise,
                           struct faults *f)
{
    const json_t *value = json_object_get(body, name);
    if (value && !json_is_string(value))
        faults_add(f, name, "must be text");
    return json_is_string(value) ? json_string_value(value) : otherwise;
}

/* A number of the budget; left out or null: 0. */
static int64_t budget_of(const json_t *budget, const char *name, const char *field,
                         struct faults *f)
{
    const json_t *value = json_object_get(budget, name);
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(value) || json_integer_value(value) == 0)
        faults_add(f, field, "must be a whole number from 1 on, or null");
    return json_integer_value(value);
}

static int read_budget(struct ctx *c, const json_t *budget, struct token_draft *d, struct faults *f)
{
    if (budget && !json_is_object(budget) && !json_is_null(budget))
        faults_add(f, "budget", "must be an object, or null");
    if (api_known_members(c, budget, "runs minutes") != 0)
        return -1;
    d->runs = budget_of(budget, "runs", "budget.runs", f);
    d->minutes = budget_of(budget, "minutes", "budget.minutes", f);
    return 0;
}

static int read_draft(struct ctx *c, const json_t *body, struct token_draft *d)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    faults_init(f, c->arena);
    if (api_known_members(c, body, "name scope expires_at budget") != 0 ||
        api_key(c, &d->key) != 0 || read_budget(c, json_object_get(body, "budget"), d, f) != 0)
        return -1;
    d->name = text_of(body, "name", "", f);
    d->scope = text_of(body, "scope", "read", f);
    if (json_is_null(json_object_get(body, "expires_at")))
        d->expires = "";
    else if ((d->expires = text_of(body, "expires_at", NULL, f)) && !d->expires[0])
        faults_add(f, "expires_at", "must be a day, a time, or null for never");
    if (f->count == 0)
        tokens_check(d, f);
    return f->count ? problem_faults(&c->problem, 422, f, "the token has wrong values") : 0;
}

/* The row with its secret, which a repetition is not told. */
static void put_token(struct strbuf *out, const struct token_made *t)
{
    strbuf_add(out, t->row, strlen(t->row) - 1);
    strbuf_addf(out, t->made ? ",\"token\":\"%s\"}" : ",\"token\":null}", t->secret);
}

int tokens_api_add(struct ctx *c)
{
    json_t *body;
    struct token_draft d = {0};
    struct token_made made;
    if (request_json(&c->req, false, &body, &c->problem) != 0)
        return -1;
    int rc = read_draft(c, body, &d);
    if (rc == 0)
        rc = tokens_add(c, &d, &made);
    json_decref(body);
    if (rc != 0)
        return -1;
    c->res->status = made.made ? 201 : 200;
    put_token(&c->res->body, &made);
    return api_json(c);
}

int tokens_api_revoke(struct ctx *c)
{
    if (tokens_revoke(c) != 0)
        return -1;
    c->res->status = 204;
    return 0;
}
