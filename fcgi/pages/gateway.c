#include "gateway.h"

#include "gateway_head.h"
#include "io.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcgios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    HEAD_CAP = 64 * 1024,
    HEAD_MS = 5000, /* until the head must have arrived */
    LAST_MS = 1000, /* until heads still to come must have arrived, once told to stop */
    WAITING_MAX = 64,
    READ_S = 10,  /* between two pieces of a body */
    WRITE_S = 60, /* that a peer may take to make room */
    DRAIN_MAX = 64 * 1024 * 1024,
};

/* A connection whose head has not arrived. */
struct waiting {
    int fd;
    int64_t until;
};

struct gateway {
    bool cgi, served;
    int listen_fd, epoll_fd;
    int first_ms;
    bool leaving;     /* told to stop */
    bool open;        /* a request is at hand */
    bool failed;      /* the peer takes no more */
    bool body_failed; /* the peer sends no more, though it said that it would */
    FCGX_Request request;
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count;
    unsigned char *peek; /* HEAD_CAP bytes */
};

extern char **environ;

/* In place of libfcgi's own, which take an interruption for a broken connection: on a socket with a
 * time limit whoever has been stopped for a moment is interrupted. */
int OS_Read(int fd, char *buf, size_t len)
{
    ssize_t n;
    do {
        n = read(fd, buf, len);
    } while (n < 0 && errno == EINTR);
    return (int)n;
}

int OS_Write(int fd, char *buf, size_t len)
{
    ssize_t n;
    do {
        n = write(fd, buf, len);
    } while (n < 0 && errno == EINTR);
    return (int)n;
}

struct gateway *gateway_cgi(void)
{
    struct gateway *g = xcalloc(1, sizeof(*g));
    g->cgi = true;
    g->listen_fd = g->epoll_fd = -1;
    return g;
}

struct gateway *gateway_fastcgi(int listen_fd, int first_ms, struct err *e)
{
    struct gateway *g = gateway_cgi();
    g->cgi = false;
    g->listen_fd = listen_fd;
    g->first_ms = first_ms;
    g->peek = xmalloc(HEAD_CAP);
    if (FCGX_Init() != 0 || FCGX_InitRequest(&g->request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        err_set(e, ERR_INTERNAL, "cannot initialise libfcgi");
        goto fail;
    }
    if (io_set_nonblock(listen_fd, e) != 0)
        goto fail;
    g->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listen_fd};
    if (g->epoll_fd < 0 || epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, listen_fd, &ev) != 0) {
        err_errno(e, "cannot watch the listening socket");
        goto fail;
    }
    return g;
fail:
    gateway_free(g);
    return NULL;
}

void gateway_free(struct gateway *g)
{
    if (!g)
        return;
    gateway_finish(g);
    for (size_t i = 0; i < g->waiting_count; i++)
        close(g->waiting[i].fd);
    if (g->epoll_fd >= 0)
        close(g->epoll_fd);
    free(g->peek);
    free(g);
}

static enum gateway_head look(struct gateway *g, int fd)
{
    ssize_t n = recv(fd, g->peek, HEAD_CAP, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? GATEWAY_HEAD_MORE : GATEWAY_HEAD_BAD;
    if (n == 0)
        return GATEWAY_HEAD_BAD;
    return gateway_head_look(g->peek, (size_t)n, HEAD_CAP);
}

/* Hands the connection to libfcgi, which takes a descriptor that it finds as one kept open. */
static bool take(struct gateway *g, int fd)
{
    g->request.ipcFd = fd;
    g->request.keepConnection = 1;
    if (FCGX_Accept_r(&g->request) != 0) {
        g->request.ipcFd = -1;
        return false;
    }
    g->open = true;
    g->failed = g->body_failed = false;
    return true;
}

static void waiting_drop(struct gateway *g, size_t i)
{
    g->waiting[i] = g->waiting[--g->waiting_count];
}

static void waiting_close(struct gateway *g, size_t i)
{
    close(g->waiting[i].fd);
    waiting_drop(g, i);
}

static void waiting_add(struct gateway *g, int fd)
{
    if (g->waiting_count == WAITING_MAX) {
        size_t oldest = 0;
        for (size_t i = 1; i < g->waiting_count; i++) {
            if (g->waiting[i].until < g->waiting[oldest].until)
                oldest = i;
        }
        waiting_close(g, oldest);
    }
    /* Edge-triggered: what has been looked at in vain wakes nobody. */
    struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd};
    if (epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0) {
        close(fd);
        return;
    }
    g->waiting[g->waiting_count++] = (struct waiting){.fd = fd, .until = clock_mono_ms() + HEAD_MS};
}

/* A fresh connection: nearly always its head is here already, or is a moment away. */
static bool welcome(struct gateway *g, int fd)
{
    struct timeval in = {.tv_sec = READ_S}, out = {.tv_sec = WRITE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof(out));
    enum gateway_head head = look(g, fd);
    if (head == GATEWAY_HEAD_MORE) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, g->first_ms) > 0)
            head = look(g, fd);
    }
    if (head == GATEWAY_HEAD_READY)
        return take(g, fd);
    if (head == GATEWAY_HEAD_BAD)
        close(fd);
    else
        waiting_add(g, fd);
    return false;
}

static bool more_arrived(struct gateway *g, int fd)
{
    for (size_t i = 0; i < g->waiting_count; i++) {
        if (g->waiting[i].fd != fd)
            continue;
        switch (look(g, fd)) {
        case GATEWAY_HEAD_MORE:
            return false;
        case GATEWAY_HEAD_BAD:
            waiting_close(g, i);
            return false;
        case GATEWAY_HEAD_READY:
            waiting_drop(g, i);
            epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
            return take(g, fd);
        }
    }
    return false;
}

