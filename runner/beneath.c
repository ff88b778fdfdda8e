#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRIES = 16 };

static int explain(int error, const char *path, struct err *e)
{
    switch (error) {
    case EXDEV:
        if (*path == '/')
            return err_set(e, ERR_INVALID,
                           "this is an absolute path; name it relative to the working folder");
        return err_set(e, ERR_INVALID, "this leads out of the working folder");
    case ELOOP:
        return err_set(e, ERR_INVALID, "this is, or leads through, a symbolic link");
    case ENOENT:
        return err_set(e, ERR_NOT_FOUND, "there is no such file in the working folder");
    case ENXIO:
        return err_set(e, ERR_INVALID, "this is no regular file");
    default:
        errno = error;
        return err_errno(e, "cannot open it");
    }
}

int beneath_open(int folder_fd, const char *path, struct err *e)
{
    struct open_how how = {
        .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    struct stat st;
    int fd, tries = 0;
    do { /* EAGAIN: something was renamed meanwhile, so the kernel could not be sure */
        fd = (int)syscall(SYS_openat2, folder_fd, path, &how, sizeof(how));
    } while (fd < 0 && (errno == EINTR || errno == EAGAIN) && ++tries < TRIES);
    if (fd < 0)
        return explain(errno, path, e);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_INVALID, "this is a folder; pack it into one file");
    return err_set(e, ERR_INVALID, "this is no regular file");
}
