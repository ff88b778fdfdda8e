/* Files, folders, locks. */
#include "io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "folder.h"

static void reads_what_it_wrote(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    struct stat st;
    assert_int_equal(io_write_file(path_of("a"), "x\0yz", 4, 0640, NULL), 0);
    strbuf_adds(&sb, "<");
    assert_int_equal(io_read_file(path_of("a"), 4, &sb, NULL), 0);
    assert_int_equal(sb.len, 5);
    assert_memory_equal(sb.buf, "<x\0yz", 6);
    assert_int_equal(stat(path_of("a"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(io_write_file(path_of("a"), "", 0, 0600, NULL), 0);
    strbuf_reset(&sb);
    assert_int_equal(io_read_file(path_of("a"), 4, &sb, NULL), 0);
    assert_int_equal(sb.len, 0);
    strbuf_release(&sb);
}

static void read_refuses_large_and_missing_files(void **state)
{
    (void)state;
    struct strbuf sb = STRBUF_INIT;
    struct err e;
    assert_int_equal(io_write_file(path_of("b"), "12345", 5, 0600, NULL), 0);
    strbuf_adds(&sb, "before");
    assert_int_equal(io_read_file(path_of("b"), 4, &sb, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_string_equal(sb.buf, "before");
    assert_int_equal(io_read_file(path_of("absent"), 4, &sb, &e), -1);
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_int_equal(io_read_file(folder, 4, &sb, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    strbuf_release(&sb);
}

static void a_failed_write_leaves_nothing_behind(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(io_mkdirs(path_of("w/target/inner"), 0700, NULL), 0);
    assert_int_equal(io_write_file(path_of("w/target"), "x", 1, 0600, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(io_write_file(path_of("absent/x"), "x", 1, 0600, &e), -1);
    char **names = io_list(path_of("w"), NULL);
    assert_string_equal(names[0], "target");
    assert_null(names[1]);
    io_list_free(names);
}

static void makes_and_removes_trees(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(io_mkdirs(path_of("t/a//b/c/"), 0755, &e), 0);
    assert_int_equal(io_mkdirs(path_of("t/a/b/c"), 0755, &e), 0);
    assert_int_equal(io_write_file(path_of("t/a/f"), "x", 1, 0600, NULL), 0);
    assert_int_equal(io_mkdirs(path_of("t/a/f/g"), 0755, &e), -1);
    assert_int_equal(io_mkdirs(path_of("t/a/f"), 0755, &e), -1);
    assert_int_equal(io_mkdirs(path_of("outside"), 0755, NULL), 0);
    assert_int_equal(io_write_file(path_of("outside/kept"), "x", 1, 0600, NULL), 0);
    assert_int_equal(symlink(path_of("outside"), path_of("t/link")), 0);
    assert_int_equal(symlink("/nowhere", path_of("t/a/dangling")), 0);
    assert_int_equal(chmod(path_of("t/a/b"), 0), 0);
    assert_int_equal(io_remove_tree(path_of("t"), &e), 0);
    assert_int_equal(access(path_of("t"), F_OK), -1);
    assert_int_equal(access(path_of("outside/kept"), F_OK), 0);
    assert_int_equal(io_remove_tree(path_of("t"), &e), 0);
    assert_int_equal(io_remove_tree(path_of("outside/kept"), &e), 0);
}

static void removes_a_link_and_not_what_it_names(void **state)
{
    (void)state;
    assert_int_equal(io_mkdirs(path_of("named"), 0755, NULL), 0);
    assert_int_equal(symlink(path_of("named"), path_of("name")), 0);
    assert_int_equal(io_remove_tree(path_of("name"), NULL), 0);
    assert_int_equal(access(path_of("named"), F_OK), 0);
    struct stat st;
    assert_int_equal(lstat(path_of("name"), &st), -1);
}

static void a_lock_has_one_holder(void **state)
{
    (void)state;
    struct err e;
    int first = io_lock(path_of("lock"), &e);
    assert_true(first >= 0);
    assert_int_equal(fcntl(first, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(io_lock(path_of("lock"), &e), -1);
    assert_int_equal(e.code, ERR_CONFLICT);
    close(first);
    int second = io_lock(path_of("lock"), &e);
    assert_true(second >= 0);
    close(second);
    assert_int_equal(io_lock(path_of("absent/lock"), &e), -1);
    assert_int_equal(e.code, ERR_IO);
}

static void lists_by_byte_order(void **state)
{
    (void)state;
    static const char *const names[] = {"B", "a", "a.b", "\xC3\xA9"};
    assert_int_equal(io_mkdirs(path_of("list"), 0755, NULL), 0);
    char **got = io_list(path_of("list"), NULL);
    assert_non_null(got);
    assert_null(got[0]);
    io_list_free(got);
    for (size_t i = ARRAY_LEN(names); i-- > 0;) {
        char name[32];
        snprintf(name, sizeof(name), "list/%s", names[i]);
        assert_int_equal(io_write_file(path_of(name), "", 0, 0600, NULL), 0);
    }
    got = io_list(path_of("list"), NULL);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_string_equal(got[i], names[i]);
    assert_null(got[ARRAY_LEN(names)]);
    io_list_free(got);
    struct err e;
    assert_null(io_list(path_of("absent"), &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    io_list_free(NULL);
}

static void lists_many_names(void **state)
{
    (void)state;
    assert_int_equal(io_mkdirs(path_of("many"), 0755, NULL), 0);
    for (int i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof(name), "many/%03d", i);
        int fd = open(path_of(name), O_CREAT | O_WRONLY, 0600);
        assert_true(fd >= 0);
        close(fd);
    }
    char **got = io_list(path_of("many"), NULL);
    for (int i = 0; i < 100; i++)
        assert_int_equal(atoi(got[i]), i);
    assert_null(got[100]);
    io_list_free(got);
}

/* The other end reads slowly what is more than a pipe holds. */
static void writes_all_also_to_a_full_pipe(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    static char data[SIZE];
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        char buf[4096];
        size_t total = 0;
        ssize_t n;
        close(fds[1]);
        while ((n = read(fds[0], buf, sizeof(buf))) > 0)
            total += (size_t)n;
        _exit(total == SIZE ? 0 : 1);
    }
    close(fds[0]);
    assert_int_equal(io_set_nonblock(fds[1], NULL), 0);
    assert_int_equal(io_write_all(fds[1], data, SIZE, NULL), 0);
    close(fds[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(io_write_all(-1, "x", 1, NULL), -1);
}

static void sets_a_descriptor_non_blocking(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(io_set_nonblock(fds[0], NULL), 0);
    assert_int_equal(fcntl(fds[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    close(fds[0]);
    close(fds[1]);
    struct err e;
    assert_int_equal(io_set_nonblock(-1, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(read_refuses_large_and_missing_files),
        cmocka_unit_test(a_failed_write_leaves_nothing_behind),
        cmocka_unit_test(makes_and_removes_trees),
        cmocka_unit_test(removes_a_link_and_not_what_it_names),
        cmocka_unit_test(a_lock_has_one_holder),
        cmocka_unit_test(lists_by_byte_order),
        cmocka_unit_test(lists_many_names),
        cmocka_unit_test(writes_all_also_to_a_full_pipe),
        cmocka_unit_test(sets_a_descriptor_non_blocking),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
