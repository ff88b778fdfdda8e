/*
 * Publishing to nchan: HTTP/1.1 POSTs, pipelined on one connection over a unix socket. At most
 * UNANSWERED_MOST wait for their answer, so that a publisher that is too fast waits for the server.
 */
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { UNANSWERED_MOST = 2000 };

struct nchan {
    struct target base;
    int fd;
    char *channel;
    int64_t unanswered;
    struct strbuf out, in, text;
};

/* Counts the answers in what has arrived; keeps the rest. */
static int take_answers(struct nchan *n, struct err *e)
{
    char *end, *at = n->in.buf;
    while ((end = strstr(at, "\r\n\r\n"))) {
        if (strncmp(at, "HTTP/1.1 20", 11) != 0)
            return err_set(e, ERR_INVALID, "nchan refused: %.*s", (int)strcspn(at, "\r"), at);
        const char *length = strcasestr(at, "content-length:");
        size_t body = length && length < end ? (size_t)strtoul(length + 15, NULL, 10) : 0;
        if ((size_t)(n->in.buf + n->in.len - end) < 4 + body)
            break;
        at = end + 4 + body;
        n->unanswered--;
    }
    strbuf_consume(&n->in, (size_t)(at - n->in.buf));
    return 0;
}

static int read_answers(struct nchan *n, int flags, struct err *e)
{
    strbuf_grow(&n->in, 65536);
    ssize_t got = recv(n->fd, n->in.buf + n->in.len, 65535, flags);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got <= 0)
        return err_set(e, ERR_UNAVAILABLE, "nchan ended the connection");
    n->in.len += (size_t)got;
    n->in.buf[n->in.len] = '\0';
    return take_answers(n, e);
}

static int write_out(struct nchan *n, struct err *e)
{
    while (n->out.len) {
        ssize_t put = send(n->fd, n->out.buf, n->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0)
            strbuf_consume(&n->out, (size_t)put);
        else if (errno == EAGAIN && n->unanswered > 0 && read_answers(n, 0, e))
            return -1;
        else if (errno != EAGAIN && errno != EINTR)
            return err_errno(e, "cannot write to nchan");
    }
    return 0;
}

static int nchan_send(struct target *t, int64_t count, size_t size, struct err *e)
{
    struct nchan *n = (struct nchan *)t;
    for (int64_t i = 0; i < count; i++) {
        strbuf_reset(&n->text);
        target_text(&n->text, ++t->last, size);
        strbuf_addf(&n->out,
                    "POST /publish/%s HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\n"
                    "Content-Length: %zu\r\n\r\n",
                    n->channel, n->text.len);
        strbuf_add(&n->out, n->text.buf, n->text.len);
    }
    n->unanswered += count;
    if (write_out(n, e) || read_answers(n, MSG_DONTWAIT, e))
        return -1;
    while (n->unanswered > UNANSWERED_MOST) {
        if (read_answers(n, 0, e))
            return -1;
    }
    return 0;
}

static int nchan_flush(struct target *t, struct err *e)
{
    struct nchan *n = (struct nchan *)t;
    while (n->unanswered > 0) {
        if (read_answers(n, 0, e))
            return -1;
    }
    return 0;
}

static void nchan_free(struct target *t)
{
    struct nchan *n = (struct nchan *)t;
    close(n->fd);
    free(n->channel);
    strbuf_release(&n->out);
    strbuf_release(&n->in);
    strbuf_release(&n->text);
    free(n);
}

static const struct target_kind nchan_kind = {nchan_send, nchan_flush, nchan_free};

struct target *target_nchan(const char *socket_path, const char *channel, int64_t first,
                            struct err *e)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(socket_path) >= sizeof(to.sun_path)) {
        err_set(e, ERR_INVALID, "the path of the socket is too long");
        return NULL;
    }
    strcpy(to.sun_path, socket_path);
    struct nchan *n = xcalloc(1, sizeof(*n));
    n->base = (struct target){.kind = &nchan_kind, .last = first - 1};
    n->channel = xstrdup(channel);
    strbuf_init(&n->out);
    strbuf_init(&n->in);
    strbuf_init(&n->text);
    n->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (n->fd < 0 || connect(n->fd, (struct sockaddr *)&to, sizeof(to))) {
        err_errno(e, "cannot connect to %s", socket_path);
        nchan_free(&n->base);
        return NULL;
    }
    return &n->base;
}
