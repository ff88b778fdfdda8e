/*
 * join.h - a request becomes a stream, a wait or an answer: who is it, may they, is there such a
 * run, where does it begin.
 *
 * Nothing here blocks: a client in the state JOINING waits for two rounds of questions, of auth.h
 * and of heads.h, that began after it came.
 */
#ifndef ATHANOR_EVENTS_JOIN_H
#define ATHANOR_EVENTS_JOIN_H

#include "client.h"

/* The request is complete: it is read, and refused or asked about. */
void join_begin(struct client *c);

/* Goes on if both rounds are over. */
void join_step(struct client *c);

#endif
