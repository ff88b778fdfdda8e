#include "args.h"

#include <string.h>

struct parser {
    struct args *out;
    char *const *at, *const *end;
    struct err *e;
};

static const struct option *find_long(const struct command *c, const char *name, size_t len)
{
    const struct option *o;
    for (size_t i = 0; (o = spec_option(c, i)); i++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static const struct option *find_letter(const struct command *c, char letter)
{
    const struct option *o;
    for (size_t i = 0; (o = spec_option(c, i)); i++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; len && *at;) {
        size_t word = strcspn(at, " ");
        if (word == len && memcmp(at, value, len) == 0)
            return true;
        at += word + (at[word] == ' ');
    }
    return false;
}

static int check_value(struct parser *p, const struct option *o, struct args_value *v)
{
    if (o->kind == OPTION_CHOICE && !is_choice(o->choices, v->text))
        return err_field(p->e, o->name, "--%s is one of: %s", o->name, o->choices);
    if (o->kind != OPTION_NUMBER)
        return 0;
    if (!parse_int64(v->text, strlen(v->text), &v->number))
        return err_field(p->e, o->name, "--%s needs a whole number, not \"%s\"", o->name, v->text);
    if (v->number < o->min || v->number > o->max)
        return err_field(p->e, o->name,
                         o->max == INT64_MAX ? "--%s is at least %lld"
                                             : "--%s is from %lld to %lld",
                         o->name, (long long)o->min, (long long)o->max);
    return 0;
}

/* `value` is what stands behind `=` or the letter, or NULL: then the next word is taken. */
static int take(struct parser *p, const struct option *o, const char *value)
{
    struct args_value *v = &p->out->options[o->id];
    if (o->kind == OPTION_FLAG) {
        if (value)
            return err_field(p->e, o->name, "--%s takes no value", o->name);
        v->text = "";
        return 0;
    }
    if (!value && p->at < p->end)
        value = *p->at++;
    if (!value)
        return err_field(p->e, o->name, "--%s needs a value: %s", o->name, o->value);
    v->text = value;
    return check_value(p, o, v);
}

static int take_long(struct parser *p, const char *word)
{
    size_t len = strcspn(word, "=");
    const struct option *o = find_long(p->out->command, word, len);
    if (!o && !p->out->is_named)
        return err_set(
            p->e, ERR_INVALID,
            "--%.*s stands behind the command: only options of all commands stand before",
            (int)MIN(len, 60), word);
    if (!o)
        return err_set(p->e, ERR_INVALID, "%s has no option --%.*s", p->out->command->name,
                       (int)MIN(len, 60), word);
    return take(p, o, word[len] ? word + len + 1 : NULL);
}

static int take_letters(struct parser *p, const char *letters)
{
    for (; *letters; letters++) {
        const struct option *o = find_letter(p->out->command, *letters);
        if (!o)
            return err_set(p->e, ERR_INVALID, "%s has no option -%c", p->out->command->name,
                           *letters);
        if (o->kind != OPTION_FLAG)
            return take(p, o, letters[1] ? letters + 1 : NULL);
        if (take(p, o, NULL) < 0)
            return -1;
    }
    return 0;
}

static int take_operand(struct parser *p, const char *word)
{
    const struct command *c = p->out->command;
    size_t most = 0;
    while (most < OPERANDS && c->operands[most].name)
        most++;
    if (most && c->operands[most - 1].many)
        most = ARGS_OPERANDS;
    if (p->out->operand_count == most)
        return err_set(p->e, ERR_INVALID,
                       most ? "%s takes no more than that: \"%s\"" : "%s takes no \"%s\"", c->name,
                       word);
    p->out->operands[p->out->operand_count++] = word;
    return 0;
}

static int check_operands(struct parser *p)
{
    const struct command *c = p->out->command;
    for (size_t i = p->out->operand_count; i < OPERANDS && c->operands[i].name; i++)
        if (!c->operands[i].optional)
            return err_field(p->e, c->operands[i].name, "%s needs a %s", c->name,
                             c->operands[i].name);
    return 0;
}

static int take_rest(struct parser *p)
{
    bool only_operands = false;
    while (p->at < p->end) {
        const char *word = *p->at++;
        int status;
        if (only_operands || *word != '-' || !word[1])
            status = take_operand(p, word);
        else if (strcmp(word, "--") == 0)
            status = (only_operands = true, 0);
        else
            status = word[1] == '-' ? take_long(p, word + 2) : take_letters(p, word + 1);
        if (status < 0)
            return -1;
    }
    return args_has(p->out, OPT_HELP) ? 0 : check_operands(p);
}

/* Options that every command takes may stand before it: those are looked at with `help`, which has
 * no others of their names. */
int args_parse(struct args *out, int argc, char *const argv[], struct err *e)
{
    struct parser p = {out, argv + 1, argv + argc, e};
    *out = (struct args){.command = spec_find("help")};
    while (p.at < p.end && (*p.at)[0] == '-' && (*p.at)[1]) {
        const char *word = *p.at++;
        if (strcmp(word, "--version") == 0)
            out->command = spec_find("version");
        else if ((word[1] == '-' ? take_long(&p, word + 2) : take_letters(&p, word + 1)) < 0)
            return -1;
    }
    if (p.at < p.end) {
        out->command = spec_find(*p.at);
        if (!out->command)
            return err_set(e, ERR_INVALID, "there is no command \"%s\"; see athanor help", *p.at);
        p.at++;
        out->is_named = true;
    }
    return take_rest(&p);
}
