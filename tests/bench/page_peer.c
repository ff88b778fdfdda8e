/*
 * The least that can answer a page from the database: libfcgi, one connection to Postgres a worker,
 * one prepared SELECT whose text is the page.
 *
 *     page_peer SOCKET WORKERS CONNINFO NAME
 *
 * serves peer.pages' row NAME to whoever connects to SOCKET, until SIGTERM, which ends its workers
 * too.
 */
#include "base.h"

#include <errno.h>
#include <fcgiapp.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

static void answer(PGconn *pg, FCGX_Stream *out, const char *name)
{
    const char *values[1] = {name};
    PGresult *r = PQexecPrepared(pg, "page", 1, values, NULL, NULL, 0);
    if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
        die("Postgres: %s", PQerrorMessage(pg));
    FCGX_PutS("Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n\r\n", out);
    FCGX_PutStr(PQgetvalue(r, 0, 0), PQgetlength(r, 0, 0), out);
    PQclear(r);
}

static void serve(int fd, const char *conninfo, const char *name)
{
    FCGX_Request request;
    PGconn *pg = PQconnectdb(conninfo);
    if (PQstatus(pg) != CONNECTION_OK)
        die("no Postgres: %s", PQerrorMessage(pg));
    PGresult *r =
        PQprepare(pg, "page", "SELECT body FROM peer.pages WHERE name = $1::text", 1, NULL);
    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        die("Postgres: %s", PQerrorMessage(pg));
    PQclear(r);
    if (FCGX_Init() || FCGX_InitRequest(&request, fd, 0))
        die("libfcgi does not start");
    while (FCGX_Accept_r(&request) == 0) {
        answer(pg, request.out, name);
        FCGX_Finish_r(&request);
    }
    PQfinish(pg);
}

int main(int argc, char **argv)
{
    int64_t workers = 0;
    if (argc != 5 || !parse_int64(argv[2], strlen(argv[2]), &workers) || workers < 1)
        die("usage: page_peer SOCKET WORKERS CONNINFO NAME");
    if (FCGX_Init())
        die("libfcgi does not start");
    int fd = FCGX_OpenSocket(argv[1], BACKLOG);
    if (fd < 0 || chmod(argv[1], 0666))
        die("cannot listen on %s: %s", argv[1], strerror(errno));
    signal(SIGTERM, SIG_DFL); /* libfcgi has caught it */
    pid_t parent = getpid();
    for (int64_t i = 0; i < workers; i++) {
        pid_t pid = fork();
        if (pid < 0)
            die("cannot fork: %s", strerror(errno));
        if (pid == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() == parent)
                serve(fd, argv[3], argv[4]);
            return 0;
        }
    }
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return 1;
}
