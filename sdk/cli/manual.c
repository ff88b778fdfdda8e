#include "help.h"

#include <string.h>

/* Text for roff: no line of it is a request, and hyphens and backslashes are what they are. */
static void put_text(struct strbuf *out, const char *text)
{
    bool begins = true;
    for (; *text; text++) {
        if (begins && (*text == '.' || *text == '\''))
            strbuf_adds(out, "\\&");
        if (*text == '\n' && text[1] == '\n') {
            strbuf_adds(out, "\n.PP\n");
            text++;
        } else if (*text == '\\') {
            strbuf_adds(out, "\\e");
        } else if (*text == '-') {
            strbuf_adds(out, "\\-");
        } else {
            strbuf_addc(out, *text);
        }
        begins = *text == '\n';
    }
    strbuf_addc(out, '\n');
}

static void put_option(struct strbuf *out, const struct option *o)
{
    strbuf_adds(out, ".TP\n");
    if (o->letter)
        strbuf_addf(out, "\\fB\\-%c\\fR, ", o->letter);
    strbuf_adds(out, "\\fB\\-\\-");
    for (const char *c = o->name; *c; c++)
        strbuf_adds(out, *c == '-' ? "\\-" : (char[]){*c, '\0'});
    strbuf_adds(out, "\\fR");
    if (o->value)
        strbuf_addf(out, " \\fI%s\\fR", o->value);
    strbuf_addc(out, '\n');
    put_text(out, o->help);
    if (o->kind == OPTION_CHOICE) {
        strbuf_truncate(out, out->len - 1);
        strbuf_addf(out, " (%s)\n", o->choices);
    }
}

static void put_pairs(struct strbuf *out, const char *heading, const struct spec_pair *pairs,
                      size_t count)
{
    strbuf_addf(out, ".SH %s\n", heading);
    for (size_t i = 0; i < count; i++) {
        strbuf_addf(out, ".TP\n\\fB%s\\fR\n", pairs[i].name);
        put_text(out, pairs[i].text);
    }
}

static void put_command(struct strbuf *out, const struct command *c)
{
    struct strbuf synopsis = STRBUF_INIT;
    help_synopsis(&synopsis, c);
    strbuf_addf(out, ".SS \"athanor ");
    put_text(out, synopsis.buf);
    strbuf_truncate(out, out->len - 1);
    strbuf_adds(out, "\"\n");
    strbuf_addf(out, "%c%s.\n", c->summary[0] - ('a' - 'A'), c->summary + 1);
    if (c->text) {
        strbuf_adds(out, ".PP\n");
        put_text(out, c->text);
    }
    for (size_t i = 0; i < c->option_count; i++)
        put_option(out, &c->options[i]);
    if (c->examples) {
        strbuf_adds(out, ".PP\n.nf\n");
        put_text(out, c->examples);
        strbuf_adds(out, ".fi\n");
    }
    strbuf_release(&synopsis);
}

void help_manual(struct strbuf *out)
{
    strbuf_adds(out,
                ".\\\" Made by athanor help --man.\n.TH ATHANOR 1 \"\" Athanor \"User Commands\"\n"
                ".SH NAME\nathanor \\- start, follow and read experiments from the command line\n"
                ".SH SYNOPSIS\n\\fBathanor\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... "
                "[\\fIWORD\\fR]...\n.SH DESCRIPTION\n");
    put_text(out, spec_about);
    strbuf_adds(out, ".PP\n");
    put_text(out, spec_runs);
    strbuf_adds(out, ".SH COMMANDS\n");
    for (size_t i = 0; i < spec_command_count; i++)
        put_command(out, &spec_commands[i]);
    strbuf_adds(out, ".SH OPTIONS OF ALL COMMANDS\n");
    for (size_t i = 0; i < spec_common_count; i++)
        put_option(out, &spec_common[i]);
    put_pairs(out, "EXIT STATUS", spec_exits, spec_exit_count);
    put_pairs(out, "ENVIRONMENT", spec_environment, spec_environment_count);
    put_pairs(out, "FILES", spec_files, spec_file_count);
}
