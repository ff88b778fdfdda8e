/* Completions: the words that are known by themselves come from the table, the names of experiments
 * and runs from the site. */
#include "help.h"

#include <string.h>

static void put_words(struct strbuf *out, const struct command *c)
{
    const struct option *o;
    for (size_t i = 0; (o = spec_option(c, i)); i++)
        strbuf_addf(out, "%s--%s", i ? " " : "", o->name);
}

/* The words of a command, for compgen: options, and what its operands may be. */
static const char *bash_operands(const struct command *c)
{
    static const char *const words[] = {
        [OPERAND_WORD] = "",
        [OPERAND_RUN] = "$(_athanor_names list)",
        [OPERAND_EXPERIMENT] = "$(_athanor_names experiments) $(_athanor_names instances)",
        [OPERAND_COMMAND] = "$commands",
        [OPERAND_FILE] = "",
        [OPERAND_SHELL] = "bash zsh",
    };
    return words[c->operands[0].kind];
}

/* case "--level") for options that take a value: choices, or files. */
static void bash_values(struct strbuf *out, const struct command *c, const char *name)
{
    const struct option *o;
    for (size_t i = 0; (o = spec_option(c, i)); i++) {
        if (!o->value)
            continue;
        strbuf_addf(out, "    %s:--%s", name, o->name);
        if (o->letter)
            strbuf_addf(out, " | %s:-%c", name, o->letter);
        strbuf_adds(out, ") ");
        if (o->kind == OPTION_CHOICE)
            strbuf_addf(out, "COMPREPLY=($(compgen -W '%s' -- \"$word\"))", o->choices);
        else if (o->kind == OPTION_FILE)
            strbuf_adds(out, "COMPREPLY=($(compgen -f -- \"$word\"))");
        else
            strbuf_adds(out, "COMPREPLY=()");
        strbuf_adds(out, "; return ;;\n");
    }
}

/* compgen carries out what stands in its words, and a shell what is completed to: of the names,
 * which others have given, only those are offered that mean nothing to it. */
void help_bash(struct strbuf *out)
{
    strbuf_adds(out,
                "# Completion of athanor for bash, made by `athanor completion bash`.\n"
                "_athanor_names() {\n"
                "    case $1 in\n"
                "    instances) athanor list --instances --limit 100 2>/dev/null | cut -f 2 ;;\n"
                "    *) athanor \"$1\" 2>/dev/null | cut -f 1 ;;\n"
                "    esac | grep -E '^[[:alnum:]][[:alnum:]._#@%+=:,/-]*$'\n"
                "}\n\n"
                "_athanor() {\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - "
                "1]} command=${COMP_WORDS[1]} words=\n"
                "    local commands='");
    for (size_t i = 0; i < spec_command_count; i++)
        strbuf_addf(out, "%s%s", i ? " " : "", spec_commands[i].name);
    strbuf_adds(
        out,
        "'\n    if [ \"$COMP_CWORD\" = 1 ]; then\n"
        "        COMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n        return\n    fi\n"
        "    case $command:$before in\n");
    for (size_t i = 0; i < spec_command_count; i++)
        bash_values(out, &spec_commands[i], spec_commands[i].name);
    strbuf_adds(out, "    esac\n    case $command in\n");
    for (size_t i = 0; i < spec_command_count; i++) {
        strbuf_addf(out, "    %s)\n        words='", spec_commands[i].name);
        put_words(out, &spec_commands[i]);
        strbuf_addf(out, "'\n        [[ $word == -* ]] || words=\"%s\"\n        ;;\n",
                    bash_operands(&spec_commands[i]));
    }
    strbuf_adds(out, "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n"
                     "complete -o default -F _athanor athanor\n");
}

/* Within single quotes and brackets of _arguments. */
static void put_quoted(struct strbuf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            strbuf_adds(out, "'\\''");
        else if (strchr("[]:", *text))
            strbuf_addf(out, "\\%c", *text);
        else
            strbuf_addc(out, *text);
}

static void zsh_option(struct strbuf *out, const struct option *o)
{
    strbuf_adds(out, "            ");
    if (o->letter)
        strbuf_addf(out, "'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter,
                    o->value ? "+" : "", o->name, o->value ? "=" : "");
    else
        strbuf_addf(out, "'--%s%s[", o->name, o->value ? "=" : "");
    put_quoted(out, o->help);
    strbuf_adds(out, "]");
    if (o->value) {
        strbuf_addf(out, ":%s:", o->value);
        if (o->kind == OPTION_CHOICE)
            strbuf_addf(out, "(%s)", o->choices);
        else if (o->kind == OPTION_FILE)
            strbuf_adds(out, "_files");
    }
    strbuf_adds(out, "' \\\n");
}

static void zsh_operand(struct strbuf *out, const struct operand *o, size_t place)
{
    static const char *const actions[] = {
        [OPERAND_WORD] = " ",
        [OPERAND_RUN] = "{_athanor_names list}",
        [OPERAND_EXPERIMENT] = "{_athanor_names experiments}",
        [OPERAND_COMMAND] = "{_describe command commands}",
        [OPERAND_FILE] = "_files",
        [OPERAND_SHELL] = "(bash zsh)",
    };
    if (o->many)
        strbuf_addf(out, "            '*:%s:%s' \\\n", o->name, actions[o->kind]);
    else
        strbuf_addf(out, "            '%zu:%s:%s' \\\n", place, o->name, actions[o->kind]);
}

void help_zsh(struct strbuf *out)
{
    strbuf_adds(
        out,
        "#compdef athanor\n# Completion of athanor for zsh, made by `athanor completion zsh`.\n"
        "_athanor_names() {\n    local -a names\n    names=(${(f)\"$(athanor $1 2>/dev/null | cut "
        "-f 1)\"})\n    compadd -a names\n}\n\n"
        "_athanor() {\n    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < spec_command_count; i++) {
        strbuf_addf(out, "        '%s:", spec_commands[i].name);
        put_quoted(out, spec_commands[i].summary);
        strbuf_adds(out, "'\n");
    }
    strbuf_adds(
        out,
        "    )\n    if ((CURRENT == 2)); then\n        _describe command commands\n        "
        "return\n    fi\n"
        "    local command=$words[2]\n    shift words\n    ((CURRENT--))\n    case $command in\n");
    for (size_t i = 0; i < spec_command_count; i++) {
        const struct command *c = &spec_commands[i];
        const struct option *o;
        strbuf_addf(out, "    %s)\n        _arguments -s \\\n", c->name);
        for (size_t k = 0; (o = spec_option(c, k)); k++)
            zsh_option(out, o);
        for (size_t k = 0; k < OPERANDS && c->operands[k].name; k++)
            zsh_operand(out, &c->operands[k], k + 1);
        strbuf_truncate(out, out->len - 3);
        strbuf_adds(out, "\n        ;;\n");
    }
    strbuf_adds(out, "    esac\n}\n\nif [ \"$funcstack[1]\" = _athanor ]; then\n    _athanor "
                     "\"$@\"\nelse\n    compdef _athanor athanor\nfi\n");
}
