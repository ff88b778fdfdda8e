#include "io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024, TREE_DEPTH = 512 };

static int open_retry(const char *path, int flags, mode_t mode)
{
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

/* Reads until the end, at most `max` bytes behind what *out held. */
static int read_all(int fd, size_t max, struct strbuf *out, const char *path, struct err *e)
{
    size_t before = out->len;
    for (;;) {
        strbuf_grow(out, READ_SIZE);
        ssize_t n = read(fd, out->buf + out->len, READ_SIZE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot read %s", path);
        out->len += (size_t)n;
        out->buf[out->len] = '\0';
        if (n == 0)
            return 0;
        if (out->len - before > max)
            return err_set(e, ERR_LIMIT, "%s is larger than %zu bytes", path, max);
    }
}

int io_read_file(const char *path, size_t max, struct strbuf *out, struct err *e)
{
    size_t before = out->len;
    int fd = open_retry(path, O_RDONLY, 0);
    if (fd < 0 && errno == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "cannot open %s: there is no such file", path);
    if (fd < 0)
        return err_errno(e, "cannot open %s", path);
    int rc = read_all(fd, max, out, path, e);
    if (rc != 0)
        strbuf_truncate(out, before);
    close(fd);
    return rc;
}

/* Nothing but a regular file is opened: a pipe would block, a device may act on it. */
static int open_regular(const char *path, struct err *e)
{
    char found[32];
    struct stat st;
    int at = open_retry(path, O_PATH, 0);
    if (at < 0 && errno != ELOOP)
        return err_errno(e, "cannot open %s", path);
    if (at < 0 || fstat(at, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (at >= 0)
            close(at);
        return err_set(e, ERR_INVALID, "%s is not a regular file", path);
    }
    snprintf(found, sizeof(found), "/proc/self/fd/%d", at);
    int fd = open_retry(found, O_RDONLY, 0);
    if (fd < 0)
        err_errno(e, "cannot open %s", path);
    close(at);
    return fd;
}

int io_read_regular(const char *path, size_t max, struct strbuf *out, struct err *e)
{
    size_t before = out->len;
    int fd = open_regular(path, e);
    int rc = fd < 0 ? -1 : read_all(fd, max, out, path, e);
    if (rc != 0)
        strbuf_truncate(out, before);
    if (fd >= 0)
        close(fd);
    return rc;
}

int io_write_all(int fd, const void *data, size_t len, struct err *e)
{
    const char *at = data;
    while (len > 0) {
        ssize_t n = write(fd, at, len);
        if (n >= 0) {
            at += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            if (poll(&p, 1, -1) < 0 && errno != EINTR)
                return err_errno(e, "cannot wait to write");
        } else if (errno != EINTR) {
            return err_errno(e, "cannot write");
        }
    }
    return 0;
}

int io_sync_folder(const char *path, struct err *e)
{
    int fd = open_retry(path, O_RDONLY | O_DIRECTORY, 0);
    int rc = fd >= 0 && fsync(fd) == 0 ? 0 : err_errno(e, "cannot sync the folder %s", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Makes a rename in the folder of `path` durable. */
static int sync_folder_of(const char *path, struct err *e)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash          ? xstrdup(".")
                   : slash == path ? xstrdup("/")
                                   : xstrndup(path, (size_t)(slash - path));
    int rc = io_sync_folder(folder, e);
    free(folder);
    return rc;
}

static int write_temporary(int fd, const char *path, const void *data, size_t len, mode_t mode,
                           struct err *e)
{
    if (io_write_all(fd, data, len, e) != 0)
        return err_wrap(e, "%s", path);
    if (fchmod(fd, mode) != 0)
        return err_errno(e, "cannot set the mode of %s", path);
    if (fsync(fd) != 0)
        return err_errno(e, "cannot sync %s", path);
    return 0;
}

int io_write_file(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
    char *temporary = xasprintf("%s.XXXXXX", path);
    int rc = -1;
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        err_errno(e, "cannot make %s", temporary);
        goto out;
    }
    rc = write_temporary(fd, temporary, data, len, mode, e);
    close(fd);
    if (rc == 0 && rename(temporary, path) != 0)
        rc = err_errno(e, "cannot rename %s to %s", temporary, path);
    if (rc != 0)
        unlink(temporary);
    else
        rc = sync_folder_of(path, e);
out:
    free(temporary);
    return rc;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int make_folder(const char *path, mode_t mode, struct err *e)
{
    if (mkdir(path, mode) == 0)
        return 0;
    if (errno == EEXIST && is_folder(path))
        return 0;
    return err_errno(e, "cannot make the folder %s", path);
}

int io_mkdirs(const char *path, mode_t mode, struct err *e)
{
    if (is_folder(path))
        return 0;
    char *copy = xstrdup(path);
    int rc = 0;
    for (char *p = copy; rc == 0 && *p; p++) {
        if (*p != '/' || p == copy || p[-1] == '/')
            continue;
        *p = '\0';
        rc = make_folder(copy, mode, e);
        *p = '/';
    }
    if (rc == 0)
        rc = make_folder(copy, mode, e);
    free(copy);
    return rc;
}

static int remove_at(int parent, const char *name, int depth, struct err *e);

/* Removes what is in the folder `fd`, and closes it. */
static int empty_folder(int fd, const char *name, int depth, struct err *e)
{
    DIR *dir = fdopendir(fd);
    if (!dir) {
        int rc = err_errno(e, "cannot read the folder %s", name);
        close(fd);
        return rc;
    }
    int rc = 0;
    const struct dirent *entry;
    while (rc == 0 && (errno = 0, entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        rc = remove_at(dirfd(dir), entry->d_name, depth + 1, e);
    }
    if (rc == 0 && errno != 0)
        rc = err_errno(e, "cannot read the folder %s", name);
    closedir(dir);
    return rc;
}

/* A name is unlinked first and opened as a folder only when that shows it to be one, and never
 * through a link, so whoever swaps names meanwhile cannot lead us out of the tree. */
static int remove_at(int parent, const char *name, int depth, struct err *e)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return err_errno(e, "cannot remove %s", name);
    if (depth > TREE_DEPTH)
        return err_set(e, ERR_LIMIT, "cannot remove %s: nested deeper than %d folders", name,
                       TREE_DEPTH);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : err_errno(e, "cannot open the folder %s", name);
    struct stat st;
    if (fstat(fd, &st) == 0 && (st.st_mode & S_IRWXU) != S_IRWXU)
        (void)!fchmod(fd, 0700); /* a folder that was made read-only; unlinkat tells if it failed */
    if (empty_folder(fd, name, depth, e) != 0)
        return -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return err_errno(e, "cannot remove the folder %s", name);
    return 0;
}

int io_remove_tree(const char *path, struct err *e)
{
    if (remove_at(AT_FDCWD, path, 0, e) != 0)
        return err_wrap(e, "%s", path);
    return 0;
}

int io_lock(const char *path, struct err *e)
{
    int fd = open_retry(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0)
        return err_errno(e, "cannot open %s", path);
    int rc;
    do {
        rc = flock(fd, LOCK_EX | LOCK_NB);
    } while (rc != 0 && errno == EINTR);
    if (rc == 0)
        return fd;
    if (errno == EWOULDBLOCK)
        err_set(e, ERR_CONFLICT, "%s is locked by another process", path);
    else
        err_errno(e, "cannot lock %s", path);
    close(fd);
    return -1;
}

int io_set_nonblock(int fd, struct err *e)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return err_errno(e, "cannot make descriptor %d non-blocking", fd);
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **io_list(const char *path, struct err *e)
{
    DIR *dir = opendir(path);
    if (!dir && errno == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "cannot open %s: there is no such folder", path), NULL;
    if (!dir)
        return err_errno(e, "cannot open the folder %s", path), NULL;
    size_t count = 0, cap = 16;
    char **names = xreallocarray(NULL, cap, sizeof(*names));
    const struct dirent *entry;
    while ((errno = 0, entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (count + 1 == cap)
            names = xreallocarray(names, cap *= 2, sizeof(*names));
        names[count++] = xstrdup(entry->d_name);
    }
    names[count] = NULL;
    if (errno != 0) {
        err_errno(e, "cannot read the folder %s", path);
        io_list_free(names);
        names = NULL;
    } else {
        qsort(names, count, sizeof(*names), compare_names);
    }
    closedir(dir);
    return names;
}

void io_list_free(char **names)
{
    if (!names)
        return;
    for (char **name = names; *name; name++)
        free(*name);
    free(names);
}
