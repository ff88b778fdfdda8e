/*
 * pipeline_forms.h - what people do with pipelines on pages: promoting a run, and a version's
 * words, stage, verification and end. A form that is refused comes back as typed; the rules are
 * those of pipelines.h.
 */
#ifndef PAGES_PIPELINE_FORMS_H
#define PAGES_PIPELINE_FORMS_H

#include "ctx.h"

int pipeline_forms_promote(struct ctx *c);
int pipeline_forms_describe(struct ctx *c);
int pipeline_forms_stage(struct ctx *c);
int pipeline_forms_verify(struct ctx *c);
int pipeline_forms_delete(struct ctx *c);

#endif
