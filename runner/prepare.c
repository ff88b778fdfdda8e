#include "prepare.h"

#include "git.h"
#include "blob.h"
#include "handover.h"
#include "io.h"
#include "json.h"
#include "offer.h"
#include "tree.h"
#include "validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void prepare_run_release(struct prepare_run *run)
{
    free(run->experiment);
    free(run->instance_name);
    free(run->configuration);
    json_decref(run->data);
    *run = (struct prepare_run){0};
}

void prepare_release(struct prepared *p)
{
    experiment_release(&p->experiment);
    environment_release(&p->environment);
    *p = (struct prepared){0};
}

int prepare_find(struct prepared *p, const struct conf *conf, const struct rundir *dir,
                 const char *experiment, struct err *e)
{
    struct err why = {0};
    int rc = offer_read(dir->offer, &p->experiment, &p->runner, &why);
    if (rc != 0 && why.code == ERR_NOT_FOUND) {
        experiment_release(&p->experiment);
        char *folder = experiment_find(conf->experiments, experiment);
        char *cache = xasprintf("%s/describe", conf->state);
        if (folder)
            rc = experiment_load(&p->experiment, folder, cache, EXPERIMENT_RUN, &why);
        else
            err_set(&why, ERR_NOT_FOUND, "this host has no experiment \"%.100s\"", experiment);
        free(cache);
        free(folder);
    }
    p->found = rc == 0;
    if (rc != 0 && e)
        *e = why;
    return rc;
}

/* The configuration as the program reads it: as it stands in the database (*lacked is false), but
 * for what it lacks. */
static int check_configuration(const struct prepared *p, const struct prepare_run *run,
                               struct strbuf *out, bool *lacked, struct err *e)
{
    struct faults faults;
    json_t *values = json_parse(run->configuration, strlen(run->configuration), "configuration", e);
    if (!values)
        return -1;
    struct arena *a = arena_new();
    faults_init(&faults, a);
    json_t *checked = validate(&p->experiment.manifest->configuration, values, "", &faults);
    int rc = faults_err(&faults, e);
    if (rc != 0)
        err_wrap(e, "the configuration does not fit the experiment");
    *lacked = rc == 0 && !json_equal(values, checked);
    if (*lacked)
        json_put_value(out, checked);
    else if (rc == 0)
        strbuf_adds(out, run->configuration);
    json_decref(checked);
    json_decref(values);
    arena_free(a);
    return rc;
}

static void set_number(struct environment *env, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    environment_set(env, name, text);
}

static void make_environment(struct prepared *p, const struct rundir *dir,
                             const struct prepare_run *run, const char *cookie)
{
    struct environment *env = &p->environment;
    environment_init(env, p->experiment.manifest->environment);
    environment_set(env, TREE_COOKIE, cookie);
    set_number(env, "ATHANOR_RUN_ID", run->id);
    set_number(env, "ATHANOR_RUN_NUMBER", run->number);
    set_number(env, "ATHANOR_INSTANCE_ID", run->instance);
    environment_set(env, "ATHANOR_INSTANCE_NAME", run->instance_name);
    environment_set(env, "ATHANOR_EXPERIMENT", run->experiment);
    environment_set(env, "ATHANOR_DIR", p->experiment.folder);
    environment_set(env, "ATHANOR_CONFIG", dir->config);
    environment_set(env, "ATHANOR_FD", "3");
}

/* Whether some field of it is of that type. */
static bool has_data(const struct schema *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->fields[i].type == SCHEMA_DATA || has_data(&s->fields[i].fields))
            return true;
    }
    return false;
}

/* The configuration's text with data sources in place of what refers to them. */
static int hand_over(const struct prepared *p, const struct conf *conf, const struct rundir *dir,
                     const struct prepare_run *run, struct strbuf *text, struct err *e)
{
    const struct schema *s = &p->experiment.manifest->configuration;
    if (!has_data(s))
        return 0;
    json_t *values = json_parse(text->buf, text->len, "configuration", e);
    char *root = blob_root(conf->state);
    struct handover h = {.root = root, .folder = dir->data, .known = run->data};
    int rc = values ? handover_fill(&h, s, values, e) : -1;
    if (rc == 0) {
        strbuf_reset(text);
        json_put_value(text, values);
    }
    json_decref(values);
    free(root);
    return rc;
}

