#include "download.h"

#include "api.h"
#include "args.h"
#include "backoff.h"
#include "interrupt.h"
#include "out.h"
#include "text.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_FOR_S = 600, HASH_SIZE = 65 };

struct receiver {
    struct cli *cli;
    const struct download *d;
    struct http_answer answer;
    FILE *file;         /* NULL: stdout */
    int64_t have;       /* bytes written */
    int64_t asked_from; /* by this request */
    struct strbuf line; /* unfinished, for a terminal */
    struct err *e;
};

/* A terminal gets no byte raw. */
static void show_on_terminal(struct receiver *r, const char *bytes, size_t len)
{
    struct strbuf fit = STRBUF_INIT;
    const char *newline;
    strbuf_add(&r->line, bytes, len);
    while ((newline = memchr(r->line.buf, '\n', r->line.len))) {
        size_t line = (size_t)(newline - r->line.buf);
        strbuf_reset(&fit);
        text_put(&fit, r->line.buf, line, r->cli->out->colours);
        strbuf_addc(&fit, '\n');
        out_bytes(r->cli->out, fit.buf, fit.len);
        strbuf_consume(&r->line, line + 1);
    }
    strbuf_release(&fit);
}

/* The site may answer a part with the whole: a file begins anew then, on stdout it is too late. */
static int begin_anew(struct receiver *r)
{
    r->asked_from = 0;
    if (!r->file)
        return err_set(r->e, ERR_UNAVAILABLE, "the answer was cut, and cannot be gone on with");
    r->have = 0;
    return fflush(r->file) == 0 && ftruncate(fileno(r->file), 0) == 0 &&
                   fseeko(r->file, 0, SEEK_SET) == 0
               ? 0
               : err_errno(r->e, "cannot write %s", r->d->target);
}

static int on_bytes(void *arg, const char *bytes, size_t len)
{
    struct receiver *r = arg;
    if (r->asked_from && r->answer.status == 200 && begin_anew(r) < 0)
        return -1;
    if (r->file && fwrite(bytes, 1, len, r->file) != len)
        return err_errno(r->e, "cannot write %s", r->d->target);
    if (!r->file && r->cli->out->is_terminal)
        show_on_terminal(r, bytes, len);
    else if (!r->file)
        out_bytes(r->cli->out, bytes, len);
    r->have += (int64_t)len;
    if (r->file)
        out_progress_bytes(r->cli->out, r->d->what, r->have, r->d->size);
    return 0;
}

/* One request for what is missing. 1: all is here; 0: ask again; -1. */
static int fetch_once(struct receiver *r)
{
    char range[64];
    struct err why = {0};
    snprintf(range, sizeof(range), "Range: bytes=%lld-", (long long)r->have);
    struct http_request request = {
        .path = r->d->path, .sink = on_bytes, .sink_arg = r, .headers = {r->have ? range : NULL}};
    r->asked_from = r->have;
    int status = http_perform(r->cli->http, &request, &r->answer, &why);
    if (status < 0 && why.code == ERR_IO) /* by on_bytes, which has said why */
        return -1;
    if (status == 0 && (r->answer.status == 200 || r->answer.status == 206))
        return 1;
    if (status == 0 && r->answer.status == 416 && r->asked_from)
        return 1;
    if (!api_is_away(&r->answer, status))
        return api_refused(r->cli, &r->answer, r->e);
    *r->e = why.code ? why : *r->e;
    if (!why.code)
        api_refused(r->cli, &r->answer, r->e);
    return 0;
}

static int fetch(struct receiver *r)
{
    struct backoff wait = {BACKOFF_FIRST_MS};
    int64_t retry_ms = args_number(r->cli->args, OPT_RETRY_FOR, RETRY_FOR_S) * 1000,
            last_ms = clock_mono_ms(), before = r->have;
    int status;
    while ((status = fetch_once(r)) == 0) {
        if (r->have != before) {
            last_ms = clock_mono_ms();
            backoff_reset(&wait, BACKOFF_FIRST_MS);
            before = r->have;
        }
        if (clock_mono_ms() - last_ms > retry_ms)
            return -1;
        interrupt_sleep(backoff_next(&wait));
    }
    return MIN(status, 0);
}

static bool hash_file(FILE *file, char out[HASH_SIZE])
{
    crypto_hash_sha256_state state;
    unsigned char bytes[65536], hash[crypto_hash_sha256_BYTES];
    size_t len;
    crypto_hash_sha256_init(&state);
    rewind(file);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        crypto_hash_sha256_update(&state, bytes, len);
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(out, HASH_SIZE, hash, sizeof(hash));
    return !ferror(file);
}

bool download_is_same(const char *path, const char *sha256)
{
    char hash[HASH_SIZE];
    FILE *file = fopen(path, "re");
    bool same = file && hash_file(file, hash) && strcmp(hash, sha256) == 0;
    if (file)
        fclose(file);
    return same;
}

/* A part that is there is worth something only where its hash says of what. */
static int open_part(struct receiver *r, const char *part)
{
    r->file = fopen(part, r->d->sha256 ? "a+e" : "w+e");
    if (!r->file || fseeko(r->file, 0, SEEK_END) < 0)
        return err_errno(r->e, "cannot write %s", part);
    r->have = ftello(r->file);
    return 0;
}

static int keep(struct receiver *r, const char *part)
{
    char hash[HASH_SIZE];
    const char *wanted = r->d->sha256;
    if (fflush(r->file) != 0)
        return err_errno(r->e, "cannot write %s", part);
    if (wanted && (!hash_file(r->file, hash) || strcmp(hash, wanted) != 0)) {
        remove(part);
        return err_set(r->e, ERR_UNAVAILABLE,
                       "what came for %s is not what was stored: its SHA-256 is not %s",
                       r->d->target, wanted);
    }
    return rename(part, r->d->target) == 0 ? 0 : err_errno(r->e, "cannot write %s", r->d->target);
}

static int to_file(struct receiver *r)
{
    char *part = r->d->sha256 ? xasprintf("%s.%.12s.part", r->d->target, r->d->sha256)
                              : xasprintf("%s.part", r->d->target);
    int status = open_part(r, part);
    bool whole = status == 0 && r->d->size >= 0 && r->have >= r->d->size && r->d->sha256;
    if (status == 0 && !whole)
        status = fetch(r);
    if (status == 0)
        status = keep(r, part);
    if (r->file)
        fclose(r->file);
    free(part);
    return status;
}

int download_run(struct cli *cli, const struct download *d, struct err *e)
{
    struct err own = {0};
    struct receiver r = {.cli = cli, .d = d, .e = e ? e : &own};
    http_answer_init(&r.answer);
    strbuf_init(&r.line);
    int status = d->target ? to_file(&r) : fetch(&r);
    if (r.line.len)
        show_on_terminal(&r, "\n", 1);
    out_progress(cli->out, -1, NULL);
    http_answer_release(&r.answer);
    strbuf_release(&r.line);
    return status;
}
