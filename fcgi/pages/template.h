/*
 * template.h - the folder of templates, compiled at start.
 *
 * Every file NAME.mustache below the folder is a template, and its name is its path below the
 * folder without the ending: `run` for run.mustache, `partials/run_row` for
 * partials/run_row.mustache. Pages ask for templates by that name, and partial and parent tags use
 * the same one, wherever they stand: {{> partials/run_row}}, {{<layout}}. Names are made of a-z,
 * 0-9, _ and -; hidden files and files with other endings are ignored.
 *
 * Templates below partials/ are shared with the browser, which renders them with mustache.js: they
 * hold mandatory syntax only. Pieces that only the server renders live in other folders.
 *
 * A set owns its compiled templates and is immutable.
 */
#ifndef ATHANOR_TEMPLATE_H
#define ATHANOR_TEMPLATE_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

#include <jansson.h>

struct template_set;

/* Compiles all templates. Fails with "FILE:LINE: what is wrong" when one is broken or names a
 * partial that does not exist (ERR_INVALID), or when the folder cannot be read. The caller frees
 * the set. */
MUST_CHECK struct template_set *template_set_load(const char *folder, struct err *e);
void template_set_free(struct template_set *set);

/* Appends the template, rendered from a view, to *out. ERR_NOT_FOUND when there is none of that
 * name; ERR_LIMIT as mustache_render. *out is as it was on failure. */
MUST_CHECK int template_render(const struct template_set *set, const char *name, const json_t *view,
                               struct strbuf *out, struct err *e);

#endif
