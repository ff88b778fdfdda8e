/*
 * page.h - HTML answers: a view and a template, with `site` added to every view.
 */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include "ctx.h"

#include <jansson.h>

/* The handler of a GET page: its route names query and template. Who accepts `application/json`
 * first gets the view itself. */
int page_view(struct ctx *c);

/* The view that the route's query makes, which the caller decrefs; `input` stands for the request's
 * own query members where it is not NULL (the text of a JSON object). NULL with c->problem filled.
 */
MUST_CHECK json_t *page_query(struct ctx *c, const char *input);

/* Renders the template into the response; `site` is added to `view`, whose own title wins over
 * `title`. */
MUST_CHECK int page_render(struct ctx *c, const char *template, const char *title, json_t *view);

/* Whether the view itself is wanted: an open page reads it anew by asking its own address for JSON,
 * and renders the partials that it shares with us. */
bool page_wants_view(const struct ctx *c);

/* Answers with a view that the handler made: the route's template, or the view itself to who
 * accepts JSON first. */
MUST_CHECK int page_answer(struct ctx *c, json_t *view);

/* Answers with the problem as a page, in place of whatever was made before. */
void page_problem(struct ctx *c);

/* GET / and POST /theme. */
int page_home(struct ctx *c);
int page_theme(struct ctx *c);

#endif
