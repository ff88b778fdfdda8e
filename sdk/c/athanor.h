/*
 * athanor.h - tell Athanor what your experiment does, from C or C++.
 *
 * Link with -lathanor -lpthread (or compile the .c files into your program). Nothing needs to
 * be initialised: the first call finds the run by its environment, and what was said is flushed
 * when the program ends by exit() or by returning from main.
 *
 *     #include <athanor.h>
 *
 *     int main(void)
 *     {
 *         long long steps = athanor_config_int("steps", 100);
 *         athanor_catch_cancel();
 *         for (long long i = 1; i <= steps && !athanor_cancelled(); i++) {
 *             double loss = 1.0 / (double)i;
 *             athanor_metric("loss", (double)i, loss);
 *             athanor_progress(i, steps, "training");
 *         }
 *         athanor_row("models", "name:s loss:f", "baseline", 1.0 / (double)steps);
 *         athanor_result_double("loss", 1.0 / (double)steps);
 *         return 0;
 *     }
 *
 * Outside Athanor the same program works and prints what it would have said to stderr.
 *
 * Speed and safety. A call formats its message into a buffer and returns; a thread of the library
 * writes it to the run. When 4 MiB are waiting, calls wait for the thread: nothing is dropped. All
 * functions may be called from any thread, and from a child after fork(): the child begins with an
 * empty buffer, and messages of several processes do not mix. Only athanor_cancelled is meant for
 * signal handlers. Strings are UTF-8; what is not is repaired by the runner.
 *
 * Errors. A call answers 0, or -1 when the message cannot be made: it is too large (16 MiB), or its
 * `fields` text is bad. Bad JSON text is the runner's to report, as a warning in the log. A runner
 * that is gone is no error: the program goes on.
 */
#ifndef ATHANOR_H
#define ATHANOR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Which run is this ------------------------------------------------------------------- */

/* What the runner says of the run. Strings are "" and numbers 0 outside Athanor; they live as long
 * as the program. */
struct athanor_run {
    long long id;
    long long number; /* counts within the instance: 1, 2, 3 ... */
    long long instance_id;
    const char *instance_name;
    const char *experiment;
    const char *dir; /* the experiment's folder: read only, please */
};
const struct athanor_run *athanor_run(void);

/* --- Its configuration --------------------------------------------------------------------- */

/* The value at a path such as "size", "api.timeout" or "pairs.0.left" (list items count from 0), or
 * `otherwise` when there is none or it is of another type. Integers read as doubles too. */
long long athanor_config_int(const char *path, long long otherwise);
double athanor_config_double(const char *path, double otherwise);
bool athanor_config_bool(const char *path, bool otherwise);

/* A string lives as long as the program. */
const char *athanor_config_string(const char *path, const char *otherwise);

/* How many items the list or members the group at `path` has; 0 when there is none. */
size_t athanor_config_count(const char *path);

/* The whole configuration as JSON text ("{}" outside Athanor). */
const char *athanor_config_json(void);

/* --- Saying things ------------------------------------------------------------------------- */

/* Several calls take `fields`: names and types, divided by spaces, then one argument each:
 *
 *     "name:s epoch:d loss:f best:b extra:j", "svm", 12, 0.25, 1, "{\"kernel\":\"rbf\"}"
 *
 *     s const char * (NULL is null)    d int    l long long    f double    b int as true or false
 *     j const char *, JSON text        n no argument: null
 *
 * Names hold anything but spaces and colons. Order is kept. NULL or "" is an empty object. */

enum athanor_level { ATHANOR_DEBUG, ATHANOR_INFO, ATHANOR_WARN, ATHANOR_ERROR };

/* One line of the log. printf and fprintf(stderr) work as well, at level info. */
int athanor_log(enum athanor_level level, const char *message);
int athanor_logf(enum athanor_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A line with metadata that unfolds under it. */
int athanor_log_fields(enum athanor_level level, const char *message, const char *fields, ...);

/* Many lines at once, in order. */
int athanor_log_batch(enum athanor_level level, const char *const *messages, size_t count);

/* How far the run is: only the latest is kept, so call it as often as you like. `total` 0: unknown.
 * `message` may be NULL. */
int athanor_progress(long long current, long long total, const char *message);

/* A named result. A key may repeat: the newest counts, all are kept. */
int athanor_result_double(const char *key, double value);
int athanor_result_int(const char *key, long long value);
int athanor_result_string(const char *key, const char *value);
int athanor_result_json(const char *key, const char *json);
int athanor_result_fields(const char *key, const char *fields, ...);

/* One point of a series. `step` counts whatever you like (epochs, sweeps, seconds). NaN and
 * infinities are fine. */
int athanor_metric(const char *key, double step, double value);

/* One row of a table; columns stand in the order of the first row. */
int athanor_row(const char *table, const char *fields, ...);

/* Anything worth a place in the timeline. `kind` such as "model.fitted"; `message` may be NULL;
 * `duration_ms` below 0: none. `fields` is the payload. */
int athanor_event(const char *kind, const char *message, double duration_ms, const char *fields,
                  ...);

/* Keeps a file: `path` below the working folder, `name` NULL for the path itself. The runner copies
 * it when it reads the message, so leave it unchanged from then on. */
int athanor_artifact(const char *path, const char *name);

/* Something to remember about how the run was made: a version, a seed, a device. */
int athanor_fact(const char *key, const char *value);

/* --- Its end ------------------------------------------------------------------------------- */

/* Fix the outcome; the program then has its grace to leave. Exit code 0 and others mean the same,
 * so these are for programs whose exit code is not theirs. `error` is shown to people. */
int athanor_complete(void);
int athanor_fail(const char *error);

/* From now on a cancel (SIGTERM) does not end the program but makes athanor_cancelled() true; the
 * program then has its grace (`grace_s`, 10 s) to save and leave. */
void athanor_catch_cancel(void);
bool athanor_cancelled(void);

/* Waits until everything said so far has been handed to the runner. For a program that ends by
 * _exit(), exec or a signal; exit() does it by itself. */
void athanor_flush(void);

#ifdef __cplusplus
}
#endif
#endif
