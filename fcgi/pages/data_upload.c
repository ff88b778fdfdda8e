#include "data_upload.h"

#include "blob.h"
#include "csv_facts.h"
#include "instances.h"
#include "io.h"
#include "log.h"
#include "texts.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PIECE = 64 * 1024,
    FLUSH = 8 * 1024 * 1024,
    ALARM_S = 330,
    PATIENCE_S = 60,
    NAME_LENGTH = 200
};

/* One that is under way. */
struct incoming {
    char *root, *path; /* path NULL: there is no file */
    int fd;
    int64_t size, flushed;
    crypto_hash_sha256_state hash;
    char sha256[BLOB_HASH_LEN + 1];
    struct csv_facts *facts;
};

int data_upload_check(struct ctx *c, const char *name, const char *project)
{
    struct faults *f = arena_alloc(c->arena, sizeof(*f));
    size_t len = strlen(name);
    faults_init(f, c->arena);
    if (!len)
        faults_add(f, "name", "is required");
    else if (name[0] == ' ' || name[len - 1] == ' ')
        faults_add(f, "name", "may not begin or end with a space");
    else if (strchr(name, '/'))
        faults_add(f, "name", "may not hold a /");
    else if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        faults_add(f, "name", "may not be . or .., which addresses cannot hold");
    else if (strspn(name, "0123456789") == len)
        faults_add(f, "name", "may not be digits alone: that would be a number");
    texts_check_line(f, "name", name, NAME_LENGTH);
    texts_check_line(f, "project", project, INSTANCES_PROJECT_MAX);
    return f->count ? problem_faults(&c->problem, 422, f, "the data source has wrong values") : 0;
}

/* ---- what stands in the way ---- */

static int too_large(struct ctx *c)
{
    char words[BLOB_WORDS];
    return problem_set(&c->problem, 413,
                       "the file is larger than %s, which is what this site takes",
                       blob_words(c->app->conf->data_mb << 20, words));
}

static int obstacle(struct ctx *c, const struct data_upload *u, const char *what)
{
    char words[BLOB_WORDS];
    if (strcmp(what, "taken") == 0)
        return problem_field(&c->problem, 409, "name",
                             "there is a data source %.200s already; choose another name, or "
                             "replace it (replace=1)",
                             u->name);
    return problem_set(&c->problem, 507,
                       "data sources may take %s on this site, and there is no room for this file; "
                       "delete some first",
                       blob_words(c->app->conf->data_quota_mb << 20, words));
}

/* What can be told before anything was read. */
static int check_first(struct ctx *c, const struct data_upload *u)
{
    if (u->announced > c->app->conf->data_mb << 20)
        return too_large(c);
    struct params *p = ctx_params(c);
    params_text(p, u->project);
    params_text(p, u->name);
    params_bool(p, u->replace);
    params_int(p, MAX(u->announced, 0));
    params_int(p, c->app->conf->data_quota_mb << 20);
    struct db_result *r = ctx_query(c, "data_source_obstacle", p);
    if (!r)
        return -1;
    int rc = db_is_null(r, 0, 0) ? 0 : obstacle(c, u, db_text(r, 0, 0));
    db_result_free(r);
    return rc;
}

/* A fault of the store: full, or ours. */
static int store_failed(struct ctx *c, const struct err *e, bool full)
{
    log_error("upload: %s", e->text);
    if (full)
        return problem_set(&c->problem, 507, "the disk of this site is full");
    return problem_set(&c->problem, 500, "something went wrong here; the server's log says what");
}

