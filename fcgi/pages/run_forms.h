/*
 * run_forms.h - the posts of buttons that start and cancel runs. Success leads on (303).
 */
#ifndef PAGES_RUN_FORMS_H
#define PAGES_RUN_FORMS_H

#include "ctx.h"

int run_forms_start(struct ctx *c);
int run_forms_again(struct ctx *c);
int run_forms_cancel(struct ctx *c);

#endif
