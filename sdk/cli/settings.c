#include "settings.h"

#include "io.h"
#include "sites.h"
#include "strbuf.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TOKEN_FILE_MAX = 65536 };

/* What stands in the environment and is not empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

char *settings_path(void)
{
    const char *own = variable("ATHANOR_CLIENT_CONFIG"), *base = variable("XDG_CONFIG_HOME"),
               *home = variable("HOME");
    if (own)
        return xstrdup(own);
    return base ? xasprintf("%s/athanor/config", base)
                : xasprintf("%s/.config/athanor/config", home ? home : "");
}

/* Secrets stand in it: nobody else may read it. */
static int check_private(const char *path, struct err *e)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return errno == ENOENT ? err_set(e, ERR_NOT_FOUND, "there is no file %s", path)
                               : err_errno(e, "cannot look at %s", path);
    if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)))
        return err_set(e, ERR_INVALID, "others can read %s, which holds a token: chmod 600 it",
                       path);
    return 0;
}

/* Cuts behind the first line and its white space. */
static char *first_line(struct strbuf *text)
{
    size_t len = strcspn(text->buf, "\r\n");
    while (len && isspace((unsigned char)text->buf[len - 1]))
        len--;
    strbuf_truncate(text, len);
    return strbuf_detach(text, NULL);
}

static int read_stdin(struct strbuf *out, struct err *e)
{
    int c;
    while ((c = getchar()) != EOF && c != '\n' && out->len < TOKEN_FILE_MAX)
        strbuf_addc(out, (char)c);
    return ferror(stdin) ? err_errno(e, "cannot read stdin") : 0;
}

char *settings_read_token(const char *path, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    bool is_stdin = strcmp(path, "-") == 0;
    int status = is_stdin ? read_stdin(&text, e) : check_private(path, e);
    if (status == 0 && !is_stdin)
        status = io_read_file(path, TOKEN_FILE_MAX, &text, e);
    char *token = status == 0 ? first_line(&text) : NULL;
    strbuf_release(&text);
    if (!token)
        return NULL;
    for (const char *c = token; *c || c == token; c++)
        if (!isgraph((unsigned char)*c)) {
            err_set(e, ERR_INVALID,
                    *token ? "what stands in %s is no token" : "there is no token in %s",
                    is_stdin ? "stdin" : path);
            free(token);
            return NULL;
        }
    return token;
}

/* Reads the configuration file; one that is not there is empty. */
static int read_sites(struct sites *out, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    struct err why = {0};
    char *path = settings_path();
    *out = (struct sites){0};
    int status = check_private(path, &why);
    if (status == 0)
        status = io_read_file(path, TOKEN_FILE_MAX, &text, &why);
    if (status == 0 && sites_parse(out, text.buf, &why) < 0)
        status = err_wrap(&why, "%s", path);
    if (status < 0 && why.code == ERR_NOT_FOUND)
        status = 0;
    else if (status < 0 && e)
        *e = why;
    free(path);
    strbuf_release(&text);
    return status;
}

static int take_url(struct settings *s, const char *url, struct err *e)
{
    size_t len = strlen(url), scheme = strncmp(url, "http://", 7) == 0    ? 7
                                       : strncmp(url, "https://", 8) == 0 ? 8
                                                                          : 0;
    while (len && url[len - 1] == '/')
        len--;
    if (!scheme || len <= scheme || strpbrk(url, " \t\r\n@?#"))
        return err_field(e, "url",
                         "the site's address must be like https://example.org, not \"%s\"", url);
    s->url = xstrndup(url, len);
    return 0;
}

static int take_token(struct settings *s, const struct args *args, const struct sites *known,
                      struct err *e)
{
    const char *file = args_text(args, OPT_TOKEN_FILE, NULL), *own = variable("ATHANOR_TOKEN");
    const struct site *site = sites_find(known, s->url);
    if (file)
        s->token = settings_read_token(file, e);
    else if (own || site)
        s->token = xstrdup(own ? own : site->token);
    else
        err_set(e, ERR_INVALID, "there is no token for %s: athanor login %s, or set ATHANOR_TOKEN",
                s->url, s->url);
    return s->token ? 0 : -1;
}

struct settings *settings_of(const struct args *args, const char *url, struct err *e)
{
    struct settings *s = xcalloc(1, sizeof(*s));
    const char *ca = args_text(args, OPT_CA_FILE, NULL);
    s->ca_file = ca ? xstrdup(ca) : NULL;
    if (take_url(s, url, e) == 0)
        return s;
    settings_free(s);
    return NULL;
}

struct settings *settings_load(const struct args *args, struct err *e)
{
    struct sites known;
    struct settings *s = NULL;
    /* A token that was named is enough without the file, whose faults do not matter then. */
    bool needs_file = !args_has(args, OPT_TOKEN_FILE) && !variable("ATHANOR_TOKEN");
    if (read_sites(&known, needs_file ? e : NULL) < 0 && needs_file)
        goto out;
    const char *url = args_text(args, OPT_URL, variable("ATHANOR_URL"));
    if (!url)
        url = known.url;
    if (!url) {
        err_set(e, ERR_INVALID, "which site? athanor login, or set ATHANOR_URL and ATHANOR_TOKEN");
        goto out;
    }
    s = settings_of(args, url, e);
    if (s && take_token(s, args, &known, e) < 0) {
        settings_free(s);
        s = NULL;
    }
out:
    sites_release(&known);
    return s;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    free(s->url);
    free(s->token);
    free(s->ca_file);
    free(s);
}

int settings_store(const struct settings *s, struct err *e)
{
    struct sites known;
    struct strbuf text = STRBUF_INIT;
    char *path = settings_path(), *slash = strrchr(path, '/');
    int status = read_sites(&known, e);
    if (status == 0 && slash && slash > path) {
        *slash = '\0';
        status = io_mkdirs(path, 0700, e);
        *slash = '/';
    }
    if (status == 0) {
        sites_set(&known, s->url, s->token);
        sites_put(&known, &text);
        status = io_write_file(path, text.buf, text.len, 0600, e);
    }
    sites_release(&known);
    strbuf_release(&text);
    free(path);
    return status;
}

char *settings_last_url(void)
{
    struct sites known;
    char *url = NULL;
    if (read_sites(&known, NULL) == 0 && known.url)
        url = xstrdup(known.url);
    sites_release(&known);
    return url;
}
