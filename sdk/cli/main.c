/* athanor: the command-line client. Reads the words, finds the site, runs the command, says what
 * went wrong. */
#include "args.h"
#include "cli.h"
#include "doc.h"
#include "help.h"
#include "http.h"
#include "json.h"
#include "out.h"
#include "settings.h"
#include "text.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The site's own document where there is one, else one of the same form; fit for a terminal. */
static void report_json(const struct cli *cli, const struct err *e)
{
    struct strbuf text = STRBUF_INIT, fit = STRBUF_INIT;
    if (!cli->problem.len) {
        strbuf_adds(&text, "{\"title\":\"athanor\",\"detail\":");
        json_put_cstring(&text, e->text);
        if (e->field[0]) {
            strbuf_adds(&text, ",\"field\":");
            json_put_cstring(&text, e->field);
        }
        strbuf_addc(&text, '}');
    } else if (json_compact(cli->problem.buf, cli->problem.len, &text, NULL) < 0) {
        strbuf_adds(&text, "{}");
    }
    text_put_json(&fit, text.buf, text.len);
    fprintf(stderr, "%s\n", fit.buf);
    strbuf_release(&text);
    strbuf_release(&fit);
}

/* The words, and each wrong value on a line of its own. */
static void report(struct cli *cli, const struct err *e)
{
    struct doc item = {0}, faults = doc_get(doc_of(cli->problem.buf, cli->problem.len), "errors");
    out_progress(cli->out, -1, NULL);
    out_flush(cli->out);
    if (cli->out->json) {
        report_json(cli, e);
        return;
    }
    out_warn(cli->out, "%s", e->text);
    while (doc_next(faults, &item)) {
        char *field = doc_text(item, "field"), *message = doc_text(item, "message");
        out_say(cli->out, "  %s: %s", field, message);
        free(field);
        free(message);
    }
}

static int run(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    if (args_has(args, OPT_HELP) && args->is_named) {
        help_command(cli->out, args->command);
        return CLI_COMPLETED;
    }
    if (!args->command->is_local) {
        cli->settings = settings_load(args, e);
        cli->http = cli->settings ? http_new(cli->settings, e) : NULL;
        if (!cli->http)
            return -1;
    }
    return args->command->run(cli, e);
}

int main(int argc, char **argv)
{
    struct args *args = xcalloc(1, sizeof(*args));
    struct out out;
    struct cli cli = {.args = args, .out = &out};
    struct err e = {0};
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    strbuf_init(&cli.problem);
    int status = args_parse(args, argc, argv, &e);
    out_init(&out, args);
    if (status == 0)
        status = run(&cli, &e);
    if (status < 0) {
        report(&cli, &e);
        status = cli_exit_code(e.code);
    }
    http_free(cli.http);
    settings_free(cli.settings);
    out_release(&out);
    strbuf_release(&cli.problem);
    free(args);
    return status;
}
