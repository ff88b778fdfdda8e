#include "fork.h"

#include <signal.h>
#include <unistd.h>

pid_t fork_deaf(void)
{
    sigset_t every, before;
    sigfillset(&every);
    sigprocmask(SIG_SETMASK, &every, &before);
    pid_t pid = fork();
    if (pid != 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}
