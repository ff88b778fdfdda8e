#include "faults.h"

#include "json_text.h"
#include "strbuf.h"

#include <stdarg.h>
#include <string.h>

void faults_init(struct faults *f, struct arena *a)
{
    f->arena = a;
    f->count = 0;
}

void faults_add(struct faults *f, const char *field, const char *fmt, ...)
{
    struct strbuf text = STRBUF_INIT;
    va_list ap;
    if (f->count == FAULTS_MAX)
        return;
    va_start(ap, fmt);
    strbuf_vaddf(&text, fmt, ap);
    va_end(ap);
    strbuf_truncate(&text, json_mend(text.buf, text.len, 0)); /* %.200s may have cut a character */
    f->items[f->count].field = arena_strdup(f->arena, field);
    f->items[f->count++].message = arena_strndup(f->arena, text.buf, text.len);
    strbuf_release(&text);
}

const char *faults_find(const struct faults *f, const char *field)
{
    for (size_t i = 0; f && i < f->count; i++) {
        if (strcmp(f->items[i].field, field) == 0)
            return f->items[i].message;
    }
    return NULL;
}

int faults_err(const struct faults *f, struct err *e)
{
    return f->count ? err_path(e, f->items[0].field, f->items[0].message) : 0;
}
