/*
 * athanor-runner - runs what is queued.
 *
 *     athanor-runner [--config FILE] [--jobs N] [--once]   the daemon
 *     athanor-runner [--config FILE] supervise RUN         one run (what the daemon starts)
 *     athanor-runner [--config FILE] recover RUN           what a dead supervisor left (likewise)
 *     athanor-runner check FOLDER                          is this a sound experiment?
 */
#include "conf.h"
#include "log.h"
#include "supervise.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static int usage(void)
{
    fputs("usage: athanor-runner [--config FILE] [--jobs N] [--once]\n"
          "       athanor-runner [--config FILE] supervise RUN\n"
          "       athanor-runner [--config FILE] recover RUN\n"
          "       athanor-runner check FOLDER\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct err e = {0};
    enum log_level level = LOG_LVL_INFO;
    int64_t run;
    log_init("athanor-runner", level);
    struct conf *conf = conf_from_args(&argc, argv, &e);
    if (!conf || sodium_init() < 0) {
        log_error("%s", e.text);
        return 1;
    }
    if (log_level_parse(conf->log_level, &level))
        log_init("athanor-runner", level);
    int status = 2;
    if (argc == 3 && strcmp(argv[1], "supervise") == 0 &&
        parse_int64(argv[2], strlen(argv[2]), &run) && run > 0)
        status = supervise_main(conf, run);
    else
        status = usage();
    conf_free(conf);
    return status;
}
