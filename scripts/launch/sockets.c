#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int unix_address(const char *path, struct sockaddr_un *out, struct err *e)
{
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(out->sun_path))
        return err_set(e, ERR_LIMIT, "the socket's path is longer than %zu bytes: %s",
                       sizeof(out->sun_path) - 1, path);
    memcpy(out->sun_path, path, strlen(path) + 1);
    return 0;
}

int sockets_listen_unix(const char *path, struct err *e)
{
    struct sockaddr_un address;
    if (unix_address(path, &address, e) < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    (void)unlink(path);
    mode_t mask = umask(0117); /* so that there is no moment at which others can connect */
    int rc = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(mask);
    if (rc < 0 || listen(fd, SOCKETS_BACKLOG) < 0) {
        err_errno(e, "cannot listen on %s", path);
        close(fd);
        return -1;
    }
    return fd;
}

static int tcp_address(const char *where, struct sockaddr_in *out, struct err *e)
{
    char host[INET_ADDRSTRLEN];
    const char *colon = strrchr(where, ':');
    int64_t port;
    memset(out, 0, sizeof(*out));
    out->sin_family = AF_INET;
    if (!colon || (size_t)(colon - where) >= sizeof(host) ||
        !parse_int64(colon + 1, strlen(colon + 1), &port) || port < 1 || port > 65535)
        return err_set(e, ERR_INVALID, "\"%s\" is not ADDRESS:PORT", where);
    memcpy(host, where, (size_t)(colon - where));
    host[colon - where] = '\0';
    out->sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, host, &out->sin_addr) != 1)
        return err_set(e, ERR_INVALID, "\"%s\" is not an IPv4 address", host);
    return 0;
}

int sockets_listen_tcp(const char *where, struct err *e)
{
    struct sockaddr_in address;
    if (tcp_address(where, &address, e) < 0)
        return -1;
    /* nginx leaves an inherited socket as it is: a blocking accept, lost to another worker, would
     * freeze a whole worker until the next connection comes. */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    /* Old connections in TIME_WAIT must not keep a site from starting again. */
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, SOCKETS_BACKLOG) < 0) {
        if (errno == EADDRINUSE)
            err_set(e, ERR_CONFLICT, "%s is taken by another program", where);
        else
            err_errno(e, "cannot listen on %s", where);
        close(fd);
        return -1;
    }
    return fd;
}

bool sockets_accepts(const char *path)
{
    struct sockaddr_un address;
    if (unix_address(path, &address, NULL) < 0)
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool up = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EAGAIN;
    close(fd);
    return up;
}
