/* One line a happening. */
#include "log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char written[16384];

/* Runs `say` with stderr going to a file, whose bytes are in `written` afterwards. */
static void capture(void (*say)(void))
{
    char path[] = "/tmp/athanor-test-XXXXXX";
    int fd = mkstemp(path), kept = dup(STDERR_FILENO);
    assert_true(fd >= 0 && kept >= 0);
    unlink(path);
    dup2(fd, STDERR_FILENO);
    say();
    dup2(kept, STDERR_FILENO);
    close(kept);
    ssize_t n = pread(fd, written, sizeof(written) - 1, 0);
    close(fd);
    assert_true(n >= 0);
    written[n] = '\0';
}

static void say_all_levels(void)
{
    log_init("prog", LOG_LVL_INFO);
    log_debug("not %s", "shown");
    log_info("one key=%d", 1);
    log_warn("two");
    log_error("three");
}

static void writes_level_program_and_pid(void **state)
{
    (void)state;
    char want[200];
    int pid = (int)getpid();
    snprintf(want, sizeof(want),
             "INFO prog[%d]: one key=1\nWARN prog[%d]: two\nERROR prog[%d]: three\n", pid, pid,
             pid);
    capture(say_all_levels);
    assert_string_equal(written, want);
}

static void say_controls(void)
{
    log_init("prog", LOG_LVL_DEBUG);
    log_debug("a\nb\tc\x1b[0md\x7f"
              "e");
}

static void controls_become_spaces(void **state)
{
    (void)state;
    capture(say_controls);
    assert_non_null(strstr(written, ": a b c [0md e\n"));
}

static void say_much(void)
{
    static char big[10000];
    memset(big, 'x', sizeof(big) - 1);
    log_error("%s", big);
    log_error("next");
}

static void long_lines_are_cut_at_4_kib(void **state)
{
    (void)state;
    capture(say_much);
    assert_int_equal(strcspn(written, "\n"), 4095);
    assert_non_null(strstr(written + 4096, "]: next\n"));
}

static void say_to_journal(void)
{
    struct stat st;
    char stream[64];
    fstat(STDERR_FILENO, &st);
    snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_init("prog", LOG_LVL_INFO);
    log_warn("w");
    setenv("JOURNAL_STREAM", "1:1", 1);
    log_init("prog", LOG_LVL_INFO);
    log_error("e");
    unsetenv("JOURNAL_STREAM");
}

static void the_journal_gets_priorities(void **state)
{
    (void)state;
    capture(say_to_journal);
    assert_memory_equal(written, "<4>WARN prog[", 13);
    assert_non_null(strstr(written, "\nERROR prog["));
}

static void parses_levels(void **state)
{
    (void)state;
    enum log_level level = LOG_LVL_DEBUG;
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_LVL_ERROR);
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_LVL_DEBUG);
    assert_false(log_level_parse("Error", &level));
    assert_false(log_level_parse("", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_level_program_and_pid),
        cmocka_unit_test(controls_become_spaces),
        cmocka_unit_test(long_lines_are_cut_at_4_kib),
        cmocka_unit_test(the_journal_gets_priorities),
        cmocka_unit_test(parses_levels),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
