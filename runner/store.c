/*
 * A content arrives as held/RUN/copy, is synced, and gets its name by a rename under the shared
 * lock; then the run's hold is linked to it. A machine that dies leaves at worst a file that nobody
 * refers to, which the sweep finds.
 */
#include "store.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 512 * 1024 };
_Static_assert(BLOB_HASH_LEN == 2 * crypto_hash_sha256_BYTES, "a hash is SHA-256");

void store_init(struct store *s, const char *state, int64_t run)
{
    s->run = run;
    s->root = blob_root(state);
    s->held = xasprintf("%s/held/%lld", s->root, (long long)run);
}

void store_release(struct store *s)
{
    free(s->root);
    free(s->held);
    *s = (struct store){0};
}

/* -- copying -- */

static int too_large(int64_t size, int64_t limit, struct err *e)
{
    char a[BLOB_WORDS], b[BLOB_WORDS];
    return err_set(e, ERR_LIMIT, "it has %s, and this runner keeps files of up to %s (artifact_mb)",
                   blob_words(size, a), blob_words(limit, b));
}

struct copy {
    int from, to;
    int64_t limit, size;
    const atomic_bool *stop;
    crypto_hash_sha256_state hash;
    char *buffer;
};

static int copy_piece(struct copy *c, size_t len, struct err *e)
{
    if (atomic_load(c->stop))
        return err_set(e, ERR_CONFLICT, "the run was ended at once");
    if (c->size + (int64_t)len > c->limit)
        return too_large(c->size + (int64_t)len, c->limit, e);
    crypto_hash_sha256_update(&c->hash, (const unsigned char *)c->buffer, len);
    if (io_write_all(c->to, c->buffer, len, e) != 0)
        return err_wrap(e, "cannot copy it");
    /* What is written goes to the disk meanwhile, so that the sync at the end, for which others'
     * would have to wait, finds little to do. */
    sync_file_range(c->to, c->size, (off_t)len, SYNC_FILE_RANGE_WRITE);
    c->size += (int64_t)len;
    return 0;
}

static int copy_all(struct copy *c, struct err *e)
{
    ssize_t n;
    int rc = 0;
    crypto_hash_sha256_init(&c->hash);
    c->buffer = xmalloc(PIECE);
    posix_fadvise(c->from, 0, 0, POSIX_FADV_SEQUENTIAL);
    while (rc == 0 && (n = read(c->from, c->buffer, PIECE)) != 0) {
        if (n > 0)
            rc = copy_piece(c, (size_t)n, e);
        else if (errno != EINTR)
            rc = err_errno(e, "cannot read it");
    }
    free(c->buffer);
    return rc;
}

/* -- naming -- */

static int hold(const struct store *s, const struct stored *it, struct err *e)
{
    char *path = blob_path(s->root, it->sha256);
    char *held = xasprintf("%s/%s", s->held, it->sha256);
    unlink(held); /* of the same content, kept before */
    int rc =
        link(path, held) == 0 ? io_sync_folder(s->held, e) : err_errno(e, "cannot hold %s", path);
    free(path);
    free(held);
    return rc;
}

static int finish_copy(const struct store *s, struct copy *c, const char *path, struct stored *out,
                       struct err *e)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    if (fchmod(c->to, 0400) != 0 || fsync(c->to) != 0)
        return err_errno(e, "cannot sync %s", path);
    crypto_hash_sha256_final(&c->hash, hash);
    sodium_bin2hex(out->sha256, sizeof(out->sha256), hash, sizeof(hash));
    out->size = c->size;
    int lock = blob_lock(s->root, e);
    int rc = lock < 0 ? -1 : blob_take(s->root, path, out->sha256, out->size, e);
    if (rc == 0)
        rc = hold(s, out, e);
    if (lock >= 0)
        close(lock);
    return rc;
}

/* Whether the file is still as it was when it was opened. */
static bool is_same(int fd, const struct stat *before, int64_t size)
{
    struct stat now;
    return fstat(fd, &now) == 0 && now.st_size == before->st_size && now.st_size == size &&
           now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

int store_put(const struct store *s, int fd, int64_t limit, const atomic_bool *stop,
              struct stored *out, struct err *e)
{
    struct copy c = {.from = fd, .limit = limit, .stop = stop};
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_errno(e, "cannot look at it");
    if (st.st_size > limit)
        return too_large(st.st_size, limit, e);
    if (io_mkdirs(s->held, 0700, e) != 0 || blob_check_room(s->root, st.st_size, e) != 0)
        return -1;
    char *path = xasprintf("%s/copy", s->held);
    unlink(path); /* of a supervisor that died */
    c.to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = c.to < 0 ? err_errno(e, "cannot make %s", path) : copy_all(&c, e);
    out->changed = rc == 0 && !is_same(fd, &st, c.size);
    if (rc == 0)
        rc = finish_copy(s, &c, path, out, e);
    if (c.to >= 0)
        close(c.to);
    unlink(path); /* there is none if it got its name */
    free(path);
    return rc;
}

int store_let_go(const struct store *s, struct err *e)
{
    return io_remove_tree(s->held, e);
}
