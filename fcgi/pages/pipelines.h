/*
 * pipelines.h - artifacts of completed runs, promoted under a name as versions: the rules, and the
 * routes of the API. The database decides what may be promoted (sql/functions/pipelines.sql); files
 * are held by their hash and never copied. pipeline_forms.h has the pages.
 */
#ifndef PAGES_PIPELINES_H
#define PAGES_PIPELINES_H

#include "ctx.h"
#include "faults.h"
#include "params.h"

enum {
    PIPELINES_NAME_MAX = 100,
    PIPELINES_DESCRIPTION_MAX = 10000, /* characters */
    PIPELINES_TAGS_MAX = 20,
    PIPELINES_TAG_MAX = 50,
};

/* What a person says of a version; NULL and no `has_tags`: leave it as it is. */
struct pipelines_words {
    const char *description;
    bool has_tags;
    size_t tag_count;
    struct params_slice tags[PIPELINES_TAGS_MAX];
};

/* What is to be promoted. With neither artifact nor n the database chooses. */
struct pipelines_draft {
    const char *name;
    struct pipelines_words words;
    const char *artifact; /* its name */
    int64_t n;            /* or the number of its record */
};

/* A version that was made or found; texts are in the arena. */
struct pipelines_made {
    bool made;
    const char *row;  /* as the API shows it */
    const char *path; /* /pipelines/NAME/versions/N */
};

/* Adds a fault of `name` or `description`. */
void pipelines_check_name(const char *name, struct faults *f);
void pipelines_check_description(const struct pipelines_words *w, struct faults *f);

/* Takes one more tag, without the white space around it; an empty one and one that is there already
 * say nothing. */
void pipelines_add_tag(struct arena *a, struct pipelines_words *w, const char *tag, size_t len,
                       struct faults *f);

/* Each -1 with c->problem. A version is that of the request's path, {name} and {n}. */
MUST_CHECK int pipelines_promote(struct ctx *c, int64_t run, const struct pipelines_draft *d,
                                 struct pipelines_made *out);
/* Where `if_match` (may be NULL) does not name its state at this moment: 412. */
MUST_CHECK int pipelines_describe(struct ctx *c, const struct pipelines_words *w,
                                  const char *if_match);
MUST_CHECK int pipelines_set_stage(struct ctx *c, const char *stage); /* NULL: none */
MUST_CHECK int pipelines_delete(struct ctx *c);

/* Reads the stored file whole and keeps what came of it; *answer, where not NULL, is what the API
 * says. -1 also when nobody waits for it any more. */
MUST_CHECK int pipelines_verify(struct ctx *c, const char **answer);

/* The stages, NULL behind the last. */
extern const char *const pipelines_stages[];

int pipelines_api_promote(struct ctx *c);
int pipelines_api_set(struct ctx *c);
int pipelines_api_stage(struct ctx *c);
int pipelines_api_verify(struct ctx *c);
int pipelines_api_download(struct ctx *c);
int pipelines_api_delete(struct ctx *c);

#endif
