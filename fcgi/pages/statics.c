#include "statics.h"

#include "io.h"

#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MAX = 256 };

/* The manifest is one word, the name of the folder of the latest build. */
char *statics_prefix(const char *folder, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    char *prefix = NULL, *path = xasprintf("%s/manifest", folder);
    struct err fault;
    if (io_read_file(path, MANIFEST_MAX, &text, &fault) != 0) {
        if (fault.code == ERR_NOT_FOUND)
            prefix = xstrdup("/static");
        else if (e)
            *e = fault;
        goto out;
    }
    size_t len =
        strspn(text.buf, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
    if (len == 0 || strspn(text.buf + len, " \r\n") != text.len - len) {
        err_set(e, ERR_INVALID, "%s does not hold one word", path);
        goto out;
    }
    prefix = xasprintf("/static/%.*s", (int)len, text.buf);
out:
    free(path);
    strbuf_release(&text);
    return prefix;
}
