/*
 * progress.h - a progress message as viewers get it: {"current","total","percent","message","at"}.
 */
#ifndef ATHANOR_PROGRESS_H
#define ATHANOR_PROGRESS_H

#include "messages.h"
#include "strbuf.h"

/* Appends the JSON; numbers keep their spelling, percent is null without a total. */
void progress_put(struct strbuf *out, const struct message *m, int64_t now_ms);

#endif
