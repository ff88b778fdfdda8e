/*
 * athanor-runner - runs what is queued.
 *
 *     athanor-runner [--config FILE] [--jobs N] [--once]   the daemon
 *     athanor-runner [--config FILE] supervise RUN         one run (what the daemon starts)
 *     athanor-runner [--config FILE] recover RUN           what a dead supervisor left (likewise)
 *     athanor-runner [--config FILE] sweep                 the store of files (likewise)
 *     athanor-runner check FOLDER                          is this a sound experiment?
 */
#include "conf.h"
#include "daemon.h"
#include "inspect.h"
#include "io.h"
#include "log.h"
#include "recover.h"
#include "supervise.h"
#include "sweep.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(FILE *to)
{
    fputs("usage: athanor-runner [--config FILE] [--jobs N] [--once]\n"
          "       athanor-runner [--config FILE] supervise RUN\n"
          "       athanor-runner [--config FILE] recover RUN\n"
          "       athanor-runner [--config FILE] sweep\n"
          "       athanor-runner check FOLDER\n",
          to);
}

static int usage(void)
{
    print_usage(stderr);
    return 2;
}

/* The settings' file, before conf_from_args takes it from the command line: what we start gets it
 * too. */
static const char *config_of(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--config") == 0)
            return argv[i + 1];
    return NULL;
}

/* Programs run elsewhere and get paths below it, so the state folder's must be absolute. */
static int open_state(struct conf *conf, struct err *e)
{
    if (io_mkdirs(conf->state, 0700, e) != 0)
        return -1;
    char *path = realpath(conf->state, NULL);
    if (!path)
        return err_errno(e, "cannot open the state folder %s", conf->state);
    free(conf->state);
    conf->state = path;
    return 0;
}

static int start_daemon(struct conf *conf, const char *config, int argc, char **argv)
{
    struct daemon_options options = {.conf = conf, .config = config};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--once") == 0) {
            options.once = true;
        } else if (strcmp(argv[i], "--jobs") == 0 && i + 1 < argc) {
            options.jobs_given = true;
            i++;
            if (!parse_int64(argv[i], strlen(argv[i]), &conf->jobs) || conf->jobs < 1 ||
                conf->jobs > 10000) {
                log_error("--jobs must be a number from 1 to 10000, not \"%.40s\"", argv[i]);
                return 2;
            }
        } else {
            return usage();
        }
    }
    return daemon_main(&options);
}

static int dispatch(struct conf *conf, const char *config, int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    int64_t run = 0;
    bool has_run = argc > 2 && parse_int64(argv[2], strlen(argv[2]), &run) && run > 0;
    if (strcmp(verb, "check") == 0 && argc == 3)
        return check_main(argv[2]);
    if (strcmp(verb, "inspect") == 0 && argc == 3)
        return inspect_main(conf, argv[2], EXPERIMENT_KEPT);
    if (strcmp(verb, "describe") == 0 && argc == 3)
        return inspect_main(conf, argv[2], EXPERIMENT_RUN);
    if (strcmp(verb, "supervise") == 0 && argc == 3 && has_run)
        return supervise_main(conf, run);
    if (strcmp(verb, "supervise") == 0 && argc == 3 && strcmp(argv[2], SUPERVISE_STANDBY) == 0)
        return supervise_standby(conf, argv[2]);
    if (strcmp(verb, "recover") == 0 && (argc == 3 || argc == 4) && has_run)
        return recover_main(conf, run, argc == 4 ? argv[3] : "");
    if (strcmp(verb, "sweep") == 0 && argc == 2)
        return sweep_main(conf);
    if (*verb && strncmp(verb, "--", 2) != 0)
        return usage();
    return start_daemon(conf, config, argc, argv);
}

int main(int argc, char **argv)
{
    if (conf_asks_help(argc, argv)) {
        print_usage(stdout);
        return 0;
    }
    struct err e = {0};
    enum log_level level = LOG_LVL_INFO;
    log_init("athanor-runner", level);
    const char *config = config_of(argc, argv);
    struct conf *conf = conf_from_args(&argc, argv, &e);
    bool check = argc > 1 && strcmp(argv[1], "check") == 0;
    if (!conf || sodium_init() < 0 || (!check && open_state(conf, &e) != 0)) {
        log_error("%s", e.text);
        conf_free(conf);
        return 1;
    }
    if (log_level_parse(conf->log_level, &level))
        log_init("athanor-runner", level);
    int status = dispatch(conf, config, argc, argv);
    conf_free(conf);
    return status;
}
