#include "help.h"

#include <string.h>

enum { WIDTH = 100, COLUMN = 30 };

void help_synopsis(struct strbuf *out, const struct command *c)
{
    strbuf_adds(out, c->name);
    if (c->option_count)
        strbuf_adds(out, " [OPTION]...");
    for (size_t i = 0; i < OPERANDS && c->operands[i].name; i++) {
        const struct operand *o = &c->operands[i];
        strbuf_addf(out, o->optional ? " [%s]%s" : " %s%s", o->name, o->many ? "..." : "");
    }
}

void help_wrap(struct strbuf *out, const char *text, int indent, int width)
{
    int column = 0;
    while (*text) {
        if (*text == '\n') {
            strbuf_adds(out, text[1] == '\n' ? "\n\n" : "\n");
            text += text[1] == '\n' ? 2 : 1;
            column = 0;
            continue;
        }
        int len = (int)strcspn(text, " \n");
        if (column && column + 1 + len > width) {
            strbuf_addc(out, '\n');
            column = 0;
        }
        strbuf_addf(out, "%*s%.*s", column ? 1 : indent, "", len, text);
        column = (column ? column + 1 : indent) + len;
        text += len + (text[len] == ' ');
    }
    strbuf_addc(out, '\n');
}

/* Text in the column beside what stands in the buffer's last line. */
static void put_beside(struct strbuf *out, size_t line, const char *text)
{
    struct strbuf wrapped = STRBUF_INIT;
    help_wrap(&wrapped, text, COLUMN, WIDTH);
    size_t used = out->len - line, skip = used + 1 < COLUMN ? used : 0;
    if (!skip)
        strbuf_addc(out, '\n');
    strbuf_adds(out, wrapped.buf + skip);
    strbuf_release(&wrapped);
}

static void put_option(struct strbuf *out, const struct option *o)
{
    size_t line = out->len;
    if (o->letter)
        strbuf_addf(out, "  -%c, --%s", o->letter, o->name);
    else
        strbuf_addf(out, "      --%s", o->name);
    if (o->value)
        strbuf_addf(out, " %s", o->value);
    struct strbuf text = STRBUF_INIT;
    strbuf_adds(&text, o->help);
    if (o->kind == OPTION_CHOICE)
        strbuf_addf(&text, " (%s)", o->choices);
    put_beside(out, line, text.buf);
    strbuf_release(&text);
}

static void put_options(struct strbuf *out, const char *heading, const struct option *list,
                        size_t count)
{
    if (!count)
        return;
    strbuf_addf(out, "\n%s\n", heading);
    for (size_t i = 0; i < count; i++)
        put_option(out, &list[i]);
}

static void put_pairs(struct strbuf *out, const char *heading, const struct spec_pair *pairs,
                      size_t count)
{
    strbuf_addf(out, "\n%s\n", heading);
    for (size_t i = 0; i < count; i++) {
        size_t line = out->len;
        strbuf_addf(out, "  %s", pairs[i].name);
        put_beside(out, line, pairs[i].text);
    }
}

void help_command(struct out *out, const struct command *c)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_adds(&text, "usage: athanor ");
    help_synopsis(&text, c);
    strbuf_addf(&text, "\n\n%c%s.\n", c->summary[0] - ('a' - 'A'), c->summary + 1);
    if (c->text) {
        strbuf_addc(&text, '\n');
        help_wrap(&text, c->text, 0, WIDTH);
    }
    put_options(&text, "Options:", c->options, c->option_count);
    put_options(&text, "Options of all commands:", spec_common, spec_common_count);
    if (c->examples) {
        strbuf_adds(&text, "\nExamples:\n");
        help_wrap(&text, c->examples, 2, INT16_MAX);
    }
    out_bytes(out, text.buf, text.len);
    strbuf_release(&text);
}

void help_overview(struct out *out)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "usage: athanor COMMAND [OPTION]... [WORD]...\n\n%s\n\nCommands:\n",
                spec_about);
    for (size_t i = 0; i < spec_command_count; i++) {
        size_t line = text.len;
        strbuf_addf(&text, "  %s", spec_commands[i].name);
        put_beside(&text, line, spec_commands[i].summary);
    }
    strbuf_addc(&text, '\n');
    help_wrap(&text, spec_runs, 0, WIDTH);
    put_options(&text, "Options of all commands:", spec_common, spec_common_count);
    put_pairs(&text, "Exit codes:", spec_exits, spec_exit_count);
    put_pairs(&text, "Environment:", spec_environment, spec_environment_count);
    put_pairs(&text, "Files:", spec_files, spec_file_count);
    strbuf_adds(&text, "\nathanor help COMMAND tells more.\n");
    out_bytes(out, text.buf, text.len);
    strbuf_release(&text);
}
