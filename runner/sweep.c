#include "sweep.h"

#include "blob.h"
#include "db.h"
#include "io.h"
#include "log.h"
#include "params.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Hashes; they are few, so they are kept whole. */
struct hashes {
    char (*items)[BLOB_HASH_LEN + 1];
    size_t count;
};

struct sweep {
    char *root, *held;
    struct db *db;
    struct params *params;
    int removed;
    int64_t bytes;
};

static void add(struct hashes *h, const char *hash)
{
    if (!blob_is_hash(hash))
        return;
    h->items = xreallocarray(h->items, h->count + 1, sizeof(*h->items));
    memcpy(h->items[h->count++], hash, sizeof(*h->items));
}

static void put_hashes(struct params *p, const struct hashes *h)
{
    struct params_slice *slices = xcalloc(h->count + 1, sizeof(*slices));
    for (size_t i = 0; i < h->count; i++)
        slices[i] = (struct params_slice){h->items[i], BLOB_HASH_LEN};
    params_reset(p);
    params_text_array(p, slices, h->count);
    free(slices);
}

/* -- holds of runs that are over -- */

static int64_t *list_held(const struct sweep *s, size_t *count)
{
    char **names = io_list(s->held, NULL);
    int64_t *runs = NULL, run;
    *count = 0;
    for (size_t i = 0; names && names[i]; i++) {
        if (!parse_int64(names[i], strlen(names[i]), &run))
            continue;
        runs = xreallocarray(runs, *count + 1, sizeof(*runs));
        runs[(*count)++] = run;
    }
    io_list_free(names);
    return runs;
}

static int drop_holds(struct sweep *s, struct err *e)
{
    size_t count;
    int rc = 0;
    int64_t *runs = list_held(s, &count);
    params_reset(s->params);
    params_int_array(s->params, runs, count);
    struct db_result *over = count ? db_query(s->db, "over", s->params, e) : NULL;
    if (count && !over)
        rc = -1;
    for (int64_t i = 0; over && rc == 0 && i < db_rows(over); i++) {
        char *path = xasprintf("%s/%lld", s->held, (long long)db_int(over, i, 0));
        rc = io_remove_tree(path, e);
        free(path);
    }
    db_result_free(over);
    free(runs);
    return rc;
}

/* -- uploads that were cut off with their worker -- */

/* Who writes a file there holds its lock. One that was just made is about to be locked. */
static bool is_fresh(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_size == 0 &&
           st.st_mtim.tv_sec > clock_wall_ms() / 1000 - SWEEP_FRESH_S;
}

