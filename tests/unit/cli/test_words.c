/* The words of a command line, the text of the configuration file, and what may reach a terminal.
 */
#include "args.h"
#include "sites.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct args args;

static int parse(const char *line, struct err *e)
{
    static char copy[1000];
    char *argv[32] = {"athanor"}, *rest = copy, *word;
    int argc = 1;
    snprintf(copy, sizeof(copy), "%s", line);
    while (*line && (word = strsep(&rest, " ")))
        argv[argc++] = word;
    *e = (struct err){0};
    return args_parse(&args, argc, argv, e);
}

static void check_error(const char *line, const char *expected)
{
    struct err e;
    assert_int_equal(parse(line, &e), -1);
    assert_string_equal(e.text, expected);
    assert_int_equal(e.code, ERR_INVALID);
}

static void options_stand_anywhere(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(parse("--json tail 7 -fn5 --level=warn --url http://x -Nt", &e), 0);
    assert_string_equal(args.command->name, "tail");
    assert_int_equal(args.operand_count, 1);
    assert_true(args_has(&args, OPT_FOLLOW) && args_has(&args, OPT_JSON) &&
                args_has(&args, OPT_TIME));
    assert_int_equal(args_number(&args, OPT_LINES, 0), 5);
    assert_string_equal(args_text(&args, OPT_LEVEL, ""), "warn");
    assert_string_equal(args_text(&args, OPT_URL, ""), "http://x");
    assert_int_equal(parse("search 7 -- --level", &e), 0);
    assert_string_equal(args.operands[1], "--level");
    assert_int_equal(parse("put - x.csv", &e), 0);
    assert_string_equal(args.operands[0], "-");
    assert_int_equal(parse("", &e), 0);
    assert_string_equal(args.command->name, "help");
    assert_int_equal(parse("--version", &e), 0);
    assert_string_equal(args.command->name, "version");
    assert_int_equal(parse("start -h", &e), 0);
    assert_true(args_has(&args, OPT_HELP));
}

static void wrong_words_are_named(void **state)
{
    (void)state;
    check_error("fly", "there is no command \"fly\"; see athanor help");
    check_error("tail", "tail needs a RUN");
    check_error("tail 7 8", "tail takes no more than that: \"8\"");
    check_error("tail 7 -x", "tail has no option -x");
    check_error("--retry-for 1 tail 7",
                "--retry-for stands behind the command: only options of all commands stand before");
    check_error("tail 7 --lines", "--lines needs a value: N");
    check_error("tail 7 -n -1", "--lines is at least 0");
    check_error("tail 7 --follow=yes", "--follow takes no value");
    check_error("tail 7 --level loud", "--level is one of: debug info warn error");
    check_error("tail 7 --level=", "--level is one of: debug info warn error");
    check_error("start x --priority 5000", "--priority is from -1000 to 1000");
    check_error("list --token ath_x", "list has no option --token");
}

/* No option is called twice, and each operand but the last is needed before the next. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (size_t c = 0; c < spec_command_count; c++) {
        const struct command *command = &spec_commands[c];
        const struct option *a, *b;
        assert_ptr_equal(spec_find(command->name), command);
        for (size_t i = 0; (a = spec_option(command, i)); i++)
            for (size_t k = i + 1; (b = spec_option(command, k)); k++) {
                assert_string_not_equal(a->name, b->name);
                assert_true(a->id != b->id && (!a->letter || a->letter != b->letter));
            }
        for (size_t i = 0; i + 1 < OPERANDS && command->operands[i + 1].name; i++)
            assert_true(command->operands[i].name && !command->operands[i].optional &&
                        !command->operands[i].many);
    }
}

static void sites_survive_being_written(void **state)
{
    (void)state;
    struct sites sites = {0};
    struct strbuf text = STRBUF_INIT;
    struct err e;
    sites_set(&sites, "http://a:1", "one");
    sites_set(&sites, "https://b/x", "two");
    sites_set(&sites, "http://a:1", "three");
    sites_put(&sites, &text);
    sites_release(&sites);
    assert_int_equal(sites_parse(&sites, text.buf, &e), 0);
    assert_string_equal(sites.url, "http://a:1");
    assert_string_equal(sites_find(&sites, "http://a:1")->token, "three");
    assert_string_equal(sites_find(&sites, "https://b/x")->token, "two");
    assert_null(sites_find(&sites, "http://b/x"));
    sites_release(&sites);
    assert_int_equal(sites_parse(&sites, "url = x\n# c\n\n [ s ] \n token=t \nodd\n", &e), -1);
    assert_string_equal(e.text, "line 6 is neither [SITE] nor KEY = VALUE");
    sites_release(&sites);
    assert_int_equal(sites_parse(&sites, "token = t\n", &e), -1);
    sites_release(&sites);
    strbuf_release(&text);
}

static void check_text(const char *text, bool colours, const char *expected)
{
    struct strbuf out = STRBUF_INIT;
    text_put(&out, text, strlen(text), colours);
    assert_string_equal(out.buf, expected);
    strbuf_release(&out);
}

static void terminals_get_colours_and_nothing_else(void **state)
{
    (void)state;
    check_text("a\tb \xC3\xA4 \xF0\x9F\x94\xA5", true, "a\tb \xC3\xA4 \xF0\x9F\x94\xA5");
    check_text("\033[1;31mred\033[0m", true, "\033[1;31mred\033[0m\033[0m");
    check_text("\033[1;31mred\033[0m", false, "red");
    check_text("\033[2J\033]0;t\007\033[?25l\033[31;1Hx", true, "x");
    check_text("\033[?31mx\033[31 mx", true, "xx");
    check_text("\033[31", true, "\\x1B[31");
    check_text("\a\b\r\n\x7F", true, "\\x07\\x08\\x0D\\x0A\\x7F");
    check_text("\xC2\x9B"
               "31m",
               true, "\\x9B31m");
    check_text("\x9B"
               "31m",
               true, "\\x9B31m");
    check_text("a\xE2\x80\xAE"
               "b\xE2\x81\xA6",
               false, "a\\u202Eb\\u2066");
    struct strbuf out = STRBUF_INIT;
    text_put_lines(&out, "Traceback:\n  \033[2Jx\r\n\nEnd", 24, true);
    assert_string_equal(out.buf, "Traceback:\n      x\\x0D\n    \n    End");
    strbuf_reset(&out);
    text_put_json(&out, "\"\xC2\x9B\xE2\x80\xAE\x7F\xC3\xA4\"", 10);
    assert_string_equal(out.buf, "\"\\u009b\\u202e\\u007f\xC3\xA4\"");
    strbuf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(wrong_words_are_named),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(sites_survive_being_written),
        cmocka_unit_test(terminals_get_colours_and_nothing_else),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
