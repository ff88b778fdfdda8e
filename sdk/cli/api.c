#include "api.h"

#include "backoff.h"
#include "interrupt.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ATTEMPTS = 6, RETRY_AFTER_S = 10 };

void api_answer_init(struct api_answer *a)
{
    http_answer_init(&a->http);
    a->doc = (struct doc){0};
}

void api_answer_release(struct api_answer *a)
{
    http_answer_release(&a->http);
}

bool api_is_away(const struct http_answer *a, int status)
{
    return status < 0 || a->is_away || a->status == 429 || (a->status >= 502 && a->status <= 504);
}

static enum err_code code_of(int status)
{
    static const struct {
        int status;
        enum err_code code;
    } codes[] = {
        {401, ERR_DENIED},   {403, ERR_DENIED}, {404, ERR_NOT_FOUND},
        {409, ERR_CONFLICT}, {413, ERR_LIMIT},  {507, ERR_LIMIT},
    };
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return status >= 400 && status < 500 && status != 429 ? ERR_INVALID : ERR_UNAVAILABLE;
}

/* "detail", and the field to blame where neither the words nor the list of errors say it. */
int api_refused(struct cli *cli, const struct http_answer *a, struct err *e)
{
    struct doc problem = doc_of(a->body.buf, a->body.len);
    char *field = doc_text(problem, "field"), *detail = doc_text(problem, "detail"),
         *title = doc_text(problem, "title");
    const char *words = *detail ? detail : *title ? title : "the site does not say why";
    bool is_told = strstr(words, field) || doc_is_set(doc_get(problem, "errors"));
    const char *blamed = is_told ? "" : field;
    strbuf_reset(&cli->problem);
    if (doc_type(problem) == '{')
        strbuf_add(&cli->problem, a->body.buf, a->body.len);
    err_set(e, code_of(a->status), "%s%s%s (%d)", blamed, *blamed ? ": " : "", words, a->status);
    if (a->status == 401)
        err_wrap(e, "the token is not accepted (see athanor login)");
    free(field);
    free(detail);
    free(title);
    return -1;
}

int api_perform(struct cli *cli, const struct http_request *r, bool is_safe, struct api_answer *a,
                struct err *e)
{
    struct backoff wait = {BACKOFF_FIRST_MS};
    int status;
    strbuf_reset(&cli->problem);
    for (int attempt = 1;; attempt++) {
        status = http_perform(cli->http, r, &a->http, e);
        bool again = api_is_away(&a->http, status) && (is_safe || !a->http.was_sent);
        if (!again || attempt == ATTEMPTS || interrupt_pending())
            break;
        interrupt_sleep(MAX(backoff_next(&wait), MIN(a->http.retry_after_s, RETRY_AFTER_S) * 1000));
    }
    if (status < 0)
        return -1;
    a->doc = doc_of(a->http.body.buf, a->http.body.len);
    if (a->http.status >= 200 && a->http.status < 300)
        return 0;
    if (a->http.status >= 300 && a->http.status < 400)
        return err_set(e, ERR_INVALID,
                       "%s answers with a redirection, which is not followed with a token: is it "
                       "the site's address?",
                       cli->settings->url);
    return api_refused(cli, &a->http, e);
}

int api_get(struct cli *cli, struct api_answer *a, struct err *e, const char *path, ...)
{
    struct strbuf whole = STRBUF_INIT;
    va_list ap;
    strbuf_adds(&whole, "/api/v1");
    va_start(ap, path);
    strbuf_vaddf(&whole, path, ap);
    va_end(ap);
    struct http_request r = {.path = whole.buf};
    int status = api_perform(cli, &r, true, a, e);
    if (status == 0 && !a->doc.len)
        status = err_set(e, ERR_UNAVAILABLE, "what answers at %s is no Athanor site",
                         cli->settings->url);
    strbuf_release(&whole);
    return status;
}

int api_send(struct cli *cli, const char *method, const char *path, const char *body,
             struct api_answer *a, struct err *e)
{
    char *whole = xasprintf("/api/v1%s", path);
    struct http_request r = {.method = method, .path = whole, .body = body};
    int status = api_perform(cli, &r, false, a, e);
    free(whole);
    return status;
}

int api_make(struct cli *cli, const char *path, const char *body, struct api_answer *a,
             struct err *e)
{
    unsigned char random[16];
    char key[64] = "Idempotency-Key: ";
    size_t at = strlen(key);
    if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return err_errno(e, "no random bytes");
    for (size_t i = 0; i < sizeof(random); i++, at += 2)
        snprintf(key + at, sizeof(key) - at, "%02x", random[i]);
    char *whole = xasprintf("/api/v1%s", path);
    struct http_request r = {.method = "POST", .path = whole, .body = body, .headers = {key}};
    int status = api_perform(cli, &r, true, a, e);
    free(whole);
    return status;
}

void api_list_init(struct api_list *l, struct cli *cli, const char *path, const char *cursor)
{
    *l = (struct api_list){.cli = cli, .path = path, .cursor = cursor};
    api_answer_init(&l->page);
}

static int next_page(struct api_list *l, struct err *e)
{
    struct strbuf place = STRBUF_INIT;
    if (l->next) {
        strbuf_addf(&place, "%c%s=", strchr(l->path, '?') ? '&' : '?', l->cursor);
        http_escape(&place, l->next);
    }
    int status = api_get(l->cli, &l->page, e, "%s%s", l->path, place.buf);
    strbuf_release(&place);
    free(l->next);
    l->next = NULL;
    l->item = l->items = (struct doc){0};
    if (status < 0)
        return -1;
    l->items = doc_get(l->page.doc, "items");
    if (doc_is_set(doc_get(l->page.doc, "next")))
        l->next = doc_text(l->page.doc, "next");
    l->is_last = !l->next;
    return 0;
}

int api_list_next(struct api_list *l, struct err *e)
{
    while (!doc_next(l->items, &l->item)) {
        if (l->is_last)
            return 0;
        if (next_page(l, e) < 0)
            return -1;
    }
    return 1;
}

void api_list_release(struct api_list *l)
{
    free(l->next);
    api_answer_release(&l->page);
}
