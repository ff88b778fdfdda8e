/* The store of files, what may be put there, and by what name it goes. */
#include "beneath.h"
#include "io.h"
#include "media_type.h"
#include "store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum { LIMIT = 1 << 20 };

struct fixture {
    char folder[64];
    char *state, *work;
    int work_fd;
    struct store store;
    atomic_bool stop;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/athanor-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    f->state = xasprintf("%s/state", f->folder);
    f->work = xasprintf("%s/work", f->folder);
    if (io_mkdirs(f->state, 0700, NULL) != 0 || io_mkdirs(f->work, 0700, NULL) != 0)
        return -1;
    f->work_fd = open(f->work, O_PATH | O_DIRECTORY | O_CLOEXEC);
    store_init(&f->store, f->state, 7);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->work_fd);
    store_release(&f->store);
    int rc = io_remove_tree(f->folder, NULL);
    free(f->state);
    free(f->work);
    free(f);
    return rc;
}

static char *in_work(const struct fixture *f, const char *name)
{
    return xasprintf("%s/%s", f->work, name);
}

static void write_file(const struct fixture *f, const char *name, const void *data, size_t len)
{
    char *path = in_work(f, name);
    assert_int_equal(io_write_file(path, data, len, 0600, NULL), 0);
    free(path);
}

static int put(struct fixture *f, const char *name, int64_t limit, struct stored *out,
               struct err *e)
{
    int fd = beneath_open(f->work_fd, name, e);
    if (fd < 0)
        return -1;
    int rc = store_put(&f->store, fd, limit, &f->stop, out, e);
    close(fd);
    return rc;
}

static void assert_file(const char *path, mode_t mode, nlink_t links, const char *content)
{
    struct stat st;
    struct strbuf sb = STRBUF_INIT;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, mode);
    assert_int_equal(st.st_nlink, links);
    assert_int_equal(io_read_file(path, LIMIT, &sb, NULL), 0);
    assert_string_equal(sb.buf, content);
    strbuf_release(&sb);
}

static void keeps_a_content_once_and_holds_it(void **state)
{
    struct fixture *f = *state;
    struct stored out;
    char *path = blob_path(f->store.root, ABC);
    write_file(f, "a", "abc", 3);
    write_file(f, "b", "abc", 3);
    for (const char *const *name = (const char *const[]){"a", "b", "a", NULL}; *name; name++) {
        assert_int_equal(put(f, *name, LIMIT, &out, NULL), 0);
        assert_string_equal(out.sha256, ABC);
        assert_int_equal(out.size, 3);
        assert_false(out.changed);
        assert_file(path, 0400, 2, "abc");
    }
    char *copy = xasprintf("%s/copy", f->store.held);
    assert_int_equal(access(copy, F_OK), -1);
    assert_int_equal(store_let_go(&f->store, NULL), 0);
    assert_file(path, 0400, 1, "abc");
    assert_int_equal(store_let_go(&f->store, NULL), 0);
    free(copy);
    free(path);
}

static void two_runs_hold_the_same_content(void **state)
{
    struct fixture *f = *state;
    struct stored out;
    struct store other;
    char *path = blob_path(f->store.root, EMPTY);
    write_file(f, "a", "", 0);
    store_init(&other, f->state, 8);
    assert_int_equal(put(f, "a", LIMIT, &out, NULL), 0);
    int fd = beneath_open(f->work_fd, "a", NULL);
    assert_int_equal(store_put(&other, fd, LIMIT, &f->stop, &out, NULL), 0);
    close(fd);
    assert_file(path, 0400, 3, "");
    assert_int_equal(store_let_go(&f->store, NULL), 0);
    assert_file(path, 0400, 2, "");
    store_release(&other);
    free(path);
}

static void mends_a_file_that_is_cut_short(void **state)
{
    struct fixture *f = *state;
    struct stored out;
    char *path = blob_path(f->store.root, ABC);
    write_file(f, "a", "abc", 3);
    assert_int_equal(put(f, "a", LIMIT, &out, NULL), 0);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 1), 0);
    assert_int_equal(put(f, "a", LIMIT, &out, NULL), 0);
    assert_file(path, 0400, 2, "abc");
    free(path);
}

