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

/* Whether one has come that was not taken. */
bool interrupt_pending(void);

/* Takes them: what is done from now on is broken off by later ones only. */
void interrupt_take(void);

/* Readable while one is pending; -1 before interrupt_catch. */
int interrupt_fd(void);

/* Sleeps, not at all or less when one is pending or comes. */
void interrupt_sleep(int64_t ms);

/* Ends the program as if the signal had not been caught, so that a shell script that called it
 * ends, too. */
NORETURN void interrupt_die(void);

#endif
