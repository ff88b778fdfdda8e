/*
 * spec.h - the one table of commands and options.
 *
 * The parser (args.h), the help texts, the manual page and the completions are all made from it, so
 * none of them can know what another does not. Everything here is constant.
 */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include "base.h"
#include "cli.h"

enum option_id {
    OPT_URL,
    OPT_TOKEN_FILE,
    OPT_CA_FILE,
    OPT_JSON,
    OPT_COLOR,
    OPT_QUIET,
    OPT_HELP,
    OPT_AFTER,
    OPT_ALL,
    OPT_ARTIFACT,
    OPT_BEFORE,
    OPT_CANCEL_ON_INTERRUPT,
    OPT_COUNT,
    OPT_DATA,
    OPT_DESCRIPTION,
    OPT_EXPERIMENT,
    OPT_FOLLOW,
    OPT_FORCE,
    OPT_INSTANCE,
    OPT_INSTANCES,
    OPT_LEVEL,
    OPT_LIMIT,
    OPT_LINES,
    OPT_LOG,
    OPT_MAN,
    OPT_METRIC,
    OPT_NAME,
    OPT_NEW,
    OPT_NUMBERS,
    OPT_OUTPUT,
    OPT_PIPELINES,
    OPT_PRIORITY,
    OPT_PROJECT,
    OPT_RAW,
    OPT_RECORDS,
    OPT_REPLACE,
    OPT_RESULTS,
    OPT_RETRY_FOR,
    OPT_STATUS,
    OPT_TABLE,
    OPT_TAG,
    OPT_TIME,
    OPT_TIMEOUT,
    OPT_WAIT,
    OPTION_COUNT,
};

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_NUMBER, /* from min to max */
    OPTION_CHOICE, /* one of `choices` */
    OPTION_FILE,
};

struct option {
    enum option_id id;
    char letter; /* 0: none */
    enum option_kind kind;
    const char *name, *value, *help; /* value: how help calls it; NULL for a flag */
    const char *choices;             /* divided by spaces */
    int64_t min, max;
};

/* What stands for an operand, which decides how it is completed. */
enum operand_kind {
    OPERAND_WORD,
    OPERAND_RUN,
    OPERAND_EXPERIMENT,
    OPERAND_COMMAND,
    OPERAND_FILE,
    OPERAND_SHELL,
};

struct operand {
    const char *name;
    enum operand_kind kind;
    bool optional, many;
};

enum { OPERANDS = 3 };

struct command {
    const char *name, *summary;
    struct operand operands[OPERANDS]; /* those with a name */
    const struct option *options;
    size_t option_count;
    const char *text;     /* paragraphs, divided by empty lines */
    const char *examples; /* one a line */
    cli_command *run;
    bool is_local; /* it needs no site */
};

extern const struct command spec_commands[];
extern const size_t spec_command_count;

/* The options that every command takes. */
extern const struct option spec_common[];
extern const size_t spec_common_count;

/* What stands at the end of the help and of the manual. */
struct spec_pair {
    const char *name, *text;
};
extern const struct spec_pair spec_exits[], spec_environment[], spec_files[];
extern const size_t spec_exit_count, spec_environment_count, spec_file_count;
extern const char spec_about[], spec_runs[];

/* The command of that name, or NULL. */
const struct command *spec_find(const char *name);

/* The i-th option that a command takes, its own first; NULL behind the last. */
const struct option *spec_option(const struct command *c, size_t i);

#endif
