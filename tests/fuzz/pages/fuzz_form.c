/* Any form post against a schema of every type: it is read, judged and drawn again without a fault
 * of ours, and what was accepted once is accepted again unchanged. */
#include "fields.h"
#include "form.h"
#include "form_view.h"
#include "json.h"
#include "validate.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char manifest[] =
    "[{\"name\":\"n\",\"type\":\"integer\",\"min\":-5,\"max\":1e18,\"step\":5},"
    "{\"name\":\"x\",\"type\":\"float\",\"step\":0.1},"
    "{\"name\":\"s\",\"type\":\"string\",\"format\":\"url\",\"max\":9},"
    "{\"name\":\"b\",\"type\":\"boolean\",\"required\":true},"
    "{\"name\":\"e\",\"type\":\"enum\",\"options\":[\"a\",2,true,{\"value\":\"z\",\"available\":"
    "false}]},"
    "{\"name\":\"g\",\"type\":\"group\",\"fields\":[{\"name\":\"n\",\"type\":\"integer\","
    "\"default\":3}]},"
    "{\"name\":\"l\",\"type\":\"list\",\"max\":3,\"fields\":[{\"name\":\"s\",\"type\":\"string\"},"
    "{\"name\":\"l\",\"type\":\"list\",\"fields\":[{\"name\":\"x\",\"type\":\"float\"}]}]}]";

/* A configuration without faults has none the second time either, and stays as it is. */
static void check_again(struct arena *a, const struct schema *s, const json_t *checked)
{
    struct faults *f = arena_alloc(a, sizeof(*f));
    faults_init(f, a);
    json_t *again = validate(s, checked, "c", f);
    if (f->count || !json_equal(again, checked))
        die("an accepted configuration is refused or changed the second time: %s",
            f->count ? f->items[0].message : "changed");
    json_decref(again);
}

static void draw(struct arena *a, const struct schema *s, const json_t *values,
                 const struct faults *f)
{
    struct form_view v = {.action = "/",
                          .schema = s,
                          .values = values,
                          .faults = f,
                          .name = "",
                          .description = "",
                          .project = ""};
    json_t *view = form_view_make(a, &v);
    if (!json_array_size(json_object_get(view, "cards")))
        die("a form without cards");
    json_decref(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct fields_limits limits = {200, 200, 1000};
    struct arena *a = arena_new();
    struct faults *f = arena_alloc(a, sizeof(*f));
    struct schema s;
    struct fields post;
    struct form_input input;
    json_t *fields = json_parse(manifest, sizeof(manifest) - 1, "manifest", NULL);
    if (!fields || schema_read(&s, a, fields, NULL) != 0)
        die("the manifest is refused");
    if (fields_parse(&post, a, (const char *)data, size, &limits, NULL) != 0)
        goto out;
    fields_sort(&post);
    form_read(&s, &post, "c", &input);
    form_unknown(&post, "c");
    faults_init(f, a);
    json_t *checked = validate(&s, input.values, "c", f);
    if (f->count == 0)
        check_again(a, &s, checked);
    draw(a, &s, input.typed, f);
    draw(a, &s, checked, f);
    json_decref(checked);
    json_decref(input.typed);
    json_decref(input.values);
out:
    json_decref(fields);
    arena_free(a);
    return 0;
}
