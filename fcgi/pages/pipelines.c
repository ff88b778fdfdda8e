#include "pipelines.h"

#include "texts.h"

#include <string.h>

const char *const pipelines_stages[] = {"staging", "production", "archived", NULL};

static bool is_name_start(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
}

void pipelines_check_name(const char *name, struct faults *f)
{
    size_t len = strlen(name);
    if (texts_is_blank(name)) {
        faults_add(f, "name", "is required");
        return;
    }
    for (size_t i = 0; i < len; i++) {
        if (is_name_start(name[i]) || (i > 0 && strchr("._-", name[i])))
            continue;
        faults_add(f, "name",
                   "takes letters from A to Z, digits, \".\", \"_\" and \"-\", and begins with a "
                   "letter or a digit");
        return;
    }
    if (len > PIPELINES_NAME_MAX)
        faults_add(f, "name", "takes at most %d characters", PIPELINES_NAME_MAX);
}

void pipelines_check_description(const struct pipelines_words *w, struct faults *f)
{
    if (w->description)
        texts_check_lines(f, "description", w->description, PIPELINES_DESCRIPTION_MAX);
}

void pipelines_add_tag(struct arena *a, struct pipelines_words *w, const char *tag, size_t len,
                       struct faults *f)
{
    static const char space[] = " \t\r\n";
    while (len > 0 && strchr(space, tag[0]))
        tag++, len--;
    while (len > 0 && strchr(space, tag[len - 1]))
        len--;
    if (len == 0)
        return;
    for (size_t i = 0; i < w->tag_count; i++) {
        if (w->tags[i].len == len && memcmp(w->tags[i].data, tag, len) == 0)
            return;
    }
    const char *copy = arena_strndup(a, tag, len);
    if (w->tag_count == PIPELINES_TAGS_MAX) {
        if (!faults_find(f, "tags"))
            faults_add(f, "tags", "are at most %d", PIPELINES_TAGS_MAX);
        return;
    }
    if (!faults_find(f, "tags"))
        texts_check_line(f, "tags", copy, PIPELINES_TAG_MAX);
    if (strchr(copy, ',') && !faults_find(f, "tags"))
        faults_add(f, "tags", "may not hold a comma");
    w->tags[w->tag_count++] = (struct params_slice){copy, len};
}

int pipelines_promote(struct ctx *c, int64_t run, const struct pipelines_draft *d,
                      struct pipelines_made *out)
{
    struct params *p = ctx_params(c);
    params_text(p, c->user.name);
    params_int(p, run);
    params_text(p, d->name);
    params_text(p, d->words.description ? d->words.description : "");
    params_text_array(p, d->words.tags, d->words.tag_count);
    if (d->n)
        params_int(p, d->n);
    else
        params_null(p);
    params_text(p, d->artifact);
    struct db_result *r = ctx_query(c, "promote", p);
    if (!r)
        return -1;
    *out = (struct pipelines_made){
        .made = db_bool(r, 0, 0),
        .row = arena_strndup(c->arena, db_text(r, 0, 1), db_length(r, 0, 1)),
        .path = arena_printf(c->arena, "/pipelines/%s/versions/%lld", db_text(r, 0, 2),
                             (long long)db_int(r, 0, 3)),
    };
    db_result_free(r);
    return 0;
}

/* The version that the request's path names, behind what the query takes before it. */
static struct params *put_version(struct ctx *c, struct params *p)
{
    params_text(p, c->match.texts[0]);
    params_int(p, c->match.ids[1]);
    return p;
}

int pipelines_describe(struct ctx *c, const struct pipelines_words *w, const char *if_match)
{
    struct params *p = put_version(c, ctx_params(c));
    params_text(p, w->description);
    if (w->has_tags)
        params_text_array(p, w->tags, w->tag_count);
    else
        params_null(p);
    params_text(p, if_match);
    struct db_result *r = ctx_query(c, "version_set", p);
    if (!r)
        return -1;
    bool done = db_bool(r, 0, 0);
    db_result_free(r);
    return done ? 0 : problem_changed(&c->problem, "version");
}

int pipelines_set_stage(struct ctx *c, const char *stage)
{
    struct params *p = ctx_params(c);
    params_text(p, c->user.name);
    put_version(c, p);
    params_text(p, stage);
    return ctx_exec(c, "version_stage", p);
}

int pipelines_delete(struct ctx *c)
{
    return ctx_exec(c, "version_delete", put_version(c, ctx_params(c)));
}