static void refuses_what_is_too_large(void **state)
{
    struct fixture *f = *state;
    struct stored out;
    struct err e = {0};
    char *path = in_work(f, "a");
    write_file(f, "a", "abc", 3);
    assert_int_equal(put(f, "a", 2, &out, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_string_equal(
        e.text, "it has 3 bytes, and this runner keeps files of up to 2 bytes (artifact_mb)");
    /* More than any disk has. */
    assert_int_equal(truncate(path, (off_t)1 << 42), 0);
    assert_int_equal(put(f, "a", INT64_MAX, &out, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_non_null(strstr(e.text, "it has 4096.0 GiB, and the store has "));
    free(path);
}

static void stops_when_told_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct stored out;
    struct err e = {0};
    char *copy = xasprintf("%s/copy", f->store.held);
    write_file(f, "a", "abc", 3);
    atomic_store(&f->stop, true);
    assert_int_equal(put(f, "a", LIMIT, &out, &e), -1);
    assert_int_equal(e.code, ERR_CONFLICT);
    assert_int_equal(access(copy, F_OK), -1);
    free(copy);
}

struct growth {
    const char *path;
    atomic_bool done;
};

static void *grow(void *arg)
{
    struct growth *g = arg;
    while (!atomic_load(&g->done)) {
        int fd = open(g->path, O_WRONLY | O_APPEND);
        (void)!write(fd, "more", 4);
        close(fd);
        usleep(200);
    }
    return NULL;
}

static void tells_when_a_file_was_written_to(void **state)
{
    struct fixture *f = *state;
    struct stored out = {0};
    pthread_t thread;
    char *path = in_work(f, "a");
    struct growth g = {.path = path};
    write_file(f, "a", "", 0);
    assert_int_equal(truncate(path, 64 << 20), 0);
    assert_int_equal(pthread_create(&thread, NULL, grow, &g), 0);
    /* A busy machine may give the writer no turn while a copy is made. */
    for (int copies = 0; copies < 50 && !out.changed; copies++)
        assert_int_equal(put(f, "a", (int64_t)1 << 30, &out, NULL), 0);
    atomic_store(&g.done, true);
    pthread_join(thread, NULL);
    assert_true(out.changed);
    char *kept = blob_path(f->store.root, out.sha256);
    struct stat st;
    assert_int_equal(stat(kept, &st), 0);
    assert_int_equal(st.st_size, out.size);
    free(kept);
    free(path);
}

static void assert_refused(struct fixture *f, const char *path, enum err_code code,
                           const char *words)
{
    struct err e = {0};
    assert_int_equal(beneath_open(f->work_fd, path, &e), -1);
    assert_int_equal(e.code, code);
    assert_non_null(strstr(e.text, words));
}

static void opens_beneath_only(void **state)
{
    struct fixture *f = *state;
    char *folder = in_work(f, "folder"), *link = in_work(f, "link"), *way = in_work(f, "way"),
         *fifo = in_work(f, "fifo"), *secret = xasprintf("%s/secret", f->folder);
    write_file(f, "a", "abc", 3);
    assert_int_equal(io_mkdirs(folder, 0700, NULL), 0);
    write_file(f, "folder/b", "b", 1);
    assert_int_equal(symlink("a", link), 0);
    assert_int_equal(symlink("/etc", way), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(io_write_file(secret, "x", 1, 0600, NULL), 0);

    assert_refused(f, "../secret", ERR_INVALID, "leads out");
    assert_refused(f, "folder/../../secret", ERR_INVALID, "leads out");
    assert_refused(f, secret, ERR_INVALID, "absolute");
    assert_refused(f, "/etc/passwd", ERR_INVALID, "absolute");
    assert_refused(f, "link", ERR_INVALID, "symbolic link");
    assert_refused(f, "way/passwd", ERR_INVALID, "symbolic link");
    assert_refused(f, "folder", ERR_INVALID, "folder");
    assert_refused(f, "fifo", ERR_INVALID, "no regular file");
    assert_refused(f, "nothing", ERR_NOT_FOUND, "no such file");
    assert_refused(f, "", ERR_NOT_FOUND, "no such file");
    assert_refused(f, "a/b", ERR_IO, "Not a directory");
    for (const char *const *path =
             (const char *const[]){"a", "./a", "folder/b", "folder/../a", NULL};
         *path; path++) {
        int fd = beneath_open(f->work_fd, *path, NULL);
        assert_true(fd >= 0);
        close(fd);
    }
    free(folder);
    free(link);
    free(way);
    free(fifo);
    free(secret);
}

static void knows_types_by_endings(void **state)
{
    (void)state;
    assert_string_equal(media_type_of("a.png"), "image/png");
    assert_string_equal(media_type_of("x/y.z/A.JPEG"), "image/jpeg");
    assert_string_equal(media_type_of(".csv"), "text/csv");
    assert_string_equal(media_type_of("a.tar.gz"), "application/gzip");
    assert_null(media_type_of("png"));
    assert_null(media_type_of("a.png/b"));
    assert_null(media_type_of("a."));
    assert_null(media_type_of(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_a_content_once_and_holds_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_runs_hold_the_same_content, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mends_a_file_that_is_cut_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_is_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stops_when_told_and_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_when_a_file_was_written_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(opens_beneath_only, set_up, tear_down),
        cmocka_unit_test(knows_types_by_endings),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
