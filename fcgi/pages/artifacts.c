#include "artifacts.h"

#include "blob.h"
#include "log.h"
#include "log_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, ALARM_S = 330, SHORT_NAME = 100 };

const char *artifacts_sent_type(const char *media_type)
{
    static const char *const harmless[] = {
        "application/gzip", "application/json", "application/pdf", "application/zip",
        "text/csv",         "text/markdown",    "text/plain",      "text/tab-separated-values",
    };
    if (strncmp(media_type, "image/", 6) == 0 || strncmp(media_type, "audio/", 6) == 0 ||
        strncmp(media_type, "video/", 6) == 0)
        return media_type;
    for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
        if (strcmp(media_type, harmless[i]) == 0)
            return media_type;
    return "application/octet-stream";
}

static bool is_plain(unsigned char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '.' || ch == '-' || ch == '_';
}

/* Twice: in ASCII for old clients, whole and escaped (RFC 6266) for all others. */
void artifacts_disposition(struct strbuf *out, const char *name, int64_t n)
{
    char own[40];
    const char *slash = strrchr(name, '/');
    name = slash ? slash + 1 : name;
    if (strspn(name, ".") == strlen(name)) {
        snprintf(own, sizeof(own), "artifact-%lld", (long long)n);
        name = own;
    }
    strbuf_adds(out, "attachment; filename=\"");
    for (size_t i = 0; name[i] && i < SHORT_NAME; i++)
        strbuf_addc(out, is_plain((unsigned char)name[i]) ? name[i] : '_');
    strbuf_adds(out, "\"; filename*=UTF-8''");
    for (; *name; name++) {
        if (is_plain((unsigned char)*name))
            strbuf_addc(out, *name);
        else
            strbuf_addf(out, "%%%02X", (unsigned char)*name);
    }
}

int artifacts_find(struct ctx *c, const char *query, struct params *p, struct artifacts_file *f)
{
    struct db_result *r = ctx_query(c, query, p);
    if (!r)
        return -1;
    int rc = 0;
    if (db_rows(r) == 0) {
        rc = ctx_missing(c, c->match.count);
    } else {
        f->name = arena_strndup(c->arena, db_text(r, 0, 0), db_length(r, 0, 0));
        f->sha256 = arena_strndup(c->arena, db_text(r, 0, 1), db_length(r, 0, 1));
        f->size = db_int(r, 0, 2);
        f->type = arena_strndup(c->arena, db_text(r, 0, 3), db_length(r, 0, 3));
    }
    db_result_free(r);
    return rc;
}

int artifacts_open(struct ctx *c, const char *sha256, int64_t *size)
{
    struct stat st;
    int fd = -1;
    if (blob_is_hash(sha256)) {
        char *root = blob_root(c->app->conf->state);
        char *path = blob_path(root, sha256);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        free(root);
        free(path);
    }
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *size = st.st_size;
        return fd;
    }
    close(fd);
    return -1;
}

static int open_kept(struct ctx *c, const struct artifacts_file *f)
{
    int64_t size = -1;
    int fd = artifacts_open(c, f->sha256, &size);
    if (fd >= 0 && size == f->size)
        return fd;
    if (fd >= 0)
        close(fd);
    log_error("%s: the store does not have %s as it was kept", c->req.path, f->sha256);
    return problem_set(&c->problem, 500, "the store of this site does not have the file any more");
}

static void put_headers(struct ctx *c, const struct artifacts_file *f, const char *etag)
{
    struct strbuf disposition = STRBUF_INIT;
    artifacts_disposition(&disposition, f->name, f->n);
    c->res->type = artifacts_sent_type(f->type);
    response_header(c->res, "Content-Disposition", disposition.buf);
    response_header(c->res, "Content-Security-Policy", "default-src 'none'; sandbox");
    response_header(c->res, "ETag", etag);
    response_header(c->res, "Accept-Ranges", "bytes");
    response_header(c->res, "Cache-Control", "private, no-cache");
    strbuf_release(&disposition);
}

static int send_file(struct ctx *c, int fd, int64_t from, int64_t to)
{
    char *piece = arena_alloc(c->arena, PIECE);
    response_stream_begin(c->res, to - from);
    while (!c->res->head_only && from < to) {
        alarm(ALARM_S);
        ssize_t n = pread(fd, piece, (size_t)MIN(to - from, (int64_t)PIECE), from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return problem_set(&c->problem, 500, "the file ended early");
        if (response_stream(c->res, piece, (size_t)n) != 0)
            return -1;
        from += n;
    }
    return 0;
}

/* The file, the range of it that was asked for, or a 304 or 416. */
static int answer(struct ctx *c, const struct artifacts_file *f, int fd)
{
    const char *known = request_param(&c->req, "HTTP_IF_NONE_MATCH");
    const char *etag = arena_printf(c->arena, "\"%s\"", f->sha256);
    int64_t first = 0, last = f->size - 1;
    put_headers(c, f, etag);
    if (known && (strstr(known, etag) || strcmp(known, "*") == 0)) {
        c->res->status = 304;
        return 0;
    }
    int range = log_text_range(request_param(&c->req, "HTTP_RANGE"), f->size, &first, &last);
    if (range < 0) {
        response_restart(c->res, 416);
        response_headerf(c->res, "Content-Range", "bytes */%lld", (long long)f->size);
        return 0;
    }
    if (range) {
        c->res->status = 206;
        response_headerf(c->res, "Content-Range", "bytes %lld-%lld/%lld", (long long)first,
                         (long long)last, (long long)f->size);
    }
    return send_file(c, fd, first, last + 1);
}

int artifacts_send(struct ctx *c, const struct artifacts_file *f)
{
    int fd = open_kept(c, f);
    if (fd < 0)
        return -1;
    int rc = answer(c, f, fd);
    close(fd);
    return rc;
}

int artifacts_download(struct ctx *c)
{
    struct artifacts_file f = {.n = c->match.ids[1]};
    struct params *p = ctx_params(c);
    params_int(p, c->match.ids[0]);
    params_int(p, f.n);
    return artifacts_find(c, "artifact_file", p, &f) == 0 ? artifacts_send(c, &f) : -1;
}
