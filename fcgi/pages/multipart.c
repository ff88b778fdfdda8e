#include "multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MAX = 8 * 1024 };

static int read_boundary(const char *type, char out[MULTIPART_BOUNDARY + 1])
{
    static const char kind[] = "multipart/form-data", key[] = "boundary=";
    if (!type || strncasecmp(type, kind, sizeof(kind) - 1) != 0)
        return -1;
    const char *at = strcasestr(type, key);
    if (!at)
        return -1;
    at += sizeof(key) - 1;
    bool quoted = *at == '"';
    at += quoted;
    size_t len = strcspn(at, quoted ? "\"" : "; \t\r\n");
    if (len == 0 || len > MULTIPART_BOUNDARY)
        return -1;
    memcpy(out, at, len);
    out[len] = '\0';
    return 0;
}

int multipart_init(struct multipart *m, const char *type,
                   ssize_t (*read)(void *arg, void *buf, size_t len), void *arg, struct err *e)
{
    char boundary[MULTIPART_BOUNDARY + 1];
    *m = (struct multipart){.read = read, .arg = arg};
    if (read_boundary(type, boundary) != 0)
        return err_set(e, ERR_INVALID, "a form with a file is posted as multipart/form-data");
    m->mark_len = (size_t)snprintf(m->mark, sizeof(m->mark), "\r\n--%s", boundary);
    /* The first boundary has no line end before it: it is given one. */
    memcpy(m->room, "\r\n", 2);
    m->len = 2;
    m->in_part = true;
    return 0;
}

/* Makes room and reads more. False: nothing more comes. */
static bool fill(struct multipart *m)
{
    memmove(m->room, m->room + m->from, m->len);
    m->from = 0;
    if (m->ended || m->len == sizeof(m->room))
        return false;
    ssize_t n = m->read(m->arg, m->room + m->len, sizeof(m->room) - m->len);
    m->ended = n <= 0;
    if (n > 0)
        m->len += (size_t)n;
    return n > 0;
}

static void drop(struct multipart *m, size_t len)
{
    m->from += len;
    m->len -= len;
}

ssize_t multipart_read(struct multipart *m, void *buf, size_t len)
{
    while (m->in_part) {
        const char *data = m->room + m->from;
        const char *mark = memmem(data, m->len, m->mark, m->mark_len);
        /* Without a mark in sight its beginning may stand at the end. */
        size_t whole = mark                        ? (size_t)(mark - data)
                       : m->len >= m->mark_len - 1 ? m->len - (m->mark_len - 1)
                                                   : 0;
        if (whole > 0) {
            size_t part = MIN(whole, len);
            memcpy(buf, data, part);
            drop(m, part);
            return (ssize_t)part;
        }
        if (mark) {
            drop(m, m->mark_len);
            m->in_part = false;
        } else if (!fill(m)) {
            return -1;
        }
    }
    return 0;
}

/* A parameter of Content-Disposition, as browsers write it: quoted, %22 for a quote. */
static void read_parameter(const char *line, const char *name, char out[MULTIPART_NAME])
{
    char key[32];
    snprintf(key, sizeof(key), "; %s=\"", name);
    const char *at = strcasestr(line, key);
    size_t len = 0;
    at = at ? at + strlen(key) : "";
    while (*at && *at != '"' && len + 1 < MULTIPART_NAME) {
        if (strncmp(at, "%22", 3) == 0) {
            out[len++] = '"';
            at += 3;
        } else {
            out[len++] = *at++;
        }
    }
    out[len] = '\0';
}

static void read_head(struct multipart *m, char *head)
{
    static const char disposition[] = "content-disposition:";
    m->name[0] = m->file_name[0] = '\0';
    for (char *line = head; line; line = strstr(line, "\r\n")) {
        line += strncmp(line, "\r\n", 2) == 0 ? 2 : 0;
        if (strncasecmp(line, disposition, sizeof(disposition) - 1) != 0)
            continue;
        char *end = strstr(line, "\r\n");
        if (end)
            *end = '\0';
        read_parameter(line, "name", m->name);
        read_parameter(line, "filename", m->file_name);
        return;
    }
}

int multipart_next(struct multipart *m, struct err *e)
{
    char skipped[4096];
    ssize_t n;
    while ((n = multipart_read(m, skipped, sizeof(skipped))) > 0) {
    }
    if (n < 0)
        return err_set(e, ERR_INVALID, "the form was cut off");
    while (m->len < 2 && fill(m)) {
    }
    if (m->len >= 2 && memcmp(m->room + m->from, "--", 2) == 0)
        return 0;
    for (;;) {
        char *data = m->room + m->from;
        char *end = memmem(data, m->len, "\r\n\r\n", 4);
        if (end) {
            *end = '\0';
            read_head(m, data);
            drop(m, (size_t)(end - data) + 4);
            m->in_part = true;
            return 1;
        }
        if (m->len > HEAD_MAX || !fill(m))
            return err_set(e, ERR_INVALID, "the form is malformed");
    }
}
