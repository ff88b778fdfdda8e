#include "blob.h"

#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

bool blob_is_hash(const char *text)
{
    return strlen(text) == BLOB_HASH_LEN && strspn(text, "0123456789abcdef") == BLOB_HASH_LEN;
}

char *blob_root(const char *state)
{
    return xasprintf("%s/artifacts", state);
}

char *blob_path(const char *root, const char *hash)
{
    if (!blob_is_hash(hash))
        die("\"%s\" is no SHA-256", hash);
    return xasprintf("%s/%.2s/%s", root, hash, hash + 2);
}

const char *blob_words(int64_t bytes, char out[BLOB_WORDS])
{
    const double mib = 1024 * 1024;
    if (bytes >= (int64_t)1 << 30)
        snprintf(out, BLOB_WORDS, "%.1f GiB", (double)bytes / mib / 1024);
    else if (bytes >= 1 << 20)
        snprintf(out, BLOB_WORDS, "%.1f MiB", (double)bytes / mib);
    else
        snprintf(out, BLOB_WORDS, "%lld bytes", (long long)bytes);
    return out;
}

int blob_check_room(const char *root, int64_t size, struct err *e)
{
    struct statvfs fs;
    char a[BLOB_WORDS], b[BLOB_WORDS];
    int64_t spare = (int64_t)BLOB_SPARE_MB << 20;
    if (statvfs(root, &fs) != 0)
        return err_errno(e, "cannot tell how much room %s has", root);
    int64_t room = (int64_t)(fs.f_bavail * fs.f_frsize);
    if (size + spare <= room)
        return 0;
    return err_set(e, ERR_LIMIT, "it has %s, and the store has %s left, of which %d MiB stay free",
                   blob_words(size, a), blob_words(room, b), BLOB_SPARE_MB);
}

int blob_lock(const char *root, struct err *e)
{
    char *path = xasprintf("%s/lock", root);
    int rc = -1, fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        err_errno(e, "cannot open %s", path);
    while (fd >= 0 && (rc = flock(fd, LOCK_SH)) != 0 && errno == EINTR) {
    }
    if (fd >= 0 && rc != 0) {
        err_errno(e, "cannot lock %s", path);
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

static bool is_whole(const char *path, int64_t size)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size;
}

int blob_take(const char *root, const char *file, const char *hash, int64_t size, struct err *e)
{
    char *path = blob_path(root, hash);
    char *folder = xstrndup(path, strlen(root) + 3);
    int rc = io_mkdirs(folder, 0700, e);
    if (rc == 0 && !is_whole(path, size) && rename(file, path) != 0)
        rc = err_errno(e, "cannot rename %s", file);
    if (rc == 0)
        rc = io_sync_folder(folder, e);
    if (rc == 0)
        rc = io_sync_folder(root, e);
    free(path);
    free(folder);
    return rc;
}
