/*
 * instance_page.h - the page of an instance: a view page, whose Configuration tab shows the form
 * that the schema draws, read-only.
 */
#ifndef PAGES_INSTANCE_PAGE_H
#define PAGES_INSTANCE_PAGE_H

#include "ctx.h"

int instance_page(struct ctx *c);

#endif
