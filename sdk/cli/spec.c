#include "spec.h"

#include <string.h>

#define MOST INT64_MAX
#define FLAG(id, letter, name, help)                                                               \
    {                                                                                              \
        id, letter, OPTION_FLAG, name, NULL, help, NULL, 0, 0                                      \
    }
#define TEXT(id, letter, name, value, help)                                                        \
    {                                                                                              \
        id, letter, OPTION_TEXT, name, value, help, NULL, 0, 0                                     \
    }
#define PATH(id, letter, name, value, help)                                                        \
    {                                                                                              \
        id, letter, OPTION_FILE, name, value, help, NULL, 0, 0                                     \
    }
#define NUMBER(id, letter, name, value, min, max, help)                                            \
    {                                                                                              \
        id, letter, OPTION_NUMBER, name, value, help, NULL, min, max                               \
    }
#define CHOICE(id, letter, name, value, choices, help)                                             \
    {                                                                                              \
        id, letter, OPTION_CHOICE, name, value, help, choices, 0, 0                                \
    }
#define OPTIONS(list) .options = list, .option_count = ARRAY_LEN(list)

#define RETRY_FOR                                                                                  \
    NUMBER(OPT_RETRY_FOR, 0, "retry-for", "SECONDS", 0, 86400 * 365,                               \
           "give up when the site has not answered for so long (600)")
#define PRINTING                                                                                   \
    FLAG(OPT_TIME, 't', "time", "put each line's time in front, in UTC"),                          \
        FLAG(OPT_NUMBERS, 'N', "numbers", "put each line's number in front"),                      \
        FLAG(OPT_RAW, 0, "raw", "print the texts exactly as they are (not to a terminal)")
#define LEVEL                                                                                      \
    CHOICE(OPT_LEVEL, 'l', "level", "LEVEL", "debug info warn error",                              \
           "only lines of this level and above")

const struct option spec_common[] = {
    TEXT(OPT_URL, 0, "url", "URL", "the site (else ATHANOR_URL, else the one logged in to last)"),
    PATH(OPT_TOKEN_FILE, 0, "token-file", "FILE", "holds the token, mode 0600; - is stdin"),
    PATH(OPT_CA_FILE, 0, "ca-file", "FILE", "certificates to trust in place of the system's"),
    FLAG(OPT_JSON, 'j', "json", "print JSON; lists and logs as one object a line"),
    CHOICE(OPT_COLOR, 0, "color", "WHEN", "auto always never", "colours; auto: on a terminal only"),
    FLAG(OPT_QUIET, 'q', "quiet", "say nothing on stderr but errors"),
    FLAG(OPT_HELP, 'h', "help", "explain the command"),
};
const size_t spec_common_count = ARRAY_LEN(spec_common);

