/* What programs say: lines with names to the terminal, whole to a file that is moved when it is
 * large. */
#include "output.h"

#include "io.h"
#include "strbuf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
    char folder[64];
    int ends[2]; /* the terminal */
    struct loop *loop;
    struct terminal terminal;
    struct output *output;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct err e = {0};
    snprintf(f->folder, sizeof(f->folder), "/tmp/athanor-test-output-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(pipe2(f->ends, O_CLOEXEC | O_NONBLOCK), 0);
    f->loop = loop_new();
    f->terminal = (struct terminal){.fd = f->ends[1], .width = 6};
    f->output = output_new(f->loop, &f->terminal, f->folder, "one", &e);
    assert_non_null(f->output);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    output_free(f->output);
    loop_free(f->loop);
    close(f->ends[0]);
    close(f->ends[1]);
    assert_int_equal(io_remove_tree(f->folder, NULL), 0);
    free(f);
    return 0;
}

static void say(struct fixture *f, const char *text, size_t len)
{
    assert_int_equal(io_write_all(output_fd(f->output), text, len, NULL), 0);
    loop_run_once(f->loop);
}

static void shown(struct fixture *f, struct strbuf *out)
{
    char data[4096];
    ssize_t n;
    while ((n = read(f->ends[0], data, sizeof(data))) > 0)
        strbuf_add(out, data, (size_t)n);
}

static void filed(struct fixture *f, const char *name, struct strbuf *out)
{
    char *path = xasprintf("%s/%s", f->folder, name);
    assert_int_equal(io_read_file(path, 64 << 20, out, NULL), 0);
    free(path);
}

static void names_each_line(void **state)
{
    struct fixture *f = *state;
    struct strbuf terminal = STRBUF_INIT, file = STRBUF_INIT;
    say(f, "first\nsec", 9);
    say(f, "ond\n\033[2Jx\n", 10);
    say(f,
        "\xC2\x9B"
        "2J\x9B"
        "2J \xC3\x80\xC3\xA9\xE2\x82\xAC\n",
        16);
    shown(f, &terminal);
    assert_string_equal(terminal.buf, "one    | first\none    | second\none    | ?[2Jx\n"
                                      "one    | ??2J?2J \xC3\x80\xC3\xA9\xE2\x82\xAC\n");
    filed(f, "one.log", &file);
    assert_string_equal(file.buf, "first\nsecond\n\033[2Jx\n\xC2\x9B"
                                  "2J\x9B"
                                  "2J \xC3\x80\xC3\xA9\xE2\x82\xAC\n");
    strbuf_release(&terminal);
    strbuf_release(&file);
}

static void keeps_a_last_line_without_end(void **state)
{
    struct fixture *f = *state;
    struct strbuf file = STRBUF_INIT;
    say(f, "no end", 6);
    output_free(f->output);
    f->output = NULL;
    filed(f, "one.log", &file);
    assert_string_equal(file.buf, "no end\n");
    strbuf_release(&file);
}

/* Nobody reads the terminal: the program goes on, the file has all, and what was left out is
 * counted. */
static void a_full_terminal_holds_up_nothing(void **state)
{
    struct fixture *f = *state;
    struct strbuf file = STRBUF_INIT, terminal = STRBUF_INIT;
    char line[1000];
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    for (int i = 0; i < 200; i++)
        say(f, line, sizeof(line));
    assert_true(f->terminal.skipped > 0);
    filed(f, "one.log", &file);
    assert_int_equal(file.len, 200 * sizeof(line));
    shown(f, &terminal);
    strbuf_reset(&terminal);
    say(f, "again\n", 6);
    shown(f, &terminal);
    assert_non_null(strstr(terminal.buf, "lines left out)\none    | again\n"));
    assert_int_equal(f->terminal.skipped, 0);
    strbuf_release(&file);
    strbuf_release(&terminal);
}

static void cuts_endless_lines(void **state)
{
    struct fixture *f = *state;
    struct strbuf file = STRBUF_INIT;
    char part[1024];
    memset(part, 'y', sizeof(part));
    for (int i = 0; i < 40; i++)
        say(f, part, sizeof(part));
    filed(f, "one.log", &file);
    assert_true(file.len >= 2 * OUTPUT_LINE_MAX);
    assert_non_null(memchr(file.buf, '\n', OUTPUT_LINE_MAX + sizeof(part) + 1));
    strbuf_release(&file);
}

static void moves_a_large_file(void **state)
{
    struct fixture *f = *state;
    struct strbuf line = STRBUF_INIT, file = STRBUF_INIT;
    struct stat st;
    for (int i = 0; i < 8000; i++)
        strbuf_addc(&line, 'z');
    strbuf_addc(&line, '\n');
    for (int i = 0; i < 3 * OUTPUT_FILE_MAX / 8000; i++)
        say(f, line.buf, line.len);
    filed(f, "one.log.1", &file);
    assert_true(file.len > OUTPUT_FILE_MAX && file.len < OUTPUT_FILE_MAX + 100000);
    strbuf_reset(&file);
    filed(f, "one.log.2", &file);
    char *third = xasprintf("%s/one.log.3", f->folder);
    assert_int_equal(stat(third, &st), -1);
    free(third);
    strbuf_release(&line);
    strbuf_release(&file);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_each_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_a_last_line_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_terminal_holds_up_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_endless_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moves_a_large_file, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
