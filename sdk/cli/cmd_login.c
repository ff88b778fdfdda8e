/* athanor login: tries a site and a token, and remembers them. */
#include "api.h"
#include "args.h"
#include "out.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A line from the terminal, without its end; free() it. */
static char *read_line(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, stdin);
    if (len < 0) {
        free(line);
        return xstrdup("");
    }
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static char *ask_url(const struct args *args)
{
    const char *given =
        args->operand_count ? args->operands[0] : args_text(args, OPT_URL, getenv("ATHANOR_URL"));
    if (given && *given)
        return xstrdup(given);
    char *last = settings_last_url();
    if (!isatty(STDIN_FILENO))
        return last ? last : xstrdup("");
    fprintf(stderr, last ? "site [%s]: " : "site%s: ", last ? last : "");
    char *typed = read_line();
    if (*typed || !last) {
        free(last);
        return typed;
    }
    free(typed);
    return last;
}

static char *ask_token(const struct args *args, struct err *e)
{
    const char *file = args_text(args, OPT_TOKEN_FILE, "-");
    struct termios before, quiet;
    bool asks = strcmp(file, "-") == 0 && tcgetattr(STDIN_FILENO, &before) == 0;
    if (asks) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        fprintf(stderr, "token (it is not shown): ");
    }
    char *token = settings_read_token(file, e);
    if (asks) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fprintf(stderr, "\n");
    }
    return token;
}

/* Whether what travels there can be read on the way. */
static bool is_open(const char *url)
{
    static const char *const here[] = {"127.0.0.1", "localhost", "[::1]"};
    if (strncmp(url, "http://", 7) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(here); i++) {
        size_t len = strlen(here[i]);
        if (strncmp(url + 7, here[i], len) == 0 && strchr(":/", url[7 + len]))
            return false;
    }
    return true;
}

/* Asks whose token it is; the words for that go to *who. */
static int try_token(struct cli *cli, struct strbuf *who, struct err *e)
{
    struct api_answer a;
    api_answer_init(&a);
    int status = api_get(cli, &a, e, "/me");
    doc_put(who, doc_get(a.doc, "user.name"));
    strbuf_adds(who, ", scope ");
    doc_put(who, doc_get(a.doc, "scope"));
    api_answer_release(&a);
    return status;
}

int cmd_login(struct cli *cli, struct err *e)
{
    char *url = ask_url(cli->args), *path = NULL;
    struct strbuf who = STRBUF_INIT;
    int status = -1;
    if (!*url)
        err_field(e, "URL", "which site? athanor login URL");
    else
        cli->settings = settings_of(cli->args, url, e);
    if (!cli->settings)
        goto out;
    if (is_open(cli->settings->url))
        out_warn(cli->out, "%s is not encrypted: who listens on the way reads the token",
                 cli->settings->url);
    cli->settings->token = ask_token(cli->args, e);
    if (!cli->settings->token || !(cli->http = http_new(cli->settings, e)) ||
        try_token(cli, &who, e) < 0)
        goto out;
    path = settings_path();
    status = settings_store(cli->settings, e);
    if (status == 0)
        out_note(cli->out, "logged in to %s as %s; the token stands in %s", cli->settings->url,
                 who.buf, path);
out:
    strbuf_release(&who);
    free(url);
    free(path);
    return status;
}
