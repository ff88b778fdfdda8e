#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void set_text(struct err *e, enum err_code code, const char *fmt, va_list ap)
{
    e->code = code;
    e->field[0] = '\0';
    vsnprintf(e->text, sizeof(e->text), fmt, ap);
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
    return -1;
}

void err_clear(struct err *e)
{
    if (!e)
        return;
    e->code = ERR_NONE;
    e->field[0] = '\0';
    e->text[0] = '\0';
}