static void drop_incoming(const struct sweep *s)
{
    char *folder = xasprintf("%s/incoming", s->root);
    char **names = io_list(folder, NULL);
    for (size_t i = 0; names && names[i]; i++) {
        char *path = xasprintf("%s/%s", folder, names[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && !is_fresh(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0)
            unlink(path);
        if (fd >= 0)
            close(fd);
        free(path);
    }
    io_list_free(names);
    free(folder);
}

/* -- files -- */

static int take_freed(struct sweep *s, struct hashes *out, struct err *e)
{
    params_reset(s->params);
    params_int(s->params, SWEEP_FREED_MAX);
    struct db_result *r = db_query(s->db, "take_freed", s->params, e);
    for (int64_t i = 0; r && i < db_rows(r); i++)
        add(out, db_text(r, i, 0));
    int rc = r ? 0 : -1;
    db_result_free(r);
    return rc;
}

/* Another of the 256 folders each time, by the clock. A link changes a file's ctime, so one that a
 * run has taken up lately is young. */
static void find_old(const struct sweep *s, struct hashes *out)
{
    int64_t now = clock_wall_ms();
    unsigned folder = (unsigned)(now / SWEEP_EVERY_MS % 256);
    char *path = xasprintf("%s/%02x", s->root, folder);
    char **names = io_list(path, NULL);
    for (size_t i = 0; names && names[i] && out->count < SWEEP_FOUND_MAX; i++) {
        char *file = xasprintf("%s/%s", path, names[i]);
        char *hash = xasprintf("%02x%s", folder, names[i]);
        struct stat st;
        if (stat(file, &st) == 0 && st.st_ctim.tv_sec < now / 1000 - SWEEP_AGE_S)
            add(out, hash);
        free(file);
        free(hash);
    }
    io_list_free(names);
    free(path);
}

/* Removes a file that no record refers to, unless a run holds it: then it goes to `left`. */
static int remove_file(struct sweep *s, const char *hash, struct hashes *left, struct err *e)
{
    char *path = blob_path(s->root, hash);
    struct stat st;
    int rc = 0;
    if (lstat(path, &st) == 0 && st.st_nlink > 1) {
        add(left, hash);
    } else if (unlink(path) == 0) {
        s->removed++;
        s->bytes += st.st_size;
    } else if (errno != ENOENT) {
        rc = err_errno(e, "cannot remove %s", path);
    }
    free(path);
    return rc;
}

static int remove_unreferenced(struct sweep *s, const struct hashes *h, struct hashes *left,
                               struct err *e)
{
    if (h->count == 0)
        return 0;
    put_hashes(s->params, h);
    struct db_result *r = db_query(s->db, "unreferenced", s->params, e);
    int rc = r ? 0 : -1;
    for (int64_t i = 0; r && rc == 0 && i < db_rows(r); i++)
        rc = remove_file(s, db_text(r, i, 0), left, e);
    db_result_free(r);
    return rc;
}

static int give_back(struct sweep *s, const struct hashes *left, struct err *e)
{
    if (left->count == 0)
        return 0;
    put_hashes(s->params, left);
    struct db_result *r = db_query(s->db, "give_freed", s->params, e);
    int rc = r ? 0 : -1;
    db_result_free(r);
    return rc;
}

static int sweep(struct sweep *s, struct err *e)
{
    struct hashes freed = {0}, old = {0}, left = {0}, held = {0};
    int rc = drop_holds(s, e);
    drop_incoming(s);
    if (rc == 0)
        rc = take_freed(s, &freed, e);
    if (rc == 0)
        rc = remove_unreferenced(s, &freed, &left, e);
    if (rc == 0)
        rc = give_back(s, &left, e);
    if (rc == 0) {
        find_old(s, &old);
        rc = remove_unreferenced(s, &old, &held, e);
    }
    if (s->removed)
        log_info("removed %d file(s), %lld bytes, that no run refers to any more", s->removed,
                 (long long)s->bytes);
    free(freed.items);
    free(old.items);
    free(left.items);
    free(held.items);
    return rc;
}

int sweep_main(const struct conf *conf)
{
    struct err e = {0};
    struct sweep s = {.root = blob_root(conf->state), .params = params_new()};
    char *lock = xasprintf("%s/lock", s.root);
    char *queries = xasprintf("%s/runner/sweep", conf->queries);
    const char *const folders[] = {queries, NULL};
    int fd = -1, rc = 0;
    s.held = xasprintf("%s/held", s.root);
    alarm(SWEEP_LIMIT_S); /* whoever wants to put a file waits for our lock */
    if (access(s.root, F_OK) != 0)
        goto out; /* nothing was ever kept here */
    fd = io_lock(lock, &e);
    if (fd < 0 || !(s.db = db_open(conf->database, folders, false, &e)) || sweep(&s, &e) != 0)
        rc = e.code == ERR_CONFLICT || e.code == ERR_UNAVAILABLE ? 0 : 1;
out:
    if (rc != 0)
        log_error("cannot sweep the store: %s", e.text);
    db_close(s.db);
    params_free(s.params);
    if (fd >= 0)
        close(fd);
    free(lock);
    free(queries);
    free(s.root);
    free(s.held);
    return rc;
}