static const struct option list_options[] = {
    FLAG(OPT_INSTANCES, 0, "instances", "list instances"),
    FLAG(OPT_DATA, 0, "data", "list data sources"),
    FLAG(OPT_PIPELINES, 0, "pipelines", "list pipelines and their newest versions"),
    TEXT(OPT_INSTANCE, 'i', "instance", "INSTANCE", "only runs of this instance (its name or id)"),
    CHOICE(OPT_STATUS, 's', "status", "STATUS", "pending running completed failed cancelled",
           "only runs of this status"),
    TEXT(OPT_EXPERIMENT, 'x', "experiment", "NAME", "only instances of this experiment"),
    TEXT(OPT_PROJECT, 'p', "project", "PROJECT", "only instances or data sources of this project"),
    NUMBER(OPT_LIMIT, 'n', "limit", "N", 1, 1000000, "at most N (20)"),
    FLAG(OPT_ALL, 'a', "all", "all of them"),
};
static const struct option show_options[] = {
    FLAG(OPT_INSTANCE, 'i', "instance", "show an instance (its name or id), not a run"),
    FLAG(OPT_RESULTS, 'r', "results", "show the results alone"),
};
static const struct option start_options[] = {
    FLAG(OPT_WAIT, 'w', "wait", "wait for the end; the exit code tells how it ended"),
    FLAG(OPT_FOLLOW, 'f', "follow", "print the log while it grows, and wait for the end"),
    TEXT(OPT_NAME, 0, "name", "NAME", "how the instance with these values is called"),
    TEXT(OPT_PROJECT, 'p', "project", "PROJECT", "the project of an instance that is made"),
    FLAG(OPT_EXPERIMENT, 'x', "experiment", "NAME is an experiment, whatever instances are called"),
    FLAG(OPT_NEW, 0, "new", "make an instance even where there is one of that name and values"),
    NUMBER(OPT_PRIORITY, 0, "priority", "N", -1000, 1000, "higher ones are started first (0)"),
    FLAG(OPT_CANCEL_ON_INTERRUPT, 0, "cancel-on-interrupt",
         "Ctrl-C cancels the run instead of leaving it alone"),
    NUMBER(OPT_TIMEOUT, 0, "timeout", "SECONDS", 0, 86400 * 365, "wait no longer; exit code 4"),
    RETRY_FOR,
};
static const struct option wait_options[] = {
    FLAG(OPT_CANCEL_ON_INTERRUPT, 0, "cancel-on-interrupt",
         "Ctrl-C cancels the run instead of leaving it alone"),
    NUMBER(OPT_TIMEOUT, 0, "timeout", "SECONDS", 0, 86400 * 365, "wait no longer; exit code 4"),
    RETRY_FOR,
};
static const struct option tail_options[] = {
    FLAG(OPT_FOLLOW, 'f', "follow", "go on until the run ends; the exit code tells how it ended"),
    NUMBER(OPT_LINES, 'n', "lines", "N", 0, MOST,
           "begin with the last N lines, of any level (else: all)"),
    FLAG(OPT_RECORDS, 'R', "records", "print results, metrics, events and the like, too"),
    LEVEL,
    PRINTING,
    FLAG(OPT_CANCEL_ON_INTERRUPT, 0, "cancel-on-interrupt",
         "Ctrl-C cancels the run instead of leaving it alone"),
    RETRY_FOR,
};
static const struct option cancel_options[] = {
    FLAG(OPT_FORCE, 'f', "force", "give it no time to clean up"),
    FLAG(OPT_WAIT, 'w', "wait", "wait until it has ended"),
};
static const struct option delete_options[] = {
    FLAG(OPT_INSTANCE, 'i', "instance", "delete instances (names or ids) with all their runs"),
    FLAG(OPT_DATA, 0, "data", "delete data sources (names or ids)"),
    TEXT(OPT_PROJECT, 'p', "project", "PROJECT", "the project of the data sources"),
};
static const struct option promote_options[] = {
    TEXT(OPT_ARTIFACT, 'a', "artifact", "NAME", "which file, by its name or record number"),
    TEXT(OPT_DESCRIPTION, 'd', "description", "TEXT", "what should be known of this version"),
    TEXT(OPT_TAG, 't', "tag", "TAGS", "tags, divided by commas"),
};
static const struct option put_options[] = {
    TEXT(OPT_PROJECT, 'p', "project", "PROJECT", "the project that it belongs to"),
    FLAG(OPT_REPLACE, 0, "replace", "upload the next version where the name is taken"),
};
static const struct option get_options[] = {
    PATH(OPT_OUTPUT, 'o', "output", "PATH",
         "the folder for artifacts, the file for all else; - is stdout"),
    FLAG(OPT_LOG, 'L', "log", "the log as text"),
    CHOICE(OPT_RESULTS, 'r', "results", "FORMAT", "json csv", "the newest value of each result"),
    TEXT(OPT_METRIC, 'm', "metric", "KEY", "a series as CSV"),
    TEXT(OPT_TABLE, 'T', "table", "NAME", "a table as CSV"),
    FLAG(OPT_DATA, 0, "data", "RUN is a data source: its name or id"),
    TEXT(OPT_PROJECT, 'p', "project", "PROJECT", "the project of the data source"),
    FLAG(OPT_FORCE, 'f', "force", "write over files that are there"),
    RETRY_FOR,
};
static const struct option logs_options[] = {
    LEVEL,
    NUMBER(OPT_AFTER, 0, "after", "N", 0, MOST, "begin behind line N"),
    NUMBER(OPT_BEFORE, 0, "before", "N", 0, MOST, "end before line N"),
    NUMBER(OPT_LIMIT, 'n', "limit", "N", 1, MOST, "at most N lines"),
    PRINTING,
};
static const struct option search_options[] = {
    LEVEL,
    FLAG(OPT_COUNT, 'c', "count", "print how many lines match, and nothing else"),
    NUMBER(OPT_AFTER, 0, "after", "N", 0, MOST, "begin behind line N"),
    NUMBER(OPT_BEFORE, 0, "before", "N", 0, MOST, "end before line N"),
    NUMBER(OPT_LIMIT, 'n', "limit", "N", 1, MOST, "print at most N of them"),
    PRINTING,
};
static const struct option help_options[] = {
    FLAG(OPT_MAN, 0, "man", "print the manual page, for man(1)"),
};

#define RUN_OPERAND                                                                                \
    {                                                                                              \
        "RUN", OPERAND_RUN, false, false                                                           \
    }

