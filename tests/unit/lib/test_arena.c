/* Memory that is freed all at once. */
#include "arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <string.h>
#include <cmocka.h>

static void blocks_are_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char *before = NULL;
    for (size_t size = 1; size < 3000; size += 7) {
        char *p = arena_alloc(a, size);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        memset(p, (int)(size & 0xFF), size);
        if (before)
            assert_int_equal((unsigned char)*before, (size - 7) & 0xFF);
        before = p;
    }
    arena_free(a);
}

static void large_blocks_fit(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    char *p = arena_zalloc(a, 1 << 20);
    for (size_t i = 0; i < 1 << 20; i += 4096)
        assert_int_equal(p[i], 0);
    memset(p, 1, 1 << 20);
    assert_true(arena_used(a) >= 1 << 20);
    arena_free(a);
}

static void copies_are_terminated(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_string_equal(arena_strdup(a, "one"), "one");
    assert_string_equal(arena_strndup(a, "twofold", 3), "two");
    assert_string_equal(arena_printf(a, "%s-%d", "three", 3), "three-3");
    assert_string_equal(arena_strdup(a, ""), "");
    arena_free(a);
}

static void reset_forgets_and_goes_on(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (int round = 0; round < 3; round++) {
        assert_int_equal(arena_used(a), 0);
        for (int i = 0; i < 100; i++)
            memset(arena_alloc(a, 1000), round, 1000);
        assert_true(arena_used(a) >= 100000);
        arena_reset(a);
    }
    arena_free(a);
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_aligned_and_apart),
        cmocka_unit_test(large_blocks_fit),
        cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(reset_forgets_and_goes_on),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
