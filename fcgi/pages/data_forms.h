/*
 * data_forms.h - the forms of the pages /data and /data/{id}. What fails comes back on its page.
 */
#ifndef PAGES_DATA_FORMS_H
#define PAGES_DATA_FORMS_H

#include "ctx.h"

/* GET /data */
int data_forms_page(struct ctx *c);

/* POST /data/upload: multipart/form-data with `project`, `name` (empty: the file's own), `replace`
 * and, behind them, `file`. */
int data_forms_upload(struct ctx *c);

/* POST /data/{id}/edit: `name` and `project`. */
int data_forms_change(struct ctx *c);

/* POST /data/{id}/delete */
int data_forms_delete(struct ctx *c);

#endif
