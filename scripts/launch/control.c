#include "control.h"

#include "io.h"
#include "sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 16, LINE_MAX_BYTES = 256 };

struct client {
    struct control *control;
    int fd;        /* or -1: free */
    uint64_t came; /* its number among all that came */
    struct loop_io *io;
    struct strbuf line;
};

struct control {
    struct loop *loop;
    struct site *site;
    char *path;
    int fd;
    uint64_t came;
    struct loop_io *io;
    struct client clients[CLIENTS_MAX];
};

static void do_status(struct site *s, struct strbuf *answer)
{
    for (int i = 0; i < s->count; i++) {
        const struct program *p = &s->programs[i];
        strbuf_addf(answer, "%s %s %d %lld\n", p->spec->name, program_state_name(p), (int)p->pid,
                    (long long)p->starts);
    }
}

static void do_restart(struct program *p)
{
    if (p->pid > 0)
        (void)kill(p->pid, p->spec->stop_signal);
}

void control_do(struct site *s, const char *line, struct strbuf *answer)
{
    static const struct {
        const char *verb;
        void (*act)(struct program *p);
    } verbs[] = {{"start", program_start}, {"stop", program_stop}, {"restart", do_restart}};

    if (strcmp(line, "status") == 0) {
        do_status(s, answer);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        size_t len = strlen(verbs[i].verb);
        if (strncmp(line, verbs[i].verb, len) != 0 || line[len] != ' ')
            continue;
        struct program *p = site_find(s, line + len + 1);
        if (!p) {
            strbuf_addf(answer, "error: no program %s\n", line + len + 1);
        } else if (s->phase == SITE_ENDING) {
            strbuf_adds(answer, "error: the site is ending\n");
        } else {
            verbs[i].act(p);
            strbuf_adds(answer, "ok\n");
            site_update(s);
        }
        return;
    }
    strbuf_adds(answer, "error: say status, start NAME, stop NAME or restart NAME\n");
}

static void client_close(struct client *c)
{
    loop_io_free(c->io);
    close(c->fd);
    strbuf_release(&c->line);
    c->io = NULL;
    c->fd = -1;
}

static void on_client(void *arg, int events)
{
    (void)events;
    struct client *c = arg;
    char data[LINE_MAX_BYTES];
    ssize_t n = read(c->fd, data, sizeof(data));
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        strbuf_add(&c->line, data, (size_t)n);
    char *end = memchr(c->line.buf, '\n', c->line.len);
    if (end) {
        struct strbuf answer = STRBUF_INIT;
        *end = '\0';
        control_do(c->control->site, c->line.buf, &answer);
        /* It fits into an empty socket's buffer; who does not read it loses it. */
        (void)!send(c->fd, answer.buf, answer.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        strbuf_release(&answer);
    }
    if (end || n <= 0 || c->line.len >= LINE_MAX_BYTES)
        client_close(c);
}

/* A free place, or that of the one who has been silent for longest: who has something to say says
 * it at once. */
static struct client *find_slot(struct control *c)
{
    struct client *oldest = &c->clients[0];
    for (int i = 0; i < CLIENTS_MAX; i++) {
        struct client *slot = &c->clients[i];
        if (slot->fd < 0)
            return slot;
        if (slot->came < oldest->came)
            oldest = slot;
    }
    client_close(oldest);
    return oldest;
}

static void on_connection(void *arg, int events)
{
    (void)events;
    struct control *c = arg;
    int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    struct client *slot = find_slot(c);
    *slot = (struct client){.control = c, .fd = fd, .came = c->came++, .line = STRBUF_INIT};
    slot->io = loop_io_new(c->loop, fd, LOOP_READ, on_client, slot);
}

struct control *control_new(struct loop *l, struct site *s, const char *path, struct err *e)
{
    int fd = sockets_listen_unix(path, e);
    if (fd < 0)
        return NULL;
    if (chmod(path, 0600) < 0 || io_set_nonblock(fd, e) < 0) {
        close(fd);
        return NULL;
    }
    struct control *c = xcalloc(1, sizeof(*c));
    c->loop = l;
    c->site = s;
    c->path = xstrdup(path);
    c->fd = fd;
    for (int i = 0; i < CLIENTS_MAX; i++)
        c->clients[i].fd = -1;
    c->io = loop_io_new(l, fd, LOOP_READ, on_connection, c);
    return c;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        if (c->clients[i].fd >= 0)
            client_close(&c->clients[i]);
    }
    loop_io_free(c->io);
    close(c->fd);
    (void)unlink(c->path);
    free(c->path);
    free(c);
}

int control_ask(const char *path, const char *line, struct strbuf *answer, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return err_set(e, ERR_LIMIT, "the socket's path is too long: %s", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int rc = -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        err_errno(e, "no launcher answers at %s", path);
        goto out;
    }
    if (io_write_all(fd, line, strlen(line), e) < 0 || io_write_all(fd, "\n", 1, e) < 0)
        goto out;
    char data[4096];
    ssize_t n;
    while ((n = read(fd, data, sizeof(data))) > 0)
        strbuf_add(answer, data, (size_t)n);
    rc = n < 0 ? err_errno(e, "no answer from %s", path) : 0;
out:
    if (fd >= 0)
        close(fd);
    return rc;
}
