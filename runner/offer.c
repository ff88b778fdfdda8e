#include "offer.h"

#include "io.h"
#include "json.h"
#include "rundir.h"

#include <stdlib.h>
#include <string.h>

enum { OFFER_MAX = 4 * MANIFEST_MAX };

int offer_write(const char *path, int64_t runner, const char *folder, const char *hash,
                const json_t *manifest, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    strbuf_addf(&text, "{\"runner\":%lld,\"folder\":", (long long)runner);
    json_put_cstring(&text, folder);
    strbuf_adds(&text, ",\"hash\":");
    json_put_cstring(&text, hash);
    strbuf_adds(&text, ",\"manifest\":");
    json_put_value(&text, manifest);
    strbuf_adds(&text, "}\n");
    int rc = rundir_write_file(path, &text, e);
    strbuf_release(&text);
    return rc;
}

int offer_read(const char *path, struct experiment *x, int64_t *runner, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    int rc = -1;
    *x = (struct experiment){0};
    if (io_read_file(path, OFFER_MAX, &text, e) == 0) {
        json_t *root = json_parse(text.buf, text.len, "offer.json", e);
        json_t *manifest = json_object_get(root, "manifest");
        *runner = json_get_int(root, "runner", 0);
        x->folder = xstrdup(json_get_str(root, "folder", ""));
        x->hash = xstrdup(json_get_str(root, "hash", ""));
        if (root) {
            x->manifest =
                manifest_check(json_incref(manifest), json_get_str(manifest, "name", ""), e);
            rc = x->manifest ? 0 : -1;
        }
        json_decref(root);
    }
    strbuf_release(&text);
    return rc;
}
