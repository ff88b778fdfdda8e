/* Two JSON texts divided by a NUL: a schema and a configuration. What is accepted is accepted
 * again, unchanged; what is refused is refused with a name. */
#include "json.h"
#include "validate.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct arena *a, const struct schema *s, const json_t *value)
{
    struct faults *f = arena_alloc(a, sizeof(*f));
    struct faults *g = arena_alloc(a, sizeof(*g));
    faults_init(f, a);
    faults_init(g, a);
    json_t *checked = validate(s, value, "", f);
    json_t *again = validate(s, checked, "", g);
    if (f->count == 0 && (g->count || !json_equal(checked, again)))
        die("accepted once, refused or changed the second time");
    validate_defaults(s, "configuration", g);
    json_decref(again);
    json_decref(checked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *nul = size ? memchr(text, 0, size) : NULL;
    struct arena *a = arena_new();
    struct schema s;
    struct err e;
    size_t len = nul ? (size_t)(nul - text) : size;
    json_t *fields = json_parse(text, len, "schema", &e);
    json_t *value = nul ? json_parse(nul + 1, size - len - 1, "value", &e) : json_object();
    if (fields && value && schema_read(&s, a, fields, &e) == 0)
        judge(a, &s, value);
    else if (fields && value && (!e.field[0] || !e.text[0]))
        die("a schema is refused without a word");
    json_decref(fields);
    json_decref(value);
    arena_free(a);
    return 0;
}
