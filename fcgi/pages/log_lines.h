/*
 * log_lines.h - GET /api/v1/runs/{id}/lines: lines one by one, all or those that match a filter,
 * for a viewer that shows a window of them.
 *
 * Where `block` is given, the matches are counted, in blocks of that many line numbers; a viewer
 * that has the counts knows in which block the thousandth match stands, and asks for it alone.
 * The log is read chunk by chunk and never held; where only a level is counted, chunks that lie
 * within a block are not read at all.
 */
#ifndef PAGES_LOG_LINES_H
#define PAGES_LOG_LINES_H

#include "ctx.h"

/* Answers
 * {"to":N,"total":N,"counts":[[block,count],...],"lines":[[n,ms,level,"text",...],<TAB>...]}: `to`
 * is the last line looked at; total and counts only with `block`. */
int log_lines_view(struct ctx *c);

#endif
