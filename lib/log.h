/*
 * log.h - one line a happening, to stderr, for the journal or the terminal.
 *
 * Writes `LEVEL program[pid]: message key=value ...` with a systemd priority prefix when stderr is
 * the journal. Never logs secrets: callers pass ids, not tokens. The only global state is the level
 * and the program's name, set once at start.
 */
#ifndef ATHANOR_LOG_H
#define ATHANOR_LOG_H

#include "base.h"
#include "err.h"

enum log_level { LOG_LVL_DEBUG, LOG_LVL_INFO, LOG_LVL_WARN, LOG_LVL_ERROR };

/* `program` must outlive the process (a literal). `level` is the least that is written. */
void log_init(const char *program, enum log_level level);

/* Parses debug, info, warn, error. Returns false if it is none of them. */
MUST_CHECK bool log_level_parse(const char *s, enum log_level *out);

/* One message, one write(2), at most 4 KiB (cut beyond); control characters are shown as spaces. */
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
