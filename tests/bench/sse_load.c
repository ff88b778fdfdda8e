/*
 * Thousands of viewers of one Server-Sent Events stream, in one thread with one epoll.
 *
 *     sse_load [--return] PORT PATH VIEWERS [HEADER ...]
 *
 * connects them (a few hundred at a time, to 127.0.0.1), prints one line when all have their
 * answer, and goes on reading and counting. With --return a viewer whose stream ends comes back
 * after the time that its server asked for, with its last id. On stdin it takes
 *
 *     start      counts from nothing
 *     report     prints what was counted since
 *     quit       resets all connections and ends
 *
 * Everything printed is one JSON object a line. Reading costs the same for every server that is
 * measured, and the counting is checked by `scripts/bench self`.
 */
#include "json.h"
#include "sse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTING_MOST = 256, READ_MOST = 128 * 1024, EVENTS_MOST = 512, RETURN_EVERY_MS = 10 };

struct viewer {
    int fd; /* -1: not connected, or closed */
    bool sent;
    int64_t due_us; /* when it comes back; 0: it is here, or gone for good */
    struct sse sse;
};

struct load {
    int epoll, port;
    size_t count;    /* of viewers */
    size_t begun;    /* connects begun */
    size_t answered; /* have status 200 */
    size_t refused;  /* have another status, or no answer */
    size_t lost;     /* ended after their answer */
    size_t away;     /* of those, will come back, or have come and are not answered yet */
    bool announced, over, returns;
    const char *path;
    struct strbuf request, headers;
    struct viewer *viewers;
    struct sse_counts counts;
    char *buffer;
    int64_t began_us;
};

static void viewer_end(struct load *l, struct viewer *v)
{
    bool again = l->returns && l->announced;
    if (v->sse.status == 200)
        l->lost++;
    else
        l->refused += !again;
    close(v->fd);
    v->fd = -1;
    if (!again)
        return;
    l->away += v->sse.status == 200;
    v->sent = false;
    v->due_us = clock_mono_us() + 1000 * (int64_t)(v->sse.retry_ms ? v->sse.retry_ms : 1000);
}

static void viewer_connect(struct load *l, struct viewer *v)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)l->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event ev = {.events = EPOLLOUT, .data.ptr = v};
    v->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (v->fd < 0)
        die("a viewer: %s (is the limit of open files high enough?)", strerror(errno));
    if (connect(v->fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
        die("cannot connect to port %d: %s", l->port, strerror(errno));
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, v->fd, &ev))
        die("epoll: %s", strerror(errno));
}

static void viewer_begin(struct load *l, struct viewer *v)
{
    sse_init(&v->sse);
    viewer_connect(l, v);
    l->begun++;
}

/* Those whose time has come, a few hundred at a time. */
static void viewers_return(struct load *l)
{
    int64_t now = clock_mono_us();
    int begun = 0;
    for (size_t i = 0; i < l->count && begun < CONNECTING_MOST; i++) {
        struct viewer *v = &l->viewers[i];
        if (!v->due_us || v->due_us > now)
            continue;
        v->due_us = 0;
        sse_again(&v->sse);
        viewer_connect(l, v);
        begun++;
    }
}

static void make_request(struct load *l, const struct viewer *v)
{
    struct strbuf headers = STRBUF_INIT;
    strbuf_addf(&headers, "%s", l->headers.buf);
    if (v->sse.id[0])
        strbuf_addf(&headers, "Last-Event-ID: %s\r\n", v->sse.id);
    strbuf_reset(&l->request);
    sse_request(&l->request, l->path, headers.buf);
    strbuf_release(&headers);
}

static void viewer_send(struct load *l, struct viewer *v)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = v};
    make_request(l, v);
    ssize_t n = send(v->fd, l->request.buf, l->request.len, MSG_NOSIGNAL);
    if (n != (ssize_t)l->request.len) {
        viewer_end(l, v);
        return;
    }
    v->sent = true;
    if (epoll_ctl(l->epoll, EPOLL_CTL_MOD, v->fd, &ev))
        die("epoll: %s", strerror(errno));
}

static void viewer_read(struct load *l, struct viewer *v)
{
    struct err e;
    ssize_t n = recv(v->fd, l->buffer, READ_MOST, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        viewer_end(l, v);
        return;
    }
    int before = v->sse.status;
    if (sse_feed(&v->sse, l->buffer, (size_t)n, clock_mono_us(), &l->counts, &e))
        die("a viewer read what it cannot: %s", e.text);
    if (!before && v->sse.status == 200 && l->announced)
        l->away--;
    else if (!before && v->sse.status == 200)
        l->answered++;
    if (v->sse.status != 200 || v->sse.state == SSE_END)
        viewer_end(l, v);
}

static void say(struct strbuf *line)
{
    strbuf_addc(line, '\n');
    if (write(STDOUT_FILENO, line->buf, line->len) != (ssize_t)line->len)
        die("cannot write the report");
    strbuf_release(line);
}

