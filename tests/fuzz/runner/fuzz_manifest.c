/* Any text as a manifest: accepted or refused with words, and what is accepted can be merged with
 * itself. */
#include "manifest.h"

#include "json.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    json_t *root = json_parse((const char *)data, size, MANIFEST_FILE, &e);
    if (!root)
        return 0;
    json_t *over = json_deep_copy(root);
    struct manifest *m = manifest_check(json_incref(root), "x", &e);
    if (!m && !*e.text)
        die("refused without a word");
    if (m && (!m->name || !m->title || !m->description || !m->version || !m->command))
        die("accepted without what is needed");
    if (json_is_object(root))
        manifest_merge(root, over);
    manifest_free(m);
    json_decref(over);
    json_decref(root);
    return 0;
}
