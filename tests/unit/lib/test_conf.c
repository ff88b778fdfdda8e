/* Settings from file and environment. */
#include "conf.h"

#include "io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "folder.h"

/* Loads `text` as the file. */
static struct conf *load(const char *text, struct err *e)
{
    assert_int_equal(io_write_file(path_of("athanor.ini"), text, strlen(text), 0600, NULL), 0);
    return conf_load(path_of("athanor.ini"), e);
}

static void has_defaults(void **state)
{
    (void)state;
    struct conf *c = conf_load(NULL, NULL);
    assert_non_null(c);
    assert_string_equal(c->database, "");
    assert_string_equal(c->redis, "");
    assert_string_equal(c->state, "./var");
    assert_string_equal(c->experiments, "experiments:" PREFIX "/share/athanor/experiments");
    assert_string_equal(c->queries, PREFIX "/share/athanor/sql/queries");
    assert_string_equal(c->schema, PREFIX "/share/athanor/sql/schema");
    assert_string_equal(c->templates, PREFIX "/share/athanor/templates");
    assert_string_equal(c->static_dir, PREFIX "/share/athanor/static");
    assert_string_equal(c->base_url, "http://127.0.0.1:8080");
    assert_string_equal(c->log_level, "info");
    assert_int_equal(c->workers, 4);
    assert_int_equal(c->jobs, sysconf(_SC_NPROCESSORS_ONLN));
    assert_int_equal(c->spool_mb, 2048);
    assert_int_equal(c->lost_after_s, 60);
    assert_int_equal(c->sse_clients, 10000);
    assert_int_equal(c->sse_memory_mb, 256);
    assert_int_equal(c->session_days, 30);
    assert_false(c->secure_cookie);
    assert_false(c->pid_namespace);
    conf_free(c);
    conf_free(NULL);
}

static void reads_a_file(void **state)
{
    (void)state;
    struct conf *c = load("; a comment\n# another\n[athanor]\n\ndatabase = host=/run/x dbname=y\n"
                          "workers=7\nsecure_cookie = true\npid_namespace = off\n"
                          "base_url = https://example.org/athanor/\nredis =\n",
                          NULL);
    assert_non_null(c);
    assert_string_equal(c->database, "host=/run/x dbname=y");
    assert_int_equal(c->workers, 7);
    assert_true(c->secure_cookie);
    assert_false(c->pid_namespace);
    assert_string_equal(c->base_url, "https://example.org/athanor");
    assert_string_equal(c->redis, "");
    assert_string_equal(c->state, "./var");
    conf_free(c);
}

static void the_environment_wins(void **state)
{
    (void)state;
    setenv("ATHANOR_WORKERS", "9", 1);
    setenv("ATHANOR_STATIC_DIR", "/srv/static", 1);
    struct conf *c = load("[athanor]\nworkers = 7\njobs = 3\n", NULL);
    assert_non_null(c);
    assert_int_equal(c->workers, 9);
    assert_int_equal(c->jobs, 3);
    assert_string_equal(c->static_dir, "/srv/static");
    conf_free(c);
    setenv("ATHANOR_WORKERS", "many", 1);
    struct err e;
    assert_null(conf_load(NULL, &e));
    assert_int_equal(e.code, ERR_INVALID);
    assert_string_equal(e.field, "ATHANOR_WORKERS");
    unsetenv("ATHANOR_WORKERS");
    unsetenv("ATHANOR_STATIC_DIR");
}

