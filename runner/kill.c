#include "kill.h"

#include "cgroup.h"

#include <signal.h>
#include <unistd.h>

enum { ROUND_MS = 2, ROUND_MAX_MS = 50 };

void kill_all(const struct tree *t, const char *cgroup, bool (*reap)(void *arg), void *arg,
              struct kill_report *out)
{
    int64_t start = clock_mono_ms();
    unsigned pause_ms = ROUND_MS;
    *out = (struct kill_report){.means = t->ancestor || t->heir ? "subreaper" : "cookie"};
    for (;;) {
        bool any = !reap || reap(arg);
        int in_cgroup = cgroup_count(cgroup), found = 0;
        if (in_cgroup && cgroup_kill(cgroup))
            out->means = "cgroup.kill";
        if (any || in_cgroup)
            found = tree_signal(t, SIGKILL);
        out->left = found > in_cgroup ? found : in_cgroup;
        if (out->left > out->processes)
            out->processes = out->left;
        out->ms = clock_mono_ms() - start;
        if (!out->left || out->ms > KILL_PATIENCE_MS)
            return;
        usleep(pause_ms * 1000);
        pause_ms = pause_ms * 2 > ROUND_MAX_MS ? ROUND_MAX_MS : pause_ms * 2;
    }
}
