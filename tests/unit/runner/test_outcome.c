/* How a run ends, how that is kept, and how a program's progress is shown. */
#include "outcome.h"

#include "ending.h"
#include "progress.h"
#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static int exited(int code)
{
    return code << 8;
}

static void lets_the_first_decide(void **state)
{
    (void)state;
    struct outcome o = {0};
    assert_true(outcome_decide(&o, OUTCOME_CANCELLED, NULL));
    assert_false(outcome_decide(&o, OUTCOME_TIMEOUT, "late"));
    outcome_ended(&o, exited(3));
    assert_string_equal(outcome_status(&o), "cancelled");
    assert_string_equal(outcome_reason(&o), "cancelled");
    assert_null(o.error);
    assert_int_equal(o.exit_code, 3);
    outcome_release(&o);
}

static void names_what_ended_it(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *outcome, *reason, *error;
    } table[] = {
        {0 << 8, "completed", NULL, NULL},
        {3 << 8, "failed", "exit", "the program ended with exit code 3"},
        {9, "failed", "signal", "the program was ended by signal 9 (SIGKILL)"},
        {11 | 0x80, "failed", "signal",
         "the program was ended by signal 11 (SIGSEGV), with a core dump"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct outcome o = {0};
        outcome_ended(&o, table[i].status);
        assert_string_equal(outcome_status(&o), table[i].outcome);
        if (table[i].reason) {
            assert_string_equal(outcome_reason(&o), table[i].reason);
            assert_string_equal(o.error, table[i].error);
        } else {
            assert_null(outcome_reason(&o));
        }
        outcome_release(&o);
    }
}

static void is_kept_in_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/athanor-ending-XXXXXX";
    struct err e = {0};
    struct outcome o = {0}, back = {0};
    close(mkstemp(path));
    assert_false(ending_read(path, &back)); /* empty: torn */
    outcome_decide(&o, OUTCOME_REPORTED, "quote \" and %%s");
    outcome_ended(&o, exited(5));
    assert_int_equal(ending_write(path, &o, &e), 0);
    assert_true(ending_read(path, &back));
    assert_int_equal(back.event, OUTCOME_REPORTED);
    assert_string_equal(back.error, "quote \" and %s");
    assert_true(back.ended);
    assert_int_equal(back.exit_code, 5);
    outcome_release(&o);
    outcome_release(&back);
    unlink(path);
    assert_false(ending_read(path, &back));
}

static void shows_progress(void **state)
{
    (void)state;
    static const struct {
        const char *message, *shown;
    } table[] = {
        {"{\"type\":\"progress\",\"current\":5,\"total\":200,\"message\":\"m\"}",
         "{\"current\":5,\"total\":200,\"percent\":2.5,\"message\":\"m\",\"at\":9}"},
        {"{\"type\":\"progress\",\"current\":7}",
         "{\"current\":7,\"total\":null,\"percent\":null,\"message\":null,\"at\":9}"},
        {"{\"type\":\"progress\",\"current\":7,\"total\":0}",
         "{\"current\":7,\"total\":0,\"percent\":null,\"message\":null,\"at\":9}"},
        {"{\"type\":\"progress\",\"current\":9,\"total\":3}",
         "{\"current\":9,\"total\":3,\"percent\":100,\"message\":null,\"at\":9}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct message m;
        struct err e = {0};
        struct strbuf out = STRBUF_INIT;
        message_init(&m);
        assert_int_equal(message_parse(&m, table[i].message, strlen(table[i].message), &e), 0);
        progress_put(&out, &m, 9);
        assert_string_equal(out.buf, table[i].shown);
        strbuf_release(&out);
        message_release(&m);
    }
}

static void gives_the_environment_that_was_asked_for(void **state)
{
    (void)state;
    struct environment env;
    json_t *names = json_pack("[s,s]", "ATEST_GIVEN", "ATEST_ABSENT");
    setenv("ATEST_GIVEN", "yes", 1);
    setenv("ATEST_OTHER", "no", 1);
    setenv("PATH", "/bin", 1);
    unsetenv("LANG");
    environment_init(&env, names);
    environment_set(&env, "X", "1");
    environment_set(&env, "X", "2");
    assert_string_equal(environment_get(&env, "PATH"), "/bin");
    assert_string_equal(environment_get(&env, "LANG"), "C.UTF-8");
    assert_string_equal(environment_get(&env, "ATEST_GIVEN"), "yes");
    assert_string_equal(environment_get(&env, "X"), "2");
    assert_null(environment_get(&env, "ATEST_ABSENT"));
    assert_null(environment_get(&env, "ATEST_OTHER"));
    environment_release(&env);
    json_decref(names);
}

static void finds_programs_in_the_folder_first(void **state)
{
    (void)state;
    char folder[] = "/tmp/athanor-program-XXXXXX";
    struct err e = {0};
    assert_non_null(mkdtemp(folder));
    char *file = xasprintf("%s/sh", folder);
    FILE *f = fopen(file, "w");
    fclose(f);
    char *found = spawn_resolve("sh", folder, "/nowhere:/bin", &e);
    assert_string_equal(found, "/bin/sh"); /* what is there cannot be executed */
    free(found);
    chmod(file, 0755);
    found = spawn_resolve("sh", folder, "/bin", &e);
    assert_string_equal(found, file);
    free(found);
    chmod(file, 0644);
    assert_null(spawn_resolve("./sh", folder, "/bin", &e));
    assert_non_null(strstr(e.text, "not executable"));
    assert_null(spawn_resolve("no-such", folder, "/bin", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    unlink(file);
    rmdir(folder);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_the_first_decide),
        cmocka_unit_test(names_what_ended_it),
        cmocka_unit_test(is_kept_in_a_file),
        cmocka_unit_test(shows_progress),
        cmocka_unit_test(gives_the_environment_that_was_asked_for),
        cmocka_unit_test(finds_programs_in_the_folder_first),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
