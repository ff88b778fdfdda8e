/*
 * token_forms.h - the page of personal tokens and its forms.
 */
#ifndef PAGES_TOKEN_FORMS_H
#define PAGES_TOKEN_FORMS_H

#include "ctx.h"

/* GET and POST /tokens: the list and the form; the answer to a post holds the new secret, once. */
int token_forms_page(struct ctx *c);
int token_forms_add(struct ctx *c);

/* POST /tokens/{id}/revoke */
int token_forms_revoke(struct ctx *c);

#endif