static bool is_full(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* ---- the file ---- */

static int begin(struct ctx *c, struct incoming *in, int64_t announced)
{
    struct err e;
    in->root = blob_root(c->app->conf->state);
    char *folder = xasprintf("%s/incoming", in->root);
    int rc = io_mkdirs(folder, 0700, &e);
    if (rc != 0)
        rc = store_failed(c, &e, is_full(errno));
    else if (blob_check_room(in->root, MAX(announced, 0), &e) != 0)
        rc = store_failed(c, &e, e.code == ERR_LIMIT);
    if (rc == 0) {
        in->path = xasprintf("%s/XXXXXX", folder);
        in->fd = mkostemp(in->path, O_CLOEXEC);
        if (in->fd < 0 || flock(in->fd, LOCK_EX) != 0) {
            bool full = is_full(errno);
            err_errno(&e, "cannot make a file in %s", folder);
            rc = store_failed(c, &e, full);
        }
    }
    in->facts = csv_facts_new();
    crypto_hash_sha256_init(&in->hash);
    free(folder);
    return rc;
}

static void end(struct incoming *in)
{
    if (in->fd >= 0 && in->path)
        unlink(in->path); /* there is none if it got its name */
    if (in->fd >= 0)
        close(in->fd);
    csv_facts_free(in->facts);
    free(in->root);
    free(in->path);
}

static int take_piece(struct ctx *c, struct incoming *in, const char *data, size_t len)
{
    struct err e;
    if (in->size + (int64_t)len > c->app->conf->data_mb << 20)
        return too_large(c);
    crypto_hash_sha256_update(&in->hash, (const unsigned char *)data, len);
    if (csv_facts_feed(in->facts, data, len, &e) != 0)
        return problem_set(&c->problem, 422, "%s", e.text);
    if (io_write_all(in->fd, data, len, &e) != 0)
        return store_failed(c, &e, is_full(errno));
    in->size += (int64_t)len;
    if (in->size - in->flushed < FLUSH)
        return 0;
    /* To the disk meanwhile, so that the sync at the end is short, and memory is not full of it. */
    sync_file_range(in->fd, in->flushed, in->size - in->flushed, SYNC_FILE_RANGE_WRITE);
    in->flushed = in->size;
    if (blob_check_room(in->root, 0, &e) != 0)
        return store_failed(c, &e, e.code == ERR_LIMIT);
    return 0;
}

static int take_all(struct ctx *c, struct incoming *in, const struct data_upload *u)
{
    char *piece = arena_alloc(c->arena, PIECE);
    ssize_t n;
    gateway_set_patience(c->req.gateway, PATIENCE_S);
    do {
        alarm(ALARM_S);
        n = u->read(u->arg, piece, PIECE);
        if (n > 0 && take_piece(c, in, piece, (size_t)n) != 0)
            return -1;
    } while (n > 0);
    return n < 0 ? problem_set(&c->problem, 400, "the file did not arrive whole") : 0;
}

static int finish(struct ctx *c, struct incoming *in)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct err e;
    if (csv_facts_end(in->facts, &e) != 0)
        return problem_set(&c->problem, 422, "%s", e.text);
    if (fchmod(in->fd, 0400) != 0 || fsync(in->fd) != 0) {
        bool full = is_full(errno);
        err_errno(&e, "cannot sync %s", in->path);
        return store_failed(c, &e, full);
    }
    crypto_hash_sha256_final(&in->hash, hash);
    sodium_bin2hex(in->sha256, sizeof(in->sha256), hash, sizeof(hash));
    return 0;
}

/* ---- the row ---- */

static void put_facts(struct params *p, const struct csv_facts *f)
{
    static void (*const puts[])(const struct csv_facts *, struct strbuf *) = {
        csv_facts_put_columns, csv_facts_put_sample, csv_facts_put_notes};
    struct strbuf text = STRBUF_INIT;
    char delimiter[] = {csv_facts_delimiter(f), '\0'};
    params_int(p, csv_facts_rows(f));
    params_text(p, delimiter);
    for (size_t i = 0; i < ARRAY_LEN(puts); i++) {
        strbuf_reset(&text);
        puts[i](f, &text);
        params_textn(p, text.buf, text.len);
    }
    strbuf_release(&text);
}

static int record(struct ctx *c, const struct incoming *in, const struct data_upload *u,
                  struct data_uploaded *out)
{
    struct params *p = ctx_params(c);
    params_text(p, u->project);
    params_text(p, u->name);
    params_bool(p, u->replace);
    params_int(p, c->app->conf->data_quota_mb << 20);
    params_int(p, in->size);
    params_text(p, in->sha256);
    put_facts(p, in->facts);
    params_text(p, c->user.name);
    struct db_result *r = ctx_query(c, "data_source_add", p);
    if (!r)
        return -1;
    const char *outcome = db_text(r, 0, 0);
    *out = (struct data_uploaded){
        .id = db_int(r, 0, 1),
        .made = strcmp(outcome, "made") == 0,
        .row = arena_strndup(c->arena, db_text(r, 0, 2), db_length(r, 0, 2)),
    };
    int rc = out->id ? 0 : obstacle(c, u, outcome);
    db_result_free(r);
    return rc;
}

/* Under the store's lock, so that the sweep does not take the content before its row is there. */
static int keep(struct ctx *c, const struct incoming *in, const struct data_upload *u,
                struct data_uploaded *out)
{
    struct err e;
    int rc = -1, lock = blob_lock(in->root, &e);
    if (lock < 0 || blob_take(in->root, in->path, in->sha256, in->size, &e) != 0)
        store_failed(c, &e, is_full(errno));
    else
        rc = record(c, in, u, out);
    if (lock >= 0)
        close(lock);
    return rc;
}

int data_upload(struct ctx *c, const struct data_upload *u, struct data_uploaded *out)
{
    struct incoming in = {.fd = -1};
    if (gateway_hung_up(c->req.gateway)) /* gave up while others were served; said to have failed */
        return problem_set(&c->problem, 400, "the sender has gone");
    if (check_first(c, u) != 0)
        return -1;
    int rc = begin(c, &in, u->announced);
    if (rc == 0)
        rc = take_all(c, &in, u);
    if (rc == 0)
        rc = finish(c, &in);
    if (rc == 0)
        rc = keep(c, &in, u, out);
    end(&in);
    return rc;
}
