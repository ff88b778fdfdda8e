/*
 * args.h - the words of a command line, read by the table of spec.h.
 *
 * Options may stand anywhere behind the command: `--name value`, `--name=value`, `-n value`,
 * `-nvalue`, flags together (`-fN`);
 * `--` ends them. A struct args borrows everything from argv.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "spec.h"

enum { ARGS_OPERANDS = 1024 };

struct args_value {
    const char *text; /* NULL: not given; "" for a flag */
    int64_t number;   /* of a number */
};

struct args {
    const struct command *command;
    bool is_named; /* it was: else it is `help`, or `version` for its option */
    struct args_value options[OPTION_COUNT];
    const char *operands[ARGS_OPERANDS];
    size_t operand_count;
};

/* Reads argv[1..argc). ERR_INVALID says which word is wrong. With --help operands may be missing;
 * without any word, or with
 * --help or --version in place of a command, the command is help or version. */
MUST_CHECK int args_parse(struct args *out, int argc, char *const argv[], struct err *e);

static inline bool args_has(const struct args *a, enum option_id id)
{
    return a->options[id].text != NULL;
}

static inline const char *args_text(const struct args *a, enum option_id id, const char *otherwise)
{
    return a->options[id].text ? a->options[id].text : otherwise;
}

static inline int64_t args_number(const struct args *a, enum option_id id, int64_t otherwise)
{
    return a->options[id].text ? a->options[id].number : otherwise;
}

#endif
