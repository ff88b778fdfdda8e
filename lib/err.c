#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that fills its room was perhaps cut within its last character; then that is dropped. */
static void end_whole(char *s, size_t size)
{
    size_t len = strlen(s), at = len;
    if (len + 1 < size)
        return;
    while (at > 1 && len - at < 3 && ((unsigned char)s[at - 1] & 0xC0) == 0x80)
        at--;
    unsigned char lead = (unsigned char)s[at - 1];
    size_t needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (len - (at - 1) < needs)
        s[at - 1] = '\0';
}

static void set_text(struct err *e, enum err_code code, const char *fmt, va_list ap)
{
    e->code = code;
    e->raw = false;
    e->field[0] = '\0';
    vsnprintf(e->text, sizeof(e->text), fmt, ap);
    end_whole(e->text, sizeof(e->text));
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (!e)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    set_text(e, code, fmt, ap);
    va_end(ap);
    return -1;
}

int err_field(struct err *e, const char *field, const char *fmt, ...)
{
    if (!e)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    set_text(e, ERR_INVALID, fmt, ap);
    va_end(ap);
    snprintf(e->field, sizeof(e->field), "%s", field);
    end_whole(e->field, sizeof(e->field));
    return -1;
}

int err_path(struct err *e, const char *path, const char *what)
{
    if (!e)
        return -1;
    size_t len = strlen(path), room = sizeof(e->field) - 1;
    const char *before = "";
    if (len > room) {
        before = "...";
        path += len - (room - strlen(before));
        while (((unsigned char)*path & 0xC0) == 0x80)
            path++;
    }
    err_set(e, ERR_INVALID, "%s%s%s%s", before, path, *path ? " " : "", what);
    snprintf(e->field, sizeof(e->field), "%s%s", before, path);
    return -1;
}

int err_errno(struct err *e, const char *fmt, ...)
{
    int saved = errno;
    if (!e)
        return -1;
    va_list ap;
    va_start(ap, fmt);
    set_text(e, ERR_IO, fmt, ap);
    va_end(ap);
    size_t len = strlen(e->text);
    snprintf(e->text + len, sizeof(e->text) - len, ": %s", strerror(saved));
    errno = saved;
    return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    if (!e)
        return -1;
    char old[sizeof(e->text)];
    memcpy(old, e->text, sizeof(old));
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof(e->text), fmt, ap);
    va_end(ap);
    size_t len = strlen(e->text);
    snprintf(e->text + len, sizeof(e->text) - len, ": %s", old);
    end_whole(e->text, sizeof(e->text));
    return -1;
}

void err_clear(struct err *e)
{
    if (!e)
        return;
    e->code = ERR_NONE;
    e->raw = false;
    e->field[0] = '\0';
    e->text[0] = '\0';
}
