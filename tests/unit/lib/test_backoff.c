/* The waits between attempts: they double, stay in their bounds and differ. */
#include "backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void check_waits(struct backoff *b, int64_t most)
{
    for (int i = 0; i < 20; i++, most = MIN(most * 2, BACKOFF_MOST_MS)) {
        int64_t wait = backoff_next(b);
        assert_in_range(wait, most - most / 4, most);
    }
}

static void waits_double_up_to_the_most(void **state)
{
    (void)state;
    struct backoff b = {0};
    assert_int_equal(backoff_next(&b), 0);
    check_waits(&b, BACKOFF_FIRST_MS);
    backoff_reset(&b, BACKOFF_FIRST_MS);
    check_waits(&b, BACKOFF_FIRST_MS);
    backoff_reset(&b, 0);
    assert_int_equal(backoff_next(&b), 0);
}

static void waits_differ(void **state)
{
    (void)state;
    struct backoff b = {0};
    int64_t least = BACKOFF_MOST_MS, most = 0;
    for (int i = 0; i < 100; i++) {
        backoff_reset(&b, BACKOFF_MOST_MS);
        int64_t wait = backoff_next(&b);
        least = MIN(least, wait);
        most = MAX(most, wait);
    }
    assert_true(least < most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_the_most),
        cmocka_unit_test(waits_differ),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
