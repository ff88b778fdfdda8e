/*
 * process.h - processes that the daemon starts and those that it watches.
 *
 * Owns the SIGCHLD watcher, and for a process that is not our child (a supervisor of an earlier
 * daemon) the descriptor that tells of its end. Each ends with one callback; nothing here kills
 * anything.
 */
#ifndef ATHANOR_PROCESS_H
#define ATHANOR_PROCESS_H

#include "base.h"
#include "err.h"
#include "loop.h"

#include <sys/types.h>

struct processes;
struct process;

MUST_CHECK struct processes *processes_new(struct loop *l);
void processes_free(struct processes *all); /* forgets them; they go on */

/* `wait_status` is as waitpid tells it, or -1 when it was not our child. The process is freed
 * afterwards. */
typedef void process_cb(void *arg, int wait_status);

/* Starts this very program with other arguments (NULL-terminated, without argv[0]) in a session of
 * its own, stdin /dev/null, our stderr. With `out`, its stdout is a pipe and *out our non-blocking
 * end; else it is our stderr. */
MUST_CHECK struct process *process_start(struct processes *all, const char *const *args, int *out,
                                         process_cb *cb, void *arg, struct err *e);

/* The same with a pipe for its stdin: *in is our end. Its stdout is our stderr. */
MUST_CHECK struct process *process_start_fed(struct processes *all, const char *const *args,
                                             int *in, process_cb *cb, void *arg, struct err *e);

/* Watches a process that somebody else started. */
MUST_CHECK struct process *process_adopt(struct processes *all, pid_t pid, process_cb *cb,
                                         void *arg, struct err *e);

pid_t process_pid(const struct process *p);

/* `exit code 3` or `signal 9 (SIGKILL)`. */
void process_words(int wait_status, char *out, size_t size);

#endif
