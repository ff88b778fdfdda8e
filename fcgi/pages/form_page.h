/*
 * form_page.h - a page with the form that an experiment's schema draws: from the page's query to
 * the answer. Knows nothing of what is posted.
 */
#ifndef PAGES_FORM_PAGE_H
#define PAGES_FORM_PAGE_H

#include "ctx.h"
#include "form_view.h"

#include <jansson.h>

#define FORM_PAGE_VALUES "configuration" /* the prefix of fields and faults */

/* A page on its way. `form` is filled between begin and end. */
struct form_page {
    json_t *view;   /* owned */
    json_t *chosen; /* the experiment, borrowed; NULL: none, so no form */
    struct schema schema;
    struct form_view form;
    bool optional; /* where it would be too large, the page shows the values by itself */
};

/* Runs the route's query, with `experiment` in place of the query string's where that is not NULL.
 * -1 with c->problem (409 where the experiment is broken), and nothing to release. */
MUST_CHECK int form_page_begin(struct ctx *c, struct form_page *p, const char *experiment);

/* Fills the form for a new instance, or for changing the one that the view holds. */
void form_page_fill_new(struct form_page *p);
void form_page_fill_edit(struct ctx *c, struct form_page *p);

/* Renders the page and releases it. */
MUST_CHECK int form_page_end(struct ctx *c, struct form_page *p, int status);

void form_page_release(struct form_page *p);

#endif
