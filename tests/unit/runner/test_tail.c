/* What was read and not spooled yet is heard once more, as it was. */
#include "tail.h"

#include "io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static char path[64];

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/athanor-tail-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    return close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void ignore(void *arg, const struct message *m)
{
    (void)arg;
    (void)m;
}

struct scene {
    struct journal *journal;
    struct hearing *hearing;
};

static struct scene begin(int64_t lines, int64_t records)
{
    struct scene s = {.journal = journal_new(1, lines, records, 0)};
    s.hearing = hearing_new(s.journal, &(struct hearing_events){.message = ignore});
    return s;
}

static void end(struct scene *s)
{
    hearing_free(s->hearing);
    journal_free(s->journal);
}

static void hear(struct tail *t, struct scene *s, int stream, int64_t ms, const char *text)
{
    tail_add(t, stream, ms, text, strlen(text));
    journal_set_time(s->journal, ms);
    hearing_feed(s->hearing, stream, text, strlen(text));
}

/* The chunk and records of what a replay heard. */
static struct batch *replay(int64_t lines, int64_t records, int64_t *heard)
{
    struct err e = {0};
    struct scene s = begin(lines, records);
    *heard = tail_replay(path, lines, records, s.journal, s.hearing, &e);
    hearing_finish(s.hearing);
    struct batch *b = journal_take(s.journal);
    end(&s);
    return b;
}

static void is_heard_again(void **state)
{
    (void)state;
    struct err e = {0};
    struct tail *t = tail_open(path, &e);
    struct scene s = begin(0, 0);
    int64_t heard;
    assert_non_null(t);
    tail_restart(t, 0, 0, NULL);
    hear(t, &s, HEARING_STDOUT, 5, "one\ntw");
    hear(t, &s, HEARING_MESSAGES, 6, "{\"type\":\"fact\",\"key\":\"f\",");
    hear(t, &s, HEARING_STDERR, 7, "err\n");
    hear(t, &s, HEARING_MESSAGES, 8, "\"value\":1}\n");
    struct batch *said = journal_take(s.journal);
    struct batch *b = replay(0, 0, &heard);
    assert_true(heard > 0);
    assert_string_equal(b->chunk.buf,
                        "{\"first\":1,\"lines\":[[5,1,\"one\"],\t[7,1,\"err\",1],\t[8,1,\"tw\"]]}");
    assert_int_equal(b->head.last_record, 1);
    assert_memory_equal(b->text.buf, said->text.buf, said->text.len);
    batch_free(b);

    /* sealed: only what is unfinished stays */
    tail_restart(t, said->head.last_line, said->head.last_record, s.hearing);
    batch_free(said);
    b = replay(0, 0, &heard);
    assert_int_equal(heard, 0);
    batch_free(b);
    hear(t, &s, HEARING_STDOUT, 9, "o\n");
    b = replay(2, 1, &heard);
    assert_string_equal(b->chunk.buf, "{\"first\":3,\"lines\":[[9,1,\"two\"]]}");
    batch_free(b);
    end(&s);
    tail_close(t);
}

static void leaves_out_what_does_not_fit(void **state)
{
    (void)state;
    struct err e = {0};
    struct tail *t = tail_open(path, &e);
    char *large = xcalloc(1, TAIL_SIZE);
    int64_t heard;
    tail_restart(t, 0, 0, NULL);
    tail_add(t, HEARING_STDOUT, 1, "a\n", 2);
    tail_add(t, HEARING_STDOUT, 1, large, TAIL_SIZE);
    tail_add(t, HEARING_STDOUT, 1, "b\n", 2);
    struct batch *b = replay(0, 0, &heard);
    assert_string_equal(b->chunk.buf, "{\"first\":1,\"lines\":[[1,1,\"a\"]]}");
    batch_free(b);
    tail_restart(t, 0, 0, NULL);
    tail_add(t, HEARING_STDOUT, 1, "c\n", 2);
    b = replay(0, 0, &heard);
    assert_string_equal(b->chunk.buf, "{\"first\":1,\"lines\":[[1,1,\"c\"]]}");
    batch_free(b);
    free(large);
    tail_close(t);
}

static void survives_damage(void **state)
{
    (void)state;
    struct err e = {0};
    struct tail *t = tail_open(path, &e);
    struct strbuf file = STRBUF_INIT;
    int64_t heard;
    tail_restart(t, 0, 0, NULL);
    tail_add(t, HEARING_STDOUT, 1, "a\n", 2);
    tail_add(t, HEARING_STDOUT, 1, "b\n", 2);
    tail_close(t);
    assert_int_equal(io_read_file(path, TAIL_SIZE, &file, &e), 0);
    for (size_t at = 0; at < 100; at++) {
        file.buf[at] ^= 0x21;
        assert_int_equal(io_write_file(path, file.buf, 4096, 0600, &e), 0);
        batch_free(replay(0, 0, &heard));
        file.buf[at] ^= 0x21;
    }
    strbuf_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(is_heard_again, make_file, remove_file),
        cmocka_unit_test_setup_teardown(leaves_out_what_does_not_fit, make_file, remove_file),
        cmocka_unit_test_setup_teardown(survives_damage, make_file, remove_file),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
