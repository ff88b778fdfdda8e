#include "client.h"

#include "auth.h"
#include "clients.h"
#include "join.h"
#include "json.h"
#include "log.h"
#include "stream.h"
#include "wait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUND_BYTES = 256 * 1024 };

static void on_io(void *arg, int events);

struct client *client_new(struct hub *h, int fd)
{
    struct client *c = xcalloc(1, sizeof(*c));
    c->hub = h;
    c->fd = fd;
    c->arrived_at = loop_now(h->loop);
    fastcgi_init(&c->in);
    c->io = loop_io_new(h->loop, fd, LOOP_READ, on_io, c);
    return c;
}

void client_free(struct client *c)
{
    stream_close(c);
    wait_leave(c);
    auth_leave(c);
    list_remove(&c->of_phase);
    list_remove(&c->of_many);
    list_remove(&c->dirty);
    out_rest_free(c->rest);
    frame_unref(c->answer);
    fastcgi_release(&c->in);
    free(c->request);
    free(c->refusal);
    loop_io_free(c->io);
    close(c->fd);
    free(c);
}

void client_kill(struct client *c)
{
    if (c->state == CLIENT_DEAD)
        return;
    c->state = CLIENT_DEAD;
    loop_io_set(c->io, 0);
    clients_bury(c->hub->clients, c);
}

void client_dirty(struct client *c)
{
    if (c->state != CLIENT_DEAD && !c->rest && !list_linked(&c->dirty))
        clients_mark(c->hub->clients, c);
}

/* -- reading -- */

static void read_request(struct client *c, const char *data, size_t len)
{
    struct err e = {0};
    if (fastcgi_feed(&c->in, data, len, &e) != 0) {
        log_debug("hanging up on a peer: %s", e.text);
        client_kill(c);
        return;
    }
    if (c->in.aborted) {
        client_kill(c);
        return;
    }
    if (c->in.answer.len)
        client_dirty(c);
    if (c->state == CLIENT_READING && fastcgi_complete(&c->in)) {
        join_begin(c);
        if (c->state != CLIENT_READING)
            strbuf_release(&c->in.params);
    }
}

static void on_readable(struct client *c)
{
    char data[4096];
    ssize_t got = recv(c->fd, data, sizeof(data), MSG_DONTWAIT);
    if (got > 0)
        read_request(c, data, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        client_kill(c);
}

/* -- writing -- */

static void on_full(struct client *c, struct out_rest *rest)
{
    c->rest = rest;
    c->moved_at = loop_now(c->hub->loop);
    c->hub->stats.stalls++;
    list_remove(&c->dirty);
    loop_io_set(c->io, LOOP_READ | LOOP_WRITE);
}

/* Goes on with what did not fit before. True when it has gone out. */
static bool resume(struct client *c)
{
    size_t sent = 0;
    enum out_result result = out_resume(c->rest, c->fd, &sent);
    c->hub->stats.bytes_sent += (int64_t)sent;
    if (sent)
        c->moved_at = loop_now(c->hub->loop);
    if (result == OUT_FULL)
        return false;
    out_rest_free(c->rest);
    c->rest = NULL;
    loop_io_set(c->io, LOOP_READ);
    if (result == OUT_GONE || c->last)
        client_kill(c);
    return c->state != CLIENT_DEAD;
}

/* What is to be sent next: answers to management records, a response or a stretch of the stream,
 * the end. */
static void fill(struct client *c, struct out *o)
{
    if (c->in.answer.len && out_raw(o, c->in.answer.buf, c->in.answer.len))
        strbuf_release(&c->in.answer);
    if (c->answer)
        c->ending = out_one(o, c->answer);
    else if (c->state == CLIENT_STREAMING)
        stream_fill(c, o);
    if (c->ending) {
        out_end(o);
        c->last = true;
    }
}

void client_flush(struct client *c)
{
    struct out *o = clients_out(c->hub->clients);
    size_t sent = 0;
    while (c->state != CLIENT_DEAD) {
        struct out_rest *rest = NULL;
        out_begin(o, c->in.request);
        fill(c, o);
        if (out_is_empty(o) || c->state == CLIENT_DEAD)
            return;
        size_t before = sent;
        enum out_result result = out_push(o, c->fd, &sent, &rest);
        c->hub->stats.writes++;
        c->hub->stats.bytes_sent += (int64_t)(sent - before);
        if (result == OUT_FULL)
            on_full(c, rest);
        else if (result == OUT_GONE || c->last)
            client_kill(c);
        else if (sent > ROUND_BYTES)
            client_dirty(c);
        else
            continue;
        return;
    }
}

static void on_io(void *arg, int events)
{
    struct client *c = arg;
    if (events & LOOP_READ)
        on_readable(c);
    if ((events & LOOP_WRITE) && c->state != CLIENT_DEAD && c->rest && resume(c))
        client_dirty(c); /* what follows takes its turn among the others */
}

/* -- answers -- */

static const struct {
    int status;
    const char *title;
} titles[] = {
    {200, "OK"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const char *title_of(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    die("status %d has no title", status);
}

void client_answer(struct client *c, int status, const char *type, const char *extra,
                   const char *body, size_t len)
{
    if (c->state == CLIENT_DEAD || c->answer)
        return;
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "Status: %d %s\r\nCache-Control: no-store\r\n", status, title_of(status));
    if (type)
        strbuf_addf(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, len);
    strbuf_adds(&text, extra ? extra : "");
    strbuf_adds(&text, "\r\n");
    strbuf_add(&text, body, len);
    c->answer = frame_raw(&c->hub->frames, text.buf, text.len);
    strbuf_release(&text);
    c->state = CLIENT_ANSWERING;
    clients_settle(c->hub->clients, c);
    client_dirty(c);
}

void client_problem(struct client *c, int status, const struct err *e)
{
    static const struct {
        int status;
        const char *header;
    } extras[] = {
        {401, "WWW-Authenticate: Bearer realm=\"athanor\"\r\n"},
        {405, "Allow: GET\r\n"},
        {503, "Retry-After: 2\r\n"},
    };
    const char *extra = NULL;
    struct strbuf body = STRBUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(extras); i++)
        if (extras[i].status == status)
            extra = extras[i].header;
    strbuf_addf(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
                title_of(status), status);
    json_put_cstring(&body, e->text);
    if (e->field[0]) {
        strbuf_adds(&body, ",\"field\":");
        json_put_cstring(&body, e->field);
    }
    strbuf_adds(&body, "}");
    client_answer(c, status, "application/problem+json", extra, body.buf, body.len);
    strbuf_release(&body);
}

void client_end(struct client *c)
{
    c->ending = true;
    client_dirty(c);
}

char *client_param(const struct client *c, const char *name)
{
    const char *key, *value;
    size_t at = 0, key_len, value_len;
    while (fastcgi_next_param(&c->in, &at, &key, &key_len, &value, &value_len) == 1)
        if (key_len == strlen(name) && memcmp(key, name, key_len) == 0)
            return xstrndup(value, value_len);
    return NULL;
}