static void announce(struct load *l)
{
    struct strbuf line = STRBUF_INIT;
    l->announced = true;
    strbuf_addf(&line, "{\"said\":\"open\",\"viewers\":%zu,\"refused\":%zu,\"ms\":%lld}",
                l->answered, l->refused, (long long)((clock_mono_us() - l->began_us) / 1000));
    say(&line);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void report(struct load *l)
{
    const struct sse_counts *c = &l->counts;
    struct strbuf line = STRBUF_INIT;
    int64_t least = INT64_MAX, most = -1;
    for (size_t i = 0; i < l->count; i++) {
        if (l->viewers[i].fd >= 0) {
            least = MIN(least, l->viewers[i].sse.seq);
            most = MAX(most, l->viewers[i].sse.seq);
        }
    }
    strbuf_addf(&line, "{\"said\":\"report\",\"viewers\":%zu,\"lost\":%zu,\"away\":%zu,",
                l->answered, l->lost, l->away);
    strbuf_addf(&line, "\"events\":%llu,", (unsigned long long)c->events);
    strbuf_addf(&line, "\"messages\":%llu,\"bytes\":%llu,\"missing\":%llu,\"repeated\":%llu,",
                (unsigned long long)c->messages, (unsigned long long)c->bytes,
                (unsigned long long)c->missing, (unsigned long long)c->repeated);
    strbuf_addf(&line, "\"least\":%lld,\"most\":%lld,\"last_us\":%lld,\"cpu_s\":%.3f,",
                (long long)(least == INT64_MAX ? -1 : least), (long long)most,
                (long long)c->last_us, cpu_seconds());
    strbuf_addf(&line, "\"p50_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld}",
                (long long)histogram_at(&c->latency, 0.5),
                (long long)histogram_at(&c->latency, 0.99), (long long)c->latency.most);
    say(&line);
}

static void command(struct load *l)
{
    static char line[256];
    if (!fgets(line, sizeof(line), stdin) || !strcmp(line, "quit\n")) {
        l->over = true;
    } else if (!strcmp(line, "start\n")) {
        memset(&l->counts, 0, sizeof(l->counts));
        report(l);
    } else if (!strcmp(line, "report\n")) {
        report(l);
    } else {
        die("no such command: %s", line);
    }
}

static void turn(struct load *l)
{
    struct epoll_event events[EVENTS_MOST];
    while (l->begun < l->count && l->begun - l->answered - l->refused < CONNECTING_MOST)
        viewer_begin(l, &l->viewers[l->begun]);
    if (l->away)
        viewers_return(l);
    int n = epoll_wait(l->epoll, events, EVENTS_MOST, l->away ? RETURN_EVERY_MS : -1);
    for (int i = 0; i < n; i++) {
        struct viewer *v = events[i].data.ptr;
        if (!v)
            command(l);
        else if (!v->sent)
            viewer_send(l, v);
        else if (v->fd >= 0)
            viewer_read(l, v);
    }
    if (!l->announced && l->answered + l->refused == l->count)
        announce(l);
}

/* A reset, not an end: thousands of sockets in TIME_WAIT would be in the next measurement's way. */
static void release(struct load *l)
{
    struct linger none = {.l_onoff = 1, .l_linger = 0};
    for (size_t i = 0; i < l->begun; i++) {
        if (l->viewers[i].fd >= 0) {
            setsockopt(l->viewers[i].fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
            close(l->viewers[i].fd);
        }
        sse_release(&l->viewers[i].sse);
    }
    free(l->viewers);
    free(l->buffer);
    strbuf_release(&l->request);
    strbuf_release(&l->headers);
}

static void raise_limit(size_t wanted)
{
    struct rlimit r;
    getrlimit(RLIMIT_NOFILE, &r);
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    if (r.rlim_cur < wanted)
        die("%zu viewers need more open files than the limit of %llu", wanted,
            (unsigned long long)r.rlim_cur);
}

int main(int argc, char **argv)
{
    int64_t port = 0, count = 0;
    bool returns = argc > 1 && !strcmp(argv[1], "--return");
    argc -= returns;
    argv += returns;
    if (argc < 4 || !parse_int64(argv[1], strlen(argv[1]), &port) ||
        !parse_int64(argv[3], strlen(argv[3]), &count) || port < 1 || port > 65535 || count < 1)
        die("usage: sse_load [--return] PORT PATH VIEWERS [HEADER ...]");
    struct load l = {.port = (int)port,
                     .path = argv[2],
                     .count = (size_t)count,
                     .returns = returns,
                     .began_us = clock_mono_us()};
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL};
    strbuf_init(&l.request);
    strbuf_init(&l.headers);
    for (int i = 4; i < argc; i++)
        strbuf_addf(&l.headers, "%s\r\n", argv[i]);
    raise_limit(l.count + 16);
    setvbuf(stdin, NULL, _IONBF, 0);
    l.viewers = xcalloc(l.count, sizeof(*l.viewers));
    l.buffer = xmalloc(READ_MOST);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (l.epoll < 0 || epoll_ctl(l.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &ev))
        die("epoll: %s", strerror(errno));
    while (!l.over)
        turn(&l);
    release(&l);
    close(l.epoll);
    return 0;
}
