/*
 * instance_forms.h - the pages that create and change an instance, and the posts of the instance
 * page.
 *
 * Success leads on (303); a form with faults comes back with status 422, as it was typed, each
 * fault at its field. A post that holds a field `document` is an import (instance_file.h).
 */
#ifndef PAGES_INSTANCE_FORMS_H
#define PAGES_INSTANCE_FORMS_H

#include "ctx.h"

int instance_forms_new(struct ctx *c);
int instance_forms_add(struct ctx *c);
int instance_forms_edit(struct ctx *c);
int instance_forms_set(struct ctx *c);
int instance_forms_clone(struct ctx *c);

#endif
