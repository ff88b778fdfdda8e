/*
 * form_view.h - the view of a form: FORM and FIELD of docs/protocol.md, from a schema, values and
 * faults.
 *
 * Each FIELD carries every member, also those that say nothing: a template looks a missing name up
 * in the outer contexts, where another field's would be found. Beside its cards a form has the
 * prototype of an item for each list of the schema, from which a browser makes new ones.
 */
#ifndef PAGES_FORM_VIEW_H
#define PAGES_FORM_VIEW_H

#include "problem.h"
#include "schema.h"

#include <jansson.h>

enum { FORM_VIEW_FIELDS = 20000 }; /* twice what a browser can post */

struct form_view {
    const char *action;     /* where it is posted */
    const char *experiment; /* posted along as a hidden field; NULL: not */
    const char *submit;     /* the button's label */
    const char *cancel;     /* where Cancel leads */
    const char *version;    /* what is changed, posted along as a hidden field; NULL: it is new */
    const char *outdated;   /* where that stands that took its place meanwhile, or NULL */
    const json_t
        *data; /* the data sources to choose from: [{"value","label","project"}]; NULL: none */
    const char *error;                        /* of the form as a whole, or NULL */
    const char *name, *description, *project; /* of the instance, as typed */
    const char *seed;                         /* the field that gets a random number, or NULL */
    bool unsaved;                             /* it holds what is stored nowhere */
    const struct schema *schema;
    const json_t *values;        /* a configuration, or what form_read says was typed */
    const struct faults *faults; /* NULL: none */
};

/* A new reference; NULL where it would have more than FORM_VIEW_FIELDS fields. `a` holds texts only
 * while this runs. */
MUST_CHECK json_t *form_view_make(struct arena *a, const struct form_view *v);

#endif
