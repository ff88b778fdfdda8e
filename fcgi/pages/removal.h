/*
 * removal.h - what takes something away, or does so to many runs at once: each shows first what it
 * would do, with counts and bytes, and does it once that has been agreed to.
 *
 * The page in between is a view as any other (page_delete_*.sql, page_selection.sql; the template
 * confirm): its `fields` are sent on, `typed` is a name that must be written, `impossible` says why
 * there is nothing to agree to. Open pages show the same as a dialog.
 */
#ifndef PAGES_REMOVAL_H
#define PAGES_REMOVAL_H

#include "ctx.h"

enum { REMOVAL_RUNS = 10000 }; /* that can be chosen at once */

/* POST /experiments/{id}/delete: an instance that has runs goes when its name was typed. */
int removal_instance(struct ctx *c);

/* POST /runs/{id}/delete */
int removal_run(struct ctx *c);

/* POST /runs/selection: `action` cancel or delete, `run` once for each, `back` where to go then,
 * `sure` once it has been agreed to. With `others` all that fit are asked about, the newest
 * REMOVAL_RUNS of those that can be acted upon: `fits_status`, `fits_experiment`, `fits_project`
 * and `fits_instance` are a list's filters. What was agreed to comes as `runs`, with commas. */
int removal_selection(struct ctx *c);

#endif
