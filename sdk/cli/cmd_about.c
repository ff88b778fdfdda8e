/* athanor help, version, completion: what the program says of itself. */
#include "api.h"
#include "args.h"
#include "help.h"
#include "out.h"
#include "version.h"

#include <string.h>

int cmd_help(struct cli *cli, struct err *e)
{
    const struct args *args = cli->args;
    struct strbuf text = STRBUF_INIT;
    const struct command *c = args->operand_count ? spec_find(args->operands[0]) : NULL;
    if (args->operand_count && !c)
        return err_set(e, ERR_INVALID, "there is no command \"%s\"; see athanor help",
                       args->operands[0]);
    if (args_has(args, OPT_MAN))
        help_manual(&text);
    else if (c)
        help_command(cli->out, c);
    else
        help_overview(cli->out);
    out_bytes(cli->out, text.buf, text.len);
    strbuf_release(&text);
    return CLI_COMPLETED;
}

/* Ours, and where a site is known that one's; without an answer from it ours is enough. */
int cmd_version(struct cli *cli, struct err *e)
{
    struct api_answer a;
    struct http_request r = {.path = "/healthz"};
    api_answer_init(&a);
    cli->settings = settings_load(cli->args, NULL);
    cli->http = cli->settings ? http_new(cli->settings, e) : NULL;
    bool knows = cli->http && api_perform(cli, &r, true, &a, NULL) == 0;
    if (cli->out->json) {
        out_addf(cli->out, "{\"client\":\"" ATHANOR_VERSION "\",\"site\":");
        out_json(cli->out, knows ? doc_get(a.doc, "version") : doc_of("null", 4));
        strbuf_truncate(&cli->out->pending, cli->out->pending.len - 1);
        out_bytes(cli->out, "}\n", 2);
    } else {
        out_addf(cli->out, "athanor " ATHANOR_VERSION "\n");
        if (knows) {
            out_addf(cli->out, "%s ", cli->settings->url);
            out_doc(cli->out, doc_get(a.doc, "version"));
            out_bytes(cli->out, "\n", 1);
        }
    }
    api_answer_release(&a);
    return CLI_COMPLETED;
}

int cmd_completion(struct cli *cli, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    const char *shell = cli->args->operands[0];
    if (strcmp(shell, "bash") == 0)
        help_bash(&text);
    else if (strcmp(shell, "zsh") == 0)
        help_zsh(&text);
    else
        return err_field(e, "SHELL",
                         "there is a completion for bash and one for zsh, none for \"%s\"", shell);
    out_bytes(cli->out, text.buf, text.len);
    strbuf_release(&text);
    return CLI_COMPLETED;
}
