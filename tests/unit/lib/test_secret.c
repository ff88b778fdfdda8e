/* Tokens and where requests carry them. */
#include "secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* SHA-256 of "abc", from FIPS 180-2. */
static const char abc_hash[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void hashes_with_sha256(void **state)
{
    (void)state;
    char hex[SECRET_HEX_SIZE];
    secret_hash("abc", 3, hex);
    assert_string_equal(hex, abc_hash);
}

static void tokens_are_long_and_differ(void **state)
{
    (void)state;
    char a[SECRET_TOKEN_SIZE], b[SECRET_TOKEN_SIZE];
    secret_new("ath_", a);
    secret_new("ath_", b);
    assert_memory_equal(a, "ath_", 4);
    assert_int_equal(strlen(a), 4 + 43);
    assert_string_not_equal(a, b);
    assert_int_equal(
        strspn(a + 4, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), 43);
    secret_new("", a);
    assert_int_equal(strlen(a), 43);
    secret_new("12345678901234567890", a);
    assert_int_equal(strlen(a), 63);
}

static void check(const char *authorization, const char *cookie, enum secret_kind kind)
{
    struct secret_offer offer;
    memset(&offer, 'x', sizeof(offer));
    secret_from_headers(authorization, cookie, "athanor_session_81", &offer);
    assert_int_equal(offer.kind, kind);
    assert_string_equal(offer.hash, kind == SECRET_NONE ? "" : abc_hash);
}

static void finds_a_bearer_token(void **state)
{
    (void)state;
    check("Bearer abc", NULL, SECRET_TOKEN);
    check("bearer   abc ", NULL, SECRET_TOKEN);
    check("Bearer abc", "athanor_session=other", SECRET_TOKEN);
    check("Basic abc", NULL, SECRET_NONE);
    check("Bearerabc", NULL, SECRET_NONE);
    check("", NULL, SECRET_NONE);
}

static void finds_a_session_cookie(void **state)
{
    (void)state;
    check(NULL, "athanor_session=abc", SECRET_SESSION);
    check(NULL, "a=1; athanor_session=abc; b=2", SECRET_SESSION);
    check(NULL, "a=1;athanor_session=abc ;b=2", SECRET_SESSION);
    check("Basic xyz", "athanor_session=abc", SECRET_SESSION);
    check(NULL, "athanor_session=abc; athanor_session=other", SECRET_SESSION);
    check(NULL, "athanor_session=other; athanor_session_8=other; athanor_session_81=abc",
          SECRET_SESSION);
    check(NULL, "athanor_session_80=other; athanor_session=abc", SECRET_SESSION);
    check(NULL, "athanor_session_80=abc; athanor_session_811=abc", SECRET_NONE);
    check(NULL, "xathanor_session=abc", SECRET_NONE);
    check(NULL, "athanor_sessionx=abc", SECRET_NONE);
    check(NULL, "a=athanor_session=abc", SECRET_NONE);
    check(NULL, "; ;", SECRET_NONE);
    check(NULL, "", SECRET_NONE);
    check(NULL, NULL, SECRET_NONE);
}

static void a_cookie_is_called_by_the_port(void **state)
{
    (void)state;
    static const struct {
        const char *url, *name;
    } cases[] = {{"http://127.0.0.1:8080", "athanor_session_8080"},
                 {"https://example.org", "athanor_session"},
                 {"https://example.org:444/a:5", "athanor_session_444"},
                 {"http://[::1]:81", "athanor_session_81"},
                 {"http://[::1]", "athanor_session"},
                 {"http://example.org:", "athanor_session"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char *name = secret_cookie_name(cases[i].url);
        assert_string_equal(name, cases[i].name);
        free(name);
    }
}

static void an_empty_bearer_hides_the_cookie(void **state)
{
    (void)state;
    struct secret_offer offer;
    secret_from_headers("Bearer ", "athanor_session=abc", "athanor_session", &offer);
    assert_int_equal(offer.kind, SECRET_TOKEN);
    assert_string_not_equal(offer.hash, abc_hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_with_sha256),
        cmocka_unit_test(tokens_are_long_and_differ),
        cmocka_unit_test(finds_a_bearer_token),
        cmocka_unit_test(finds_a_session_cookie),
        cmocka_unit_test(a_cookie_is_called_by_the_port),
        cmocka_unit_test(an_empty_bearer_hides_the_cookie),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (secret_init(NULL) != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