/* Ends what has waited too long; returns milliseconds until the next is due, -1 for none. A head
 * that came while another request was served stays: epoll is about to tell of it. */
static int expire(struct gateway *g)
{
    int64_t now = clock_mono_ms(), next = -1;
    for (size_t i = g->waiting_count; i-- > 0;) {
        int64_t left = g->waiting[i].until - now;
        if (left > 0)
            next = next < 0 ? left : MIN(left, next);
        else if (look(g, g->waiting[i].fd) != GATEWAY_HEAD_READY)
            waiting_close(g, i);
    }
    return (int)next;
}

/* Takes no more connections: whoever comes next finds them. Those that have been taken would be
 * lost, so their heads are waited for a moment longer. */
static void leave(struct gateway *g)
{
    if (g->leaving)
        return;
    int64_t last = clock_mono_ms() + LAST_MS;
    g->leaving = true;
    epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, g->listen_fd, NULL);
    for (size_t i = 0; i < g->waiting_count; i++)
        g->waiting[i].until = MIN(g->waiting[i].until, last);
}

int gateway_accept(struct gateway *g, const volatile sig_atomic_t *stop, struct err *e)
{
    sigset_t none;
    sigemptyset(&none);
    gateway_finish(g);
    if (g->cgi) {
        g->open = !g->served;
        g->served = true;
        return g->open ? 1 : 0;
    }
    for (;;) {
        struct epoll_event ev;
        if (*stop)
            leave(g);
        int next = expire(g);
        if (*stop && g->waiting_count == 0)
            return 0;
        int n = epoll_pwait(g->epoll_fd, &ev, 1, next, &none);
        if (n < 0 && errno != EINTR)
            return err_errno(e, "cannot wait for requests");
        if (n <= 0)
            continue;
        if (ev.data.fd != g->listen_fd) {
            if (more_arrived(g, ev.data.fd))
                return 1;
            continue;
        }
        int fd = accept4(g->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0 && welcome(g, fd))
            return 1;
        if (fd < 0 && (errno == EBADF || errno == EINVAL || errno == ENOTSOCK))
            return err_errno(e, "cannot accept");
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
            poll(NULL, 0, 100);
    }
}

const char *gateway_param(const struct gateway *g, const char *name)
{
    if (!g->open)
        return NULL;
    return FCGX_GetParam(name, g->cgi ? environ : g->request.envp);
}

ssize_t gateway_read(struct gateway *g, void *buf, size_t len)
{
    if (g->cgi) {
        ssize_t n;
        do {
            n = read(STDIN_FILENO, buf, len);
        } while (n < 0 && errno == EINTR);
        return n;
    }
    int n = FCGX_GetStr(buf, (int)MIN(len, (size_t)1 << 20), g->request.in);
    if (n == 0 && FCGX_GetError(g->request.in) != 0) {
        g->body_failed = true;
        return -1;
    }
    return n;
}

int gateway_write(struct gateway *g, const void *data, size_t len)
{
    if (g->failed)
        return -1;
    if (g->cgi) {
        g->failed = io_write_all(STDOUT_FILENO, data, len, NULL) != 0;
        return g->failed ? -1 : 0;
    }
    for (const char *at = data; len > 0;) {
        size_t part = MIN(len, (size_t)1 << 20);
        if (FCGX_PutStr(at, (int)part, g->request.out) != (int)part) {
            g->failed = true;
            return -1;
        }
        at += part;
        len -= part;
    }
    return 0;
}

int gateway_flush(struct gateway *g)
{
    if (!g->cgi && !g->failed && FCGX_FFlush(g->request.out) != 0)
        g->failed = true;
    return g->failed ? -1 : 0;
}

bool gateway_hung_up(const struct gateway *g)
{
    struct pollfd p = {.fd = g->cgi ? STDOUT_FILENO : g->request.ipcFd, .events = POLLRDHUP};
    if (g->failed)
        return true;
    return g->open && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

void gateway_set_patience(const struct gateway *g, int seconds)
{
    struct timeval in = {.tv_sec = seconds};
    if (!g->cgi)
        setsockopt(g->request.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &in, sizeof(in));
}

/* Behind the answer: whoever has it hangs up, and until then is listened to. A peer that is still
 * sending its body would take our close for a failure. */
static void drain_raw(struct gateway *g, int fd)
{
    shutdown(fd, SHUT_WR);
    for (size_t total = 0; total < DRAIN_MAX;) {
        ssize_t n = recv(fd, g->peek, HEAD_CAP, 0);
        if (n == 0 || (n < 0 && errno != EINTR))
            return;
        total += n > 0 ? (size_t)n : 0;
    }
}

/* The same before the answer. */
static void drain(struct gateway *g)
{
    char trash[16384];
    for (size_t total = 0; total < DRAIN_MAX && !g->failed && !g->body_failed;) {
        ssize_t n = gateway_read(g, trash, sizeof(trash));
        if (n <= 0)
            return;
        total += (size_t)n;
    }
}

void gateway_finish(struct gateway *g)
{
    if (!g->open)
        return;
    if (!g->cgi) {
        bool streamed = gateway_param(g, GATEWAY_HEAD_STREAMED) != NULL;
        gateway_set_patience(g, READ_S);
        if (!streamed)
            drain(g);
        /* libfcgi would linger on the connection until the peer closes it; we take it back. */
        int fd = g->request.ipcFd;
        g->request.keepConnection = 1;
        FCGX_Finish_r(&g->request);
        if (streamed && g->request.ipcFd == fd && !g->failed)
            drain_raw(g, fd);
        if (g->request.ipcFd == fd)
            close(fd);
        g->request.ipcFd = -1;
    }
    g->open = false;
}
