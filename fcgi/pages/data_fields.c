#include "data_fields.h"

#include <string.h>

struct walk {
    struct ctx *c;
    const char *project;
    struct faults *faults;
    struct strbuf path;
    json_t *seen; /* what texts stand for that were looked up: a reference, or null */
    bool too_many;
};

static int walk_object(struct walk *w, const struct schema *s, json_t *values);

/* What the text stands for: a reference, NULL where there is nothing of it. */
static int look_up(struct walk *w, const char *text, const char **reference)
{
    const json_t *known = json_object_get(w->seen, text);
    *reference = json_string_value(known);
    if (known)
        return 0;
    if (json_object_size(w->seen) == DATA_FIELDS_SOURCES) {
        if (!w->too_many)
            faults_add(w->faults, w->path.buf,
                       "is one more than the %d data sources that a configuration may name",
                       DATA_FIELDS_SOURCES);
        w->too_many = true;
        return 0;
    }
    struct params *p = ctx_params(w->c);
    params_text(p, text);
    params_text(p, w->project);
    struct db_result *r = ctx_query(w->c, "data_source_resolve", p);
    if (!r)
        return -1;
    json_t *found =
        db_is_null(r, 0, 0) ? json_null() : json_stringn(db_text(r, 0, 0), db_length(r, 0, 0));
    *reference = json_string_value(found);
    json_object_set_new(w->seen, text, found);
    db_result_free(r);
    return 0;
}

static int walk_data(struct walk *w, const struct schema_field *f, json_t *values)
{
    const json_t *value = json_object_get(values, f->name);
    const char *text = json_string_value(value), *reference;
    if (!text || !text[0] || schema_find_option(f, value))
        return 0;
    if (look_up(w, text, &reference) != 0)
        return -1;
    if (reference)
        json_object_set_new(values, f->name, json_string(reference));
    else if (schema_reference(text) && !w->too_many)
        faults_add(w->faults, w->path.buf, "is not here any more: nobody has the content of %.200s",
                   text);
    return 0;
}

static int walk_list(struct walk *w, const struct schema_field *f, json_t *list)
{
    size_t i, before = w->path.len;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        strbuf_addf(&w->path, ".%zu", i);
        if (walk_object(w, &f->fields, item) != 0)
            return -1;
        strbuf_truncate(&w->path, before);
    }
    return 0;
}

static int walk_field(struct walk *w, const struct schema_field *f, json_t *values)
{
    switch (f->type) {
    case SCHEMA_DATA:
        return walk_data(w, f, values);
    case SCHEMA_GROUP:
        return walk_object(w, &f->fields, json_object_get(values, f->name));
    case SCHEMA_LIST:
        return walk_list(w, f, json_object_get(values, f->name));
    default:
        return 0;
    }
}

static int walk_object(struct walk *w, const struct schema *s, json_t *values)
{
    for (size_t i = 0; json_is_object(values) && i < s->count; i++) {
        size_t before = w->path.len;
        strbuf_addf(&w->path, "%s%s", before ? "." : "", s->fields[i].name);
        if (walk_field(w, &s->fields[i], values) != 0)
            return -1;
        strbuf_truncate(&w->path, before);
    }
    return 0;
}

int data_fields_resolve(struct ctx *c, const struct schema *s, json_t *values, const char *project,
                        const char *prefix, struct faults *f)
{
    struct walk w = {
        .c = c, .project = project, .faults = f, .path = STRBUF_INIT, .seen = json_object()};
    strbuf_adds(&w.path, prefix);
    int rc = walk_object(&w, s, values);
    strbuf_release(&w.path);
    json_decref(w.seen);
    return rc;
}