int prepare(struct prepared *p, const struct conf *conf, const struct rundir *dir,
            const struct prepare_run *run, const char *cookie, struct err *e)
{
    struct strbuf text = STRBUF_INIT;
    bool lacked;
    int rc = check_configuration(p, run, &text, &lacked, e);
    if (rc == 0)
        rc = hand_over(p, conf, dir, run, &text, e);
    if (rc == 0) {
        strbuf_addc(&text, '\n');
        rc = rundir_write_file(dir->config, &text, e);
    }
    if (rc == 0)
        rc = io_remove_tree(dir->work, e);
    if (rc == 0)
        rc = io_mkdirs(dir->work, 0700, e);
    if (rc == 0)
        make_environment(p, dir, run, cookie);
    strbuf_release(&text);
    return rc;
}

/* The shorter of the run's own limit and the experiment's; 0: none. */
static int64_t time_limit(const struct prepared *p, const struct prepare_run *run)
{
    int64_t own = run->time_limit_s, usual = p->experiment.manifest->timeout_s;
    return own && usual ? MIN(own, usual) : own + usual;
}

void prepare_plan(const struct prepared *p, const struct prepare_run *run, const struct rundir *dir,
                  struct child_plan *out)
{
    const struct manifest *m = p->experiment.manifest;
    *out = (struct child_plan){
        .spawn = {.command = m->command,
                  .folder = p->experiment.folder,
                  .work = dir->work,
                  .environment = p->environment.items,
                  .cgroup_fd = -1},
        .timeout_s = time_limit(p, run),
        .grace_s = m->grace_s,
        .memory_mb = m->memory_mb,
        .cpu_s = m->cpu_s,
        .cgroup = "",
    };
}

static void put_text(struct strbuf *out, const char *name, const char *value)
{
    strbuf_addf(out, ",\"%s\":", name);
    json_put_cstring(out, value);
}

static void put_value(struct strbuf *out, const char *name, const json_t *value)
{
    strbuf_addf(out, ",\"%s\":", name);
    if (value)
        json_put_value(out, value);
    else
        strbuf_adds(out, "null");
}

/* What made the experiment: its commit where it lies in a checkout. */
static void put_commit(struct strbuf *out, const char *folder)
{
    char *commit = git_commit(folder);
    if (commit)
        put_text(out, "git_commit", commit);
    free(commit);
}

/* The configuration where the program reads another than the one of the run, and the seed. */
static void put_configuration(struct strbuf *out, const struct prepared *p,
                              const struct prepare_run *run)
{
    struct strbuf text = STRBUF_INIT;
    struct err e;
    bool lacked = false;
    const char *seed = json_get_str(p->experiment.manifest->root, "seed", NULL);
    if (check_configuration(p, run, &text, &lacked, &e) == 0) {
        json_t *values = seed ? json_parse(text.buf, text.len, "configuration", &e) : NULL;
        if (values)
            put_value(out, "seed", json_object_get(values, seed));
        json_decref(values);
    }
    if (lacked)
        strbuf_addf(out, ",\"configuration\":%s", text.buf);
    strbuf_release(&text);
}

void prepare_snapshot(const struct prepared *p, const struct prepare_run *run, const char *host,
                      const char *claim, struct strbuf *out)
{
    const struct manifest *m = p->experiment.manifest;
    strbuf_adds(out, "{\"experiment\":");
    json_put_cstring(out, run->experiment);
    put_text(out, "host", host);
    strbuf_addf(out, ",\"runner\":%lld", (long long)p->runner);
    if (p->found) {
        put_text(out, "version", m->version);
        put_text(out, "content_hash", p->experiment.hash);
        put_commit(out, p->experiment.folder);
        put_configuration(out, p, run);
        put_text(out, "folder", p->experiment.folder);
        put_value(out, "command", m->command);
        put_value(out, "environment", m->environment);
        put_value(out, "limits", json_object_get(m->root, "limits"));
        strbuf_addf(out, ",\"timeout_s\":%lld,\"grace_s\":%lld", (long long)time_limit(p, run),
                    (long long)m->grace_s);
    }
    if (run->data) {
        strbuf_adds(out, ",\"data\":");
        handover_put_facts(run->data, out);
    }
    put_text(out, "claim", claim);
    strbuf_addc(out, '}');
}
