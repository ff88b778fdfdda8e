#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t pending, last;
static int pipe_fds[2] = {-1, -1};

static void on_signal(int signo)
{
    int kept = errno;
    last = signo;
    pending = 1;
    ssize_t ignored = write(pipe_fds[1], "", 1);
    (void)ignored;
    errno = kept;
}

void interrupt_catch(void)
{
    if (pipe_fds[0] >= 0)
        return;
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
        die("no pipe");
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool interrupt_pending(void)
{
    return pending;
}

void interrupt_take(void)
{
    char bytes[16];
    while (pipe_fds[0] >= 0 && read(pipe_fds[0], bytes, sizeof(bytes)) > 0)
        ;
    pending = 0;
}

int interrupt_fd(void)
{
    return pipe_fds[0];
}

void interrupt_sleep(int64_t ms)
{
    struct pollfd fd = {.fd = pipe_fds[0], .events = POLLIN};
    poll(&fd, 1, (int)MIN(ms, INT32_MAX));
}

void interrupt_die(void)
{
    int signo = last ? (int)last : SIGINT;
    signal(signo, SIG_DFL);
    raise(signo);
    exit(128 + signo);
}
