/*
 * athanor-events: everything that stays open. Server-Sent Events of runs, and /wait.
 *
 * One process, one loop, no blocking call. Requests come by FastCGI over a listening socket that is
 * inherited as descriptor 3. The truth is in Postgres; Redis only makes it sooner. A client is a
 * cursor into frames that all clients share.
 */
#include "conf.h"
#include "hub.h"
#include "io.h"
#include "log.h"
#include "loop.h"
#include "secret.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

static void on_leave(void *arg)
{
    log_info("leaving");
    hub_leave(arg);
}

/* The listening socket that whoever supervises has opened; -1 with *e. */
static int inherited_socket(struct err *e)
{
    int count = sd_listen_fds(1);
    if (count != 1)
        return err_set(e, ERR_INVALID,
                       "one listening socket must be inherited as descriptor 3 (LISTEN_FDS, "
                       "LISTEN_PID): start it by scripts/run or systemd");
    if (io_set_nonblock(SD_LISTEN_FDS_START, e) != 0)
        return -1;
    return SD_LISTEN_FDS_START;
}

/* Each client is a descriptor: take as many as we may. */
static void raise_limit(const struct conf *conf)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)conf->sse_clients + 64 > limit.rlim_max)
        log_warn("sse_clients is %lld but only %llu descriptors are allowed",
                 (long long)conf->sse_clients, (unsigned long long)limit.rlim_max);
}

static int serve(const struct conf *conf, struct err *e)
{
    int fd = inherited_socket(e);
    if (fd < 0)
        return -1;
    struct loop *loop = loop_new();
    struct hub *hub = hub_new(loop, conf, fd, e);
    if (!hub) {
        loop_free(loop);
        return -1;
    }
    struct loop_signal *term = loop_signal_new(loop, SIGTERM, on_leave, hub);
    struct loop_signal *interrupt = loop_signal_new(loop, SIGINT, on_leave, hub);
    sd_notify(0, "READY=1");
    loop_run(loop);
    loop_signal_free(term);
    loop_signal_free(interrupt);
    hub_free(hub);
    loop_free(loop);
    return 0;
}

static const char usage[] = "usage: athanor-events [--config FILE]";

int main(int argc, char **argv)
{
    if (conf_asks_help(argc, argv))
        return puts(usage) < 0;
    struct err e = {0};
    enum log_level level = LOG_LVL_INFO;
    log_init("athanor-events", level);
    struct conf *conf = conf_from_args(&argc, argv, &e);
    if (!conf || argc > 1) {
        log_error("%s", conf ? usage : e.text);
        conf_free(conf);
        return 2;
    }
    if (log_level_parse(conf->log_level, &level))
        log_init("athanor-events", level);
    signal(SIGPIPE, SIG_IGN);
    raise_limit(conf);
    int result = secret_init(&e) == 0 ? serve(conf, &e) : -1;
    if (result != 0)
        log_error("%s", e.text);
    conf_free(conf);
    return result == 0 ? 0 : 1;
}
