/*
 * Judges configurations for the tests that are written in JavaScript. One JSON object a line in:
 *
 *     {"fields":[...],"given":[...]}
 *
 * and one a line out: {"schema":<JSON Schema>,"judged":[{"faults":[[field,message]],"result":...}]}
 * or {"error":"..."} where the fields are no schema.
 */
#include "json.h"
#include "json_schema.h"
#include "validate.h"

#include <stdio.h>
#include <stdlib.h>

static json_t *judge(struct arena *a, const struct schema *s, const json_t *given)
{
    struct faults *f = arena_alloc(a, sizeof(*f));
    json_t *list = json_array();
    faults_init(f, a);
    json_t *result = validate(s, given, "", f);
    for (size_t i = 0; i < f->count; i++)
        json_array_append_new(list, json_pack("[s, s]", f->items[i].field, f->items[i].message));
    return json_pack("{s:o, s:o}", "faults", list, "result", result);
}

static json_t *answer(struct arena *a, const json_t *request)
{
    struct schema s;
    struct err e = {0};
    json_t *given, *judged = json_array();
    size_t i;
    if (schema_read(&s, a, json_object_get(request, "fields"), &e) != 0) {
        json_decref(judged);
        return json_pack("{s:s}", "error", e.text);
    }
    json_array_foreach(json_object_get(request, "given"), i, given)
        json_array_append_new(judged, judge(a, &s, given));
    return json_pack("{s:o, s:o}", "schema", json_schema_make(a, &s, "test", ""), "judged", judged);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, stdin)) > 0) {
        struct arena *a = arena_new();
        struct strbuf out = STRBUF_INIT;
        struct err e = {0};
        json_t *request = json_parse(line, (size_t)len, "the request", &e);
        json_t *said = answer(a, request);
        json_put_value(&out, said);
        printf("%s\n", out.buf);
        strbuf_release(&out);
        json_decref(said);
        json_decref(request);
        arena_free(a);
    }
    free(line);
    return 0;
}