const struct command spec_commands[] = {
    {.name = "login",
     .summary = "remember a site and a token",
     .operands = {{"URL", OPERAND_WORD, true, false}},
     .text = "Asks for the address of the site and for a token (which is not shown while it is "
             "typed), tries them, and writes "
             "them into the configuration file. Without a terminal the token is read from the "
             "first line of stdin.\n\n"
             "Several sites may be remembered, each with a token of its own, which is sent to no "
             "other. The one logged in "
             "to last is used where nothing else is said.",
     .examples = "athanor login http://127.0.0.1:8080 <var/admin-token",
     .run = cmd_login,
     .is_local = true},
    {.name = "experiments",
     .summary = "list what can be started, or explain one experiment's values",
     .operands = {{"NAME", OPERAND_EXPERIMENT, true, false}},
     .text = "With a name it lists the fields of the configuration: how each is called in start, "
             "its type, default and bounds.",
     .examples = "athanor experiments\nathanor experiments ising",
     .run = cmd_experiments},
    {.name = "start",
     .summary = "start a run",
     .operands = {{"NAME", OPERAND_EXPERIMENT, false, false},
                  {"KEY=VALUE", OPERAND_WORD, true, true}},
     OPTIONS(start_options),
     .text = "NAME is an instance (its name or id), or else an experiment. Without values an "
             "instance is started as it is. "
             "With values a variation of it is started, and of an experiment an instance with "
             "these values: the one that has the "
             "same values and name already, or a new one. So the same line in a cron job makes the "
             "runs 1, 2, 3 of one instance.\n\n"
             "A value is read as the type that the experiment gives its field. Nested fields are "
             "written api.url=..., those of lists "
             "pairs[0].left=... ; a group or list may also be given whole, as JSON. KEY=@FILE "
             "takes the value from a file (JSON for "
             "groups and lists, text for strings; @@ begins a text with @), @FILE alone takes a "
             "whole configuration. An empty value "
             "means none.\n\n"
             "Prints the run's id on stdout. The request is repeated safely when the site is "
             "restarting: one call starts one run.",
     .examples = "athanor start ising size=128 algorithm=wolff --wait\nathanor start nightly "
                 "--wait --quiet\n"
                 "run=$(athanor start automl api.url=http://localhost:1234 models=@models.json)",
     .run = cmd_start},
    {.name = "list",
     .summary = "list runs, instances, data sources or pipelines, newest first",
     OPTIONS(list_options),
     .examples = "athanor list --status running\nathanor list --instance nightly --json --all",
     .run = cmd_list},
    {.name = "show",
     .summary = "show a run, its configuration and results, or an instance",
     .operands = {{"NAME", OPERAND_RUN, false, false}},
     OPTIONS(show_options),
     .examples =
         "athanor show 7\nathanor show nightly#3 --results\nathanor show --instance nightly --json",
     .run = cmd_show},
    {.name = "tail",
     .summary = "print a run's log, and go on while it grows",
     .operands = {RUN_OPERAND},
     OPTIONS(tail_options),
     .text = "With --follow every line is printed exactly once and in order, whatever is restarted "
             "or unplugged in between, and the exit "
             "code is that of the run. Lines that are longer than 65,536 bytes come in pieces, "
             "which are joined.\n\n"
             "With --json each line is an object as in log.ndjson (n, ms, level, source, text), "
             "and each record with --records one as in "
             "the API (n, line, kind, ...).",
     .examples = "athanor tail -f 7\nathanor tail -n 20 -f nightly",
     .run = cmd_tail},
    {.name = "wait",
     .summary = "wait until a run has ended",
     .operands = {RUN_OPERAND},
     OPTIONS(wait_options),
     .text = "The exit code tells how it ended. Ctrl-C leaves the run alone.",
     .examples = "athanor wait 7 && athanor get 7 model.pkl",
     .run = cmd_wait},
    {.name = "cancel",
     .summary = "ask runs to end",
     .operands = {{"RUN", OPERAND_RUN, false, true}},
     OPTIONS(cancel_options),
     .text = "With --wait the exit code is 0 once all have ended, however that was.",
     .examples = "athanor cancel 7 --wait",
     .run = cmd_cancel},
    {.name = "delete",
     .summary = "delete runs, instances or data sources",
     .operands = {{"NAME", OPERAND_RUN, false, true}},
     OPTIONS(delete_options),
     .text = "An active run is not deleted, nor a data source that is in use: exit code 3.",
     .examples = "athanor delete 7 8 9\nathanor delete --instance nightly",
     .run = cmd_delete},
    {.name = "logs",
     .summary = "print a part of a run's log",
     .operands = {RUN_OPERAND},
     OPTIONS(logs_options),
     .text = "With --before and --limit alone it is the last lines before that one.",
     .examples = "athanor logs 7 --level warn\nathanor logs 7 --after 1000 --limit 50 -Nt",
     .run = cmd_logs},
    {.name = "search",
     .summary = "find a text in a run's log",
     .operands = {RUN_OPERAND, {"TEXT", OPERAND_WORD, false, false}},
     OPTIONS(search_options),
     .text = "Prints the lines that hold the text, whatever its case, each with its number, and on "
             "stderr how many there are in the whole log.",
     .examples = "athanor search 7 'division by zero'\nathanor search 7 nan --level warn --count",
     .run = cmd_search},
    {.name = "get",
     .summary = "download a run's files, log, results, metrics or tables, or a data source",
     .operands = {{"RUN", OPERAND_RUN, false, false}, {"ARTIFACT", OPERAND_WORD, true, true}},
     OPTIONS(get_options),
     .text = "Without options it is the artifacts of the names given, or all of them, into the "
             "current folder. Each is compared with its "
             "SHA-256 and only then gets its name. A download that was cut goes on where it was.",
     .examples = "athanor get 7\nathanor get 7 model.pkl -o models\nathanor get 7 --log -o "
                 "run.log\nathanor get 7 --results csv",
     .run = cmd_get},
    {.name = "put",
     .summary = "upload a CSV file as a data source",
     .operands = {{"FILE", OPERAND_FILE, false, false}, {"NAME", OPERAND_WORD, true, false}},
     OPTIONS(put_options),
     .text = "NAME is that of the file unless given; FILE may be - for stdin, and then NAME is "
             "needed. Prints the reference by which a "
             "configuration means exactly this content.",
     .examples = "athanor put iris.csv\nzcat big.csv.gz | athanor put - big.csv --replace",
     .run = cmd_put},
    {.name = "promote",
     .summary = "keep an artifact of a run as a version of a pipeline",
     .operands = {RUN_OPERAND, {"PIPELINE", OPERAND_WORD, false, false}},
     OPTIONS(promote_options),
     .text = "Prints the version as PIPELINE/N. The same artifact again is the same version.",
     .examples = "athanor promote 7 iris --artifact model.pkl --tag nightly,best",
     .run = cmd_promote},
    {.name = "completion",
     .summary = "print the completion of a shell",
     .operands = {{"SHELL", OPERAND_SHELL, false, false}},
     .text = "SHELL is bash or zsh. make install puts both where the shells look for them.",
     .examples = "source <(athanor completion bash)",
     .run = cmd_completion,
     .is_local = true},
    {.name = "help",
     .summary = "explain a command, or list all",
     .operands = {{"COMMAND", OPERAND_COMMAND, true, false}},
     OPTIONS(help_options),
     .examples = "athanor help start",
     .run = cmd_help,
     .is_local = true},
    {.name = "version",
     .summary = "print the version of this program, and of the site where one is known",
     .run = cmd_version,
     .is_local = true},
};
const size_t spec_command_count = ARRAY_LEN(spec_commands);

