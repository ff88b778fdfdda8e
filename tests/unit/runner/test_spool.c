/* The spool: what goes in comes out, in order, also behind torn ends and over segments. */
#include "spool.h"

#include "crc32c.h"
#include "io.h"
#include "journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>
#include <cmocka.h>

static char folder[64], segment_one[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/athanor-spool-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(segment_one, sizeof(segment_one), "%s/spool/00000001", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return io_remove_tree(folder, NULL);
}

static struct spool *open_spool(bool write)
{
    struct err e = {0};
    char *path = xasprintf("%s/spool", folder);
    struct spool *s = spool_open(path, write, &e);
    if (!s)
        fail_msg("%s", e.text);
    free(path);
    return s;
}

/* A batch of one line of `len` bytes. */
static struct batch *line_batch(struct journal *j, size_t len)
{
    static char text[CHUNK_LINE_MAX];
    memset(text, 'x', len);
    journal_line(j, CHUNK_STDOUT, text, len, 0);
    return journal_take(j);
}

static void append(struct spool *s, struct journal *j, size_t len)
{
    struct err e = {0};
    struct batch *b = line_batch(j, len);
    if (spool_append(s, b, &e) != 0)
        fail_msg("%s", e.text);
    batch_free(b);
}

/* Reads from a position to the end; returns how many batches, whose lines must follow one another.
 */
static int64_t read_all(struct spool *s, uint64_t at, int64_t first)
{
    struct err e = {0};
    struct batch *b;
    int64_t count = 0;
    int rc;
    while ((rc = spool_read(s, at, 1, &b, &e)) == 1) {
        assert_int_equal(b->head.first_line, first + count);
        at = b->spool_end;
        count++;
        batch_free(b);
    }
    assert_int_equal(rc, 0);
    return count;
}

static void gives_back_what_it_got(void **state)
{
    (void)state;
    struct spool *s = open_spool(true);
    struct journal *j = journal_new(1, 0, 0, 0);
    for (int i = 0; i < 10; i++)
        append(s, j, 100);
    assert_int_equal(read_all(s, 0, 1), 10);
    assert_int_equal(spool_backlog(s), spool_end(s));
    spool_commit(s, spool_end(s));
    assert_int_equal(spool_backlog(s), 0);
    spool_close(s);
    struct spool *reader = open_spool(false);
    assert_int_equal(read_all(reader, 0, 1), 10);
    spool_close(reader);
    /* a second writer goes on in a new segment */
    s = open_spool(true);
    append(s, j, 100);
    assert_int_equal(read_all(s, 0, 1), 11);
    spool_close(s);
    journal_free(j);
}

static void drops_segments_as_they_are_committed(void **state)
{
    (void)state;
    struct spool *s = open_spool(true);
    struct journal *j = journal_new(1, 0, 0, 0);
    uint64_t ends[1000];
    int count = 0;
    while (spool_end(s) < 3ull * SPOOL_SEGMENT) {
        append(s, j, 60000);
        ends[count++] = spool_end(s);
    }
    char **names = io_list(segment_one, NULL);
    assert_null(names);
    for (int i = 0; i < count; i++) {
        spool_commit(s, ends[i]);
        if (i == count / 2)
            assert_int_equal(access(segment_one, F_OK), -1);
        if (i % 100 == 0)
            assert_int_equal(read_all(s, ends[i], i + 2), count - i - 1);
    }
    assert_int_equal(spool_backlog(s), 0);
    append(s, j, 10);
    assert_int_equal(read_all(s, ends[count - 1], count + 1), 1);
    spool_close(s);
    journal_free(j);
}

static void reads_up_to_a_torn_or_damaged_entry(void **state)
{
    (void)state;
    struct spool *s = open_spool(true);
    struct journal *j = journal_new(1, 0, 0, 0);
    for (int i = 0; i < 5; i++)
        append(s, j, 200);
    uint64_t end = spool_end(s);
    spool_close(s);
    assert_int_equal(truncate(segment_one, (off_t)end - 1), 0);
    s = open_spool(false);
    assert_int_equal(read_all(s, 0, 1), 4);
    spool_close(s);
    int fd = open(segment_one, O_RDWR);
    assert_int_equal(pwrite(fd, "?", 1, (off_t)(end / 5 * 2 + 50)), 1); /* within the third */
    close(fd);
    s = open_spool(false);
    assert_int_equal(read_all(s, 0, 1), 2);
    spool_close(s);
    journal_free(j);
}

static void stays_as_it_was_when_the_disk_is_full(void **state)
{
    (void)state;
    struct rlimit before, tight = {20000, 20000};
    struct err e = {0};
    struct spool *s = open_spool(true);
    struct journal *j = journal_new(1, 0, 0, 0);
    append(s, j, 15000);
    uint64_t end = spool_end(s);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    tight.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    struct batch *b = line_batch(j, 15000);
    assert_int_equal(spool_append(s, b, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(b->spool_end, 0);
    assert_int_equal(spool_end(s), end);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(spool_append(s, b, &e), 0);
    assert_int_equal(read_all(s, 0, 1), 2);
    batch_free(b);
    spool_close(s);
    journal_free(j);
}

static void checksums_alike_by_both_ways(void **state)
{
    (void)state;
    char data[1000];
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283u);
    assert_int_equal(crc32c_portable(0, "123456789", 9), 0xE3069283u);
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7919 >> 3);
    for (size_t len = 0; len < sizeof(data); len += 13) {
        uint32_t whole = crc32c(0, data, len);
        assert_int_equal(whole, crc32c_portable(0, data, len));
        assert_int_equal(whole, crc32c(crc32c(0, data, len / 3), data + len / 3, len - len / 3));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gives_back_what_it_got, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(drops_segments_as_they_are_committed, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(reads_up_to_a_torn_or_damaged_entry, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(stays_as_it_was_when_the_disk_is_full, make_folder,
                                        remove_folder),
        cmocka_unit_test(checksums_alike_by_both_ways),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
