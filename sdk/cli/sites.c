#include "sites.h"

#include <stdlib.h>
#include <string.h>

static char *trimmed(const char *s, size_t len)
{
    size_t start = strspn(s, " \t");
    start = MIN(start, len);
    while (len > start && strchr(" \t\r", s[len - 1]))
        len--;
    return xstrndup(s + start, len - start);
}

static void replace(char **at, char *value)
{
    free(*at);
    *at = value;
}

static struct site *add(struct sites *s, char *url)
{
    s->list = xreallocarray(s->list, s->count + 1, sizeof(*s->list));
    s->list[s->count] = (struct site){.url = url};
    return &s->list[s->count++];
}

/* One `key = value`; within a section when there is a site already. */
static int take_pair(struct sites *s, const char *line, size_t len, int number, struct err *e)
{
    const char *equals = memchr(line, '=', len);
    if (!equals)
        return err_set(e, ERR_INVALID, "line %d is neither [SITE] nor KEY = VALUE", number);
    char *key = trimmed(line, (size_t)(equals - line));
    char *value = trimmed(equals + 1, len - (size_t)(equals - line) - 1);
    int status = 0;
    if (!s->count && strcmp(key, "url") == 0)
        replace(&s->url, value);
    else if (s->count && strcmp(key, "token") == 0)
        replace(&s->list[s->count - 1].token, value);
    else
        status = err_set(e, ERR_INVALID, "line %d: there is no \"%s\" %s", number, key,
                         s->count ? "in a site (but token)" : "here (but url)");
    if (status < 0)
        free(value);
    free(key);
    return status;
}

int sites_parse(struct sites *out, const char *text, struct err *e)
{
    *out = (struct sites){0};
    for (int number = 1; *text; number++) {
        size_t len = strcspn(text, "\n"), used = strspn(text, " \t\r");
        const char *line = text + MIN(used, len);
        size_t rest = len - MIN(used, len);
        text += len + (text[len] == '\n');
        if (!rest || *line == '#')
            continue;
        while (strchr(" \t\r", line[rest - 1]))
            rest--;
        if (*line == '[' && line[rest - 1] == ']')
            add(out, trimmed(line + 1, rest - 2));
        else if (take_pair(out, line, rest, number, e) < 0)
            return -1;
    }
    return 0;
}

void sites_release(struct sites *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->list[i].url);
        free(s->list[i].token);
    }
    free(s->list);
    free(s->url);
    *s = (struct sites){0};
}

const struct site *sites_find(const struct sites *s, const char *url)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].token && strcmp(s->list[i].url, url) == 0)
            return &s->list[i];
    return NULL;
}

void sites_set(struct sites *s, const char *url, const char *token)
{
    struct site *site = NULL;
    for (size_t i = 0; i < s->count && !site; i++)
        if (strcmp(s->list[i].url, url) == 0)
            site = &s->list[i];
    if (!site)
        site = add(s, xstrdup(url));
    replace(&site->token, xstrdup(token));
    replace(&s->url, xstrdup(url));
}

void sites_put(const struct sites *s, struct strbuf *out)
{
    strbuf_adds(out, "# written by athanor login\n");
    if (s->url)
        strbuf_addf(out, "url = %s\n", s->url);
    for (size_t i = 0; i < s->count; i++) {
        strbuf_addf(out, "\n[%s]\n", s->list[i].url);
        if (s->list[i].token)
            strbuf_addf(out, "token = %s\n", s->list[i].token);
    }
}