const struct spec_pair spec_exits[] = {
    {"0", "it is done; the run that was waited for has completed"},
    {"1", "the run has failed, or was deleted while it was waited for"},
    {"2", "the run was cancelled"},
    {"3", "the words are wrong, or the site refuses: no such thing, not allowed, wrong values, "
          "wrong state"},
    {"4", "no answer from the site, or none in time"},
};
const size_t spec_exit_count = ARRAY_LEN(spec_exits);

const struct spec_pair spec_environment[] = {
    {"ATHANOR_URL", "the site"},
    {"ATHANOR_TOKEN", "the token"},
    {"ATHANOR_CLIENT_CONFIG", "the configuration file, in place of the usual one"},
    {"XDG_CONFIG_HOME", "the folder of configuration files, in place of ~/.config"},
    {"NO_COLOR", "no colours where it is set and not empty"},
};
const size_t spec_environment_count = ARRAY_LEN(spec_environment);

const struct spec_pair spec_files[] = {
    {"~/.config/athanor/config", "sites and tokens, as login writes them; refused unless its mode "
                                 "keeps others from reading it"},
};
const size_t spec_file_count = ARRAY_LEN(spec_files);

const char spec_about[] = "Starts, follows and reads experiments on an Athanor site.";
const char spec_runs[] = "A run is named by its id (7), by its instance and its number in it "
                         "(nightly#3), or by its instance alone, which means the newest.";

const struct command *spec_find(const char *name)
{
    for (size_t i = 0; i < spec_command_count; i++)
        if (strcmp(spec_commands[i].name, name) == 0)
            return &spec_commands[i];
    return NULL;
}

const struct option *spec_option(const struct command *c, size_t i)
{
    if (i < c->option_count)
        return &c->options[i];
    i -= c->option_count;
    return i < spec_common_count ? &spec_common[i] : NULL;
}
