/* The launcher's table: what is read, and what is refused with its line. */
#include "table.h"

#include "strbuf.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

static void reads_everything(void **state)
{
    (void)state;
    struct err e = {0};
    struct table *t = table_parse("# a site\n"
                                  "state /tmp/a folder\n"
                                  "control /tmp/c.sock\n"
                                  "lock 9\n"
                                  "\n"
                                  "program one\n"
                                  "  arg /bin/a b\n"
                                  "  arg \n"
                                  "  env A=b = c\n"
                                  "  stage 1\n"
                                  "  ready /tmp/r.sock\n"
                                  "  listen unix /tmp/l.sock\n"
                                  "  stop INT\n"
                                  "  orphaned QUIT\n"
                                  "  orphans keep\n"
                                  "  stop_stage 5\n"
                                  "  grace 60\n"
                                  "program two\n"
                                  "\targ x\n"
                                  "\tonce\n"
                                  "\tplain\n"
                                  "\tlisten tcp 127.0.0.1:80\n"
                                  "\tpass nginx",
                                  &e);
    assert_non_null(t);
    assert_string_equal(t->state, "/tmp/a folder");
    assert_string_equal(t->control, "/tmp/c.sock");
    assert_int_equal(t->lock_fd, 9);
    assert_int_equal(t->count, 2);

    const struct table_program *one = &t->programs[0];
    assert_string_equal(one->name, "one");
    assert_int_equal(one->argc, 2);
    assert_string_equal(one->argv[0], "/bin/a b");
    assert_string_equal(one->argv[1], "");
    assert_null(one->argv[2]);
    assert_string_equal(one->env[0], "A=b = c");
    assert_int_equal(one->stage, 1);
    assert_string_equal(one->ready, "/tmp/r.sock");
    assert_int_equal(one->listen, TABLE_LISTEN_UNIX);
    assert_string_equal(one->listen_at, "/tmp/l.sock");
    assert_int_equal(one->pass, TABLE_PASS_SYSTEMD);
    assert_int_equal(one->stop_signal, SIGINT);
    assert_int_equal(one->orphaned_signal, SIGQUIT);
    assert_true(one->keep_orphans);
    assert_int_equal(one->stop_stage, 5);
    assert_int_equal(one->grace_ms, 60000);
    assert_false(one->once || one->plain);

    const struct table_program *two = &t->programs[1];
    assert_true(two->once && two->plain);
    assert_int_equal(two->listen, TABLE_LISTEN_TCP);
    assert_string_equal(two->listen_at, "127.0.0.1:80");
    assert_int_equal(two->pass, TABLE_PASS_NGINX);
    assert_int_equal(two->stop_signal, SIGTERM);
    assert_int_equal(two->grace_ms, 10000);
    table_free(t);
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "no state folder"},
        {"state /s\n", "no program"},
        {"state /s\nprogram a\n", "program a has no arg"},
        {"state /s\nstate /t\n", "line 2: given twice"},
        {"state\n", "line 1: state needs a value"},
        {"stage 1\n", "line 1: stage before the first program"},
        {"state /s\nprogram a\nprogram a\n", "line 3: program a is there twice"},
        {"state /s\nprogram A\n", "line 2: a program's name is made of a-z, 0-9 and -"},
        {"state /s\nprogram a\nstage 10\n", "line 3: \"10\" is not a number from 0 to 9"},
        {"state /s\nprogram a\nstop FOO\n", "line 3: \"FOO\" is not a signal"},
        {"state /s\nprogram a\nlisten unix x\n", "line 3: \"unix x\" is neither"},
        {"state /s\nprogram a\npass x\n", "line 3: \"x\" is neither systemd nor nginx"},
        {"state /s\nprogram a\nenv =x\n", "line 3: \"=x\" is not NAME=TEXT"},
        {"state /s\nprogram a\norphans kill\n", "line 3: \"kill\" is not `keep`"},
        {"state /s\nfoo\n", "line 2: unknown word \"foo\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = {0};
        assert_null(table_parse(cases[i].text, &e));
        if (strncmp(e.text, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("\"%s\" says \"%s\"", cases[i].text, e.text);
    }
}

static void bounds_its_lists(void **state)
{
    (void)state;
    struct strbuf text = STRBUF_INIT;
    struct err e = {0};
    strbuf_adds(&text, "state /s\nprogram a\n");
    for (int i = 0; i <= TABLE_ARGS_MAX; i++)
        strbuf_adds(&text, "arg x\n");
    assert_null(table_parse(text.buf, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    strbuf_reset(&text);
    strbuf_adds(&text, "state /s\n");
    for (int i = 0; i <= TABLE_PROGRAMS_MAX; i++)
        strbuf_addf(&text, "program p%d\narg x\n", i);
    assert_null(table_parse(text.buf, &e));
    assert_int_equal(e.code, ERR_LIMIT);
    strbuf_release(&text);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_everything),
        cmocka_unit_test(refuses),
        cmocka_unit_test(bounds_its_lists),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
