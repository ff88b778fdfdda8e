/* Reading a version's file again: what the store has now, against what was promoted. */
#include "pipelines.h"

#include "artifacts.h"
#include "blob.h"
#include "log.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, ALARM_S = 330 };
_Static_assert(BLOB_HASH_LEN == 2 * crypto_hash_sha256_BYTES, "a hash is SHA-256");

/* What the store has; an empty hash where it has nothing that can be read. */
struct found {
    char sha256[BLOB_HASH_LEN + 1];
    int64_t size;
};

/* -1 when nobody waits for the answer any more. */
static int hash_file(struct ctx *c, int fd, struct found *out)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    unsigned char *piece = arena_alloc(c->arena, PIECE);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    out->size = 0;
    for (;;) {
        alarm(ALARM_S);
        if (gateway_hung_up(c->req.gateway))
            return problem_set(&c->problem, 503, "nobody waits for this any more");
        ssize_t n = read(fd, piece, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            log_error("%s: the stored file cannot be read: %s", c->req.path, strerror(errno));
            return 0;
        }
        if (n == 0)
            break;
        out->size += n;
        crypto_hash_sha256_update(&state, piece, (unsigned long long)n);
    }
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(out->sha256, sizeof(out->sha256), hash, sizeof(hash));
    return 0;
}

static int look(struct ctx *c, const char *sha256, struct found *out)
{
    *out = (struct found){.size = -1};
    int fd = artifacts_open(c, sha256, &out->size);
    if (fd < 0)
        return 0;
    int rc = hash_file(c, fd, out);
    close(fd);
    return rc;
}

int pipelines_verify(struct ctx *c, const char **answer)
{
    struct artifacts_file f = {0};
    struct found found;
    struct params *p = ctx_params(c);
    params_text(p, c->match.texts[0]);
    params_int(p, c->match.ids[1]);
    if (artifacts_find(c, "version_file", p, &f) != 0 || look(c, f.sha256, &found) != 0)
        return -1;
    if (strcmp(found.sha256, f.sha256) != 0)
        log_error("pipeline %s, version %lld: the stored file is not what was promoted: it should "
                  "have the SHA-256 %s, and %s",
                  c->match.texts[0], (long long)c->match.ids[1], f.sha256,
                  found.sha256[0] ? found.sha256 : "cannot be read");
    p = ctx_params(c);
    params_text(p, c->match.texts[0]);
    params_int(p, c->match.ids[1]);
    params_text(p, c->user.name);
    params_text(p, found.sha256[0] ? found.sha256 : NULL);
    if (found.size >= 0)
        params_int(p, found.size);
    else
        params_null(p);
    const char *text = ctx_value(c, "version_verified", p, NULL);
    if (text && answer)
        *answer = text;
    return text ? 0 : -1;
}
