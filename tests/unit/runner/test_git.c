/* The commit around a folder, as git's files tell it. */
#include "git.h"
#include "io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FIRST "1111111111111111111111111111111111111111"
#define SECOND "2222222222222222222222222222222222222222"

static int set_up(void **state)
{
    char folder[] = "/tmp/athanor-test-XXXXXX";
    if (!mkdtemp(folder))
        return -1;
    *state = xstrdup(folder);
    return 0;
}

static int tear_down(void **state)
{
    int rc = io_remove_tree(*state, NULL);
    free(*state);
    return rc;
}

static void put(const char *root, const char *path, const char *text)
{
    char *file = xasprintf("%s/%s", root, path), *folder = xstrdup(file);
    *strrchr(folder, '/') = '\0';
    assert_int_equal(io_mkdirs(folder, 0700, NULL), 0);
    assert_int_equal(io_write_file(file, text, strlen(text), 0600, NULL), 0);
    free(folder);
    free(file);
}

static void expect(const char *root, const char *below, const char *commit)
{
    char *folder = xasprintf("%s/%s", root, below), *found = git_commit(folder);
    if (commit)
        assert_string_equal(found, commit);
    else
        assert_null(found);
    free(found);
    free(folder);
}

static void test_branch(void **state)
{
    put(*state, "a/.git/HEAD", "ref: refs/heads/topic/x\n");
    put(*state, "a/.git/refs/heads/topic/x", FIRST "\n");
    put(*state, "a/experiments/e/experiment.json", "{}");
    expect(*state, "a", FIRST);
    expect(*state, "a/experiments/e", FIRST);
    expect(*state, ".", NULL);
}

static void test_detached_and_packed(void **state)
{
    put(*state, "b/.git/HEAD", SECOND "\n");
    expect(*state, "b", SECOND);
    put(*state, "c/.git/HEAD", "ref: refs/heads/main\n");
    put(*state, "c/.git/packed-refs",
        "# pack-refs with: peeled\n" FIRST " refs/heads/main2\n" SECOND " refs/heads/main\n^" FIRST
        "\n");
    expect(*state, "c", SECOND);
    put(*state, "c/.git/refs/heads/main", FIRST "\n");
    expect(*state, "c", FIRST);
}

static void test_worktree(void **state)
{
    put(*state, "d/.git/HEAD", "ref: refs/heads/main\n");
    put(*state, "d/.git/refs/heads/side", SECOND "\n");
    put(*state, "d/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
    put(*state, "d/.git/worktrees/side/commondir", "../..\n");
    put(*state, "side/.git", "gitdir: ../d/.git/worktrees/side\n");
    expect(*state, "side", SECOND);
    expect(*state, "d", NULL); /* no commit yet */
}

static void test_nonsense(void **state)
{
    put(*state, "e/.git/HEAD", "ref: ../../secret\n");
    put(*state, "f/.git/HEAD", "ref: refs/../../secret\n");
    put(*state, "secret", FIRST "\n");
    put(*state, "g/.git/HEAD", "zz\n");
    put(*state, "h/.git", "gitdir: /nowhere\n");
    put(*state, "i/.git/HEAD", "");
    for (const char *name = "efghi"; *name; name++) {
        char below[] = {*name, '\0'};
        expect(*state, below, NULL);
    }
    assert_null(git_commit("/"));
    assert_null(git_commit(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_branch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_detached_and_packed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_worktree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
