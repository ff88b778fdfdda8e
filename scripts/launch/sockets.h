/*
 * sockets.h - listening sockets that outlive the programs which serve them.
 *
 * The launcher makes a socket once and keeps it; each start of a program inherits it, so clients
 * that come while the program is away wait in the backlog. The descriptors are the caller's and
 * close on exec.
 */
#ifndef LAUNCH_SOCKETS_H
#define LAUNCH_SOCKETS_H

#include "base.h"
#include "err.h"

enum { SOCKETS_BACKLOG = 4096 };

/* Listens on a unix socket, mode 0660, in place of whatever is at `path`. Returns the descriptor or
 * -1. */
MUST_CHECK int sockets_listen_unix(const char *path, struct err *e);

/* Listens on `ADDRESS:PORT` (IPv4, numbers). ERR_CONFLICT when the port is taken. */
MUST_CHECK int sockets_listen_tcp(const char *where, struct err *e);

/* Does somebody accept connections on this unix socket? */
MUST_CHECK bool sockets_accepts(const char *path);

#endif
