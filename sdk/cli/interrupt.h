/*
 * interrupt.h - Ctrl-C (and SIGTERM), noticed between two steps of what is under way.
 *
 * Until interrupt_catch they end the program, as they do everywhere.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include "base.h"

/* From now on they are noted. */
void interrupt_catch(void);

/* How many have come since. */
int interrupt_count(void);

/* Becomes readable when one has come; -1 before interrupt_catch. */
int interrupt_fd(void);

/* Sleeps, less when one comes. */
void interrupt_sleep(int64_t ms);

/* Ends the program as if the signal had not been caught, so that a shell script that called it
 * ends, too. */
NORETURN void interrupt_die(void);

#endif
