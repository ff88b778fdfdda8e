/*
 * instance_forms.h - the pages that create and change an instance, and the posts of the instance
 * page.
 *
 * Success leads on (303); a form with faults comes back with status 422, as it was typed, each
 * fault at its field.
 */
#ifndef PAGES_INSTANCE_FORMS_H
#define PAGES_INSTANCE_FORMS_H

#include "ctx.h"

int instance_forms_new(struct ctx *c);
int instance_forms_add(struct ctx *c);
int instance_forms_edit(struct ctx *c);
int instance_forms_set(struct ctx *c);
int instance_forms_clone(struct ctx *c);
int instance_forms_delete(struct ctx *c);

#endif