static void faults_name_the_key_and_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field, *line;
    } cases[] = {
        {"[athanor]\nworker = 1\n", "worker", "line 2"},
        {"[other]\nworkers = 1\n", "other", "line 2"},
        {"workers = 1\n", "", "line 1"},
        {"[athanor]\nworkers = 0\n", "workers", "line 2"},
        {"[athanor]\nworkers = 257\n", "workers", "line 2"},
        {"[athanor]\nworkers =\n", "workers", "line 2"},
        {"[athanor]\njobs = 1\n\njobs = 2\n", "jobs", "line 4"},
        {"[athanor]\nstate = a\n  b\n", "state", "line 3"},
        {"[athanor]\nsecure_cookie = maybe\n", "secure_cookie", "line 2"},
        {"[athanor]\nlog_level = loud\n", "log_level", "line 2"},
        {"[athanor]\nbase_url = ftp://x\n", "base_url", "line 2"},
        {"[athanor]\nnonsense\n", "", "line 2"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e;
        assert_null(load(cases[i].text, &e));
        assert_int_equal(e.code, ERR_INVALID);
        assert_string_equal(e.field, cases[i].field);
        assert_non_null(strstr(e.text, cases[i].line));
    }
}

static void long_lines_are_refused_not_cut(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    struct err e;
    for (int len = 150; len < 250; len++) {
        strbuf_reset(&sb);
        strbuf_adds(&sb, "[athanor]\nstate=");
        for (int i = 0; i < len; i++)
            strbuf_addc(&sb, 'x');
        strbuf_adds(&sb, len % 2 ? "\n" : "");
        struct conf *c = load(sb.buf, &e);
        if (c)
            assert_int_equal(strlen(c->state), len);
        else
            assert_int_equal(e.code, ERR_LIMIT);
        assert_true((c != NULL) == (len <= 198 - (int)strlen("state=")));
        conf_free(c);
    }
    strbuf_release(&sb);
}

static void a_missing_file_is_an_error(void **state)
{
    (void)state;
    struct err e;
    assert_null(conf_load(path_of("absent.ini"), &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void takes_its_arguments_away(void **state)
{
    (void)state;
    struct conf *c = load("[athanor]\nworkers = 7\n", NULL);
    conf_free(c);
    char option[] = "--config", path[256], joined[300], a[] = "a", b[] = "b", name[] = "p";
    snprintf(path, sizeof(path), "%s", path_of("athanor.ini"));
    snprintf(joined, sizeof(joined), "--config=%s", path);
    char *argv[] = {name, a, option, path, b, NULL};
    int argc = 5;
    c = conf_from_args(&argc, argv, NULL);
    assert_int_equal(c->workers, 7);
    assert_int_equal(argc, 3);
    assert_string_equal(argv[1], "a");
    assert_string_equal(argv[2], "b");
    assert_null(argv[3]);
    conf_free(c);
    char *with_equals[] = {name, joined, NULL};
    argc = 2;
    c = conf_from_args(&argc, with_equals, NULL);
    assert_int_equal(c->workers, 7);
    assert_int_equal(argc, 1);
    conf_free(c);
    char *cut[] = {name, option, NULL};
    struct err e;
    argc = 2;
    assert_null(conf_from_args(&argc, cut, &e));
    assert_string_equal(e.field, "--config");
}

static void the_environment_may_name_the_file(void **state)
{
    (void)state;
    char name[] = "p", *argv[] = {name, NULL};
    int argc = 1;
    struct conf *c = load("[athanor]\nworkers = 8\n", NULL);
    conf_free(c);
    setenv("ATHANOR_CONFIG_FILE", path_of("athanor.ini"), 1);
    c = conf_from_args(&argc, argv, NULL);
    assert_int_equal(c->workers, 8);
    conf_free(c);
    unsetenv("ATHANOR_CONFIG_FILE");
    c = conf_from_args(&argc, argv, NULL);
    assert_int_equal(c->workers, 4);
    conf_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(reads_a_file),
        cmocka_unit_test(the_environment_wins),
        cmocka_unit_test(faults_name_the_key_and_the_line),
        cmocka_unit_test(long_lines_are_refused_not_cut),
        cmocka_unit_test(a_missing_file_is_an_error),
        cmocka_unit_test(takes_its_arguments_away),
        cmocka_unit_test(the_environment_may_name_the_file),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    clearenv();
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
