/*
 * log_search.h - the lines of a log at a level or above, or that hold a text: exact count, one
 * window of them.
 *
 * A log is read chunk by chunk and never held; what is kept is one window of matches, at most
 * API_PAGE_BYTES. Warnings and errors alone come from log_marks without reading the log.
 */
#ifndef PAGES_LOG_SEARCH_H
#define PAGES_LOG_SEARCH_H

#include "logs.h"

/* Answers {"total","next","lines":[[n,ms,level,"text",...],...]}. `level` and `q` may be NULL or
 * empty. */
int log_search_view(struct ctx *c, const struct log_window *w, const char *level, const char *q);

#endif
