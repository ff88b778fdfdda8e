#include "response.h"

#include "problem.h"
#include "secret.h"

#include <string.h>

enum { ETAG_SIZE = 24 }; /* hexadecimal digits of the hash that stand in an ETag */

void response_init(struct response *rs)
{
    *rs = (struct response){.headers = STRBUF_INIT, .body = STRBUF_INIT};
}

void response_release(struct response *rs)
{
    strbuf_release(&rs->headers);
    strbuf_release(&rs->body);
}

void response_reset(struct response *rs, struct gateway *g, bool head_only)
{
    enum { KEEP = 1024 * 1024 };
    if (rs->body.cap > KEEP)
        strbuf_release(&rs->body);
    rs->gateway = g;
    rs->head_only = head_only;
    rs->started = rs->failed = false;
    response_restart(rs, 200);
}

void response_restart(struct response *rs, int status)
{
    rs->status = status;
    rs->type = NULL;
    strbuf_reset(&rs->headers);
    strbuf_reset(&rs->body);
}

void response_header(struct response *rs, const char *name, const char *value)
{
    strbuf_adds(&rs->headers, name);
    strbuf_adds(&rs->headers, ": ");
    size_t at = rs->headers.len;
    strbuf_adds(&rs->headers, value);
    for (; at < rs->headers.len; at++) {
        unsigned char c = (unsigned char)rs->headers.buf[at];
        if (c < 0x20 || c == 0x7F)
            rs->headers.buf[at] = ' ';
    }
    strbuf_adds(&rs->headers, "\r\n");
}

void response_headerf(struct response *rs, const char *name, const char *fmt, ...)
{
    struct strbuf value = STRBUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    strbuf_vaddf(&value, fmt, ap);
    va_end(ap);
    response_header(rs, name, value.buf);
    strbuf_release(&value);
}

void response_redirect(struct response *rs, const char *where)
{
    rs->status = 303;
    response_header(rs, "Location", where);
    response_header(rs, "Cache-Control", "no-store");
}

void response_etag(struct response *rs, const char *if_none_match)
{
    char hash[SECRET_HEX_SIZE], tag[ETAG_SIZE + 3];
    secret_hash(rs->body.buf, rs->body.len, hash);
    tag[0] = tag[ETAG_SIZE + 1] = '"';
    memcpy(tag + 1, hash, ETAG_SIZE);
    tag[ETAG_SIZE + 2] = '\0';
    response_header(rs, "ETag", tag);
    /* Weak comparison: a proxy that compressed the body has put W/ before the tag. */
    if (if_none_match && (strstr(if_none_match, tag) || strcmp(if_none_match, "*") == 0)) {
        rs->status = 304;
        strbuf_reset(&rs->body);
    }
}

static void send_head(struct response *rs, int64_t length)
{
    struct strbuf head = STRBUF_INIT;
    rs->started = true;
    if (!rs->gateway)
        return;
    strbuf_addf(&head, "Status: %d %s\r\n", rs->status, problem_title(rs->status));
    if (rs->type && rs->status != 304)
        strbuf_addf(&head, "Content-Type: %s\r\n", rs->type);
    if (length >= 0 && rs->status != 304)
        strbuf_addf(&head, "Content-Length: %lld\r\n", (long long)length);
    strbuf_add(&head, rs->headers.buf, rs->headers.len);
    strbuf_adds(&head, "\r\n");
    if (gateway_write(rs->gateway, head.buf, head.len) != 0)
        rs->failed = true;
    strbuf_release(&head);
}

void response_send(struct response *rs)
{
    if (rs->started)
        return;
    send_head(rs, (int64_t)rs->body.len);
    if (!rs->head_only && !rs->failed &&
        gateway_write(rs->gateway, rs->body.buf, rs->body.len) != 0)
        rs->failed = true;
}

void response_stream_begin(struct response *rs, int64_t length)
{
    send_head(rs, length);
}

int response_stream(struct response *rs, const void *data, size_t len)
{
    if (!rs->gateway)
        strbuf_add(&rs->body, data, len);
    if (rs->head_only || !rs->gateway)
        return 0;
    if (rs->failed || gateway_write(rs->gateway, data, len) != 0 || gateway_flush(rs->gateway) != 0)
        rs->failed = true;
    return rs->failed ? -1 : 0;
}
