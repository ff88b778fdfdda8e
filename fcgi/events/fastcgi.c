#include "fastcgi.h"

#include <string.h>

enum { VERSION = 1, RESPONDER = 1, BEGIN_LEN = 8, VALUES_MAX = 512, ANSWER_MAX = 1024 };

void fastcgi_init(struct fastcgi *f)
{
    *f = (struct fastcgi){0};
    strbuf_init(&f->params);
    strbuf_init(&f->answer);
}

void fastcgi_release(struct fastcgi *f)
{
    strbuf_release(&f->params);
    strbuf_release(&f->answer);
}

bool fastcgi_complete(const struct fastcgi *f)
{
    return f->begun && f->params_done && f->stdin_done && !f->aborted;
}

void fastcgi_put_header(unsigned char out[FASTCGI_HEADER], enum fastcgi_type type, uint16_t request,
                        uint16_t content)
{
    out[0] = VERSION;
    out[1] = (unsigned char)type;
    out[2] = (unsigned char)(request >> 8);
    out[3] = (unsigned char)(request & 255);
    out[4] = (unsigned char)(content >> 8);
    out[5] = (unsigned char)(content & 255);
    out[6] = out[7] = 0;
}

void fastcgi_put_end(unsigned char out[FASTCGI_END_LEN], uint16_t request)
{
    fastcgi_put_header(out, FASTCGI_END_REQUEST, request, FASTCGI_END_LEN - FASTCGI_HEADER);
    memset(out + FASTCGI_HEADER, 0, FASTCGI_END_LEN - FASTCGI_HEADER);
}

/* Appends a management record that answers a peer's question. */
static int answer(struct fastcgi *f, enum fastcgi_type type, const char *content, size_t len,
                  struct err *e)
{
    unsigned char header[FASTCGI_HEADER];
    if (f->answer.len > ANSWER_MAX)
        return err_set(e, ERR_LIMIT, "too many management records");
    fastcgi_put_header(header, type, 0, (uint16_t)len);
    strbuf_add(&f->answer, header, sizeof(header));
    strbuf_add(&f->answer, content, len);
    return 0;
}

/* FCGI_GET_VALUES asks for names; of them we tell whether requests may share a connection. */
static int answer_values(struct fastcgi *f, struct err *e)
{
    static const char values[] = "\x0f\x01"
                                 "FCGI_MPXS_CONNS"
                                 "0";
    return answer(f, FASTCGI_GET_VALUES_RESULT, values, sizeof(values) - 1, e);
}

/* Such a record speaks of the connection, whatever its type looks like. */
static bool is_management(const struct fastcgi *f)
{
    return f->header[2] == 0 && f->header[3] == 0;
}

/* A header is complete: is this record fit to come now? */
static int begin_record(struct fastcgi *f, struct err *e)
{
    const unsigned char *h = f->header;
    uint16_t request = (uint16_t)(h[2] << 8 | h[3]);
    f->content = (uint16_t)(h[4] << 8 | h[5]);
    f->padding = h[6];
    if (h[0] != VERSION)
        return err_set(e, ERR_INVALID, "not FastCGI version 1");
    if (is_management(f)) {
        if (f->content > VALUES_MAX)
            return err_set(e, ERR_LIMIT, "a management record of %u bytes", f->content);
        return 0;
    }
    if (h[1] == FASTCGI_BEGIN_REQUEST) {
        if (f->begun || f->content != BEGIN_LEN)
            return err_set(e, ERR_INVALID,
                           f->begun ? "a second request on one connection"
                                    : "a bad FCGI_BEGIN_REQUEST");
        f->begun = true;
        f->request = request;
        return 0;
    }
    if (!f->begun || request != f->request)
        return err_set(e, ERR_INVALID, "a record of a request that has not begun");
    if (h[1] == FASTCGI_PARAMS) {
        if (f->params_done)
            return err_set(e, ERR_INVALID, "parameters behind their end");
        f->params_done = f->content == 0;
        f->too_large |= f->params.len + f->content > FASTCGI_PARAMS_MAX;
        if (f->too_large)
            strbuf_release(&f->params);
    } else if (h[1] == FASTCGI_STDIN) {
        f->stdin_done = f->content == 0;
    } else if (h[1] == FASTCGI_ABORT_REQUEST) {
        f->aborted = true;
    }
    return 0;
}

static int read_content(struct fastcgi *f, const char *data, size_t len, struct err *e)
{
    if (is_management(f))
        return 0;
    if (f->header[1] == FASTCGI_PARAMS) {
        if (!f->too_large)
            strbuf_add(&f->params, data, len);
    } else if (f->header[1] == FASTCGI_BEGIN_REQUEST) {
        for (size_t i = 0; i < len; i++, f->begin_len++)
            if ((f->begin_len == 0 && data[i] != 0) || (f->begin_len == 1 && data[i] != RESPONDER))
                return err_set(e, ERR_INVALID, "a role that is not the responder's");
    }
    return 0;
}

static int end_record(struct fastcgi *f, struct err *e)
{
    unsigned char type = f->header[1];
    f->header_len = 0;
    if (!is_management(f))
        return 0;
    if (type == FASTCGI_GET_VALUES)
        return answer_values(f, e);
    char unknown[8] = {(char)type};
    return answer(f, FASTCGI_UNKNOWN_TYPE, unknown, sizeof(unknown), e);
}

int fastcgi_feed(struct fastcgi *f, const char *data, size_t len, struct err *e)
{
    while (len > 0) {
        size_t take;
        if (f->header_len < FASTCGI_HEADER) {
            f->header[f->header_len++] = (unsigned char)*data;
            take = 1;
            if (f->header_len == FASTCGI_HEADER && begin_record(f, e) != 0)
                return -1;
        } else if (f->content > 0) {
            take = MIN(len, f->content);
            if (read_content(f, data, take, e) != 0)
                return -1;
            f->content = (uint16_t)(f->content - take);
        } else {
            take = MIN(len, f->padding);
            f->padding = (uint8_t)(f->padding - take);
        }
        data += take;
        len -= take;
        if (f->header_len == FASTCGI_HEADER && !f->content && !f->padding && end_record(f, e) != 0)
            return -1;
    }
    return 0;
}

/* A length is one byte, or four of which the first has its highest bit set. */
static bool read_length(const struct strbuf *params, size_t *at, size_t *len)
{
    const unsigned char *p = (const unsigned char *)params->buf + *at;
    size_t left = params->len - *at;
    if (left >= 1 && p[0] < 128) {
        *len = p[0];
        *at += 1;
        return true;
    }
    if (left < 4)
        return false;
    *len = (size_t)(p[0] & 127) << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    *at += 4;
    return true;
}

int fastcgi_next_param(const struct fastcgi *f, size_t *at, const char **name, size_t *name_len,
                       const char **value, size_t *value_len)
{
    if (*at >= f->params.len)
        return 0;
    if (!read_length(&f->params, at, name_len) || !read_length(&f->params, at, value_len))
        return -1;
    size_t left = f->params.len - *at;
    if (*name_len > left || *value_len > left - *name_len)
        return -1;
    *name = f->params.buf + *at;
    *value = *name + *name_len;
    *at += *name_len + *value_len;
    return 1;
}
