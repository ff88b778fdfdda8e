#include "secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { RANDOM_SIZE = 32, BASE64_SIZE = 44 /* with its NUL */ };

_Static_assert(SECRET_HASH_SIZE == crypto_hash_sha256_BYTES, "the hash is SHA-256");
_Static_assert(SECRET_HEX_SIZE == 2 * SECRET_HASH_SIZE + 1, "two digits a byte and a NUL");

int secret_init(struct err *e)
{
    if (sodium_init() < 0)
        return err_set(e, ERR_INTERNAL, "cannot initialise libsodium");
    return 0;
}

void secret_new(const char *prefix, char out[SECRET_TOKEN_SIZE])
{
    unsigned char random[RANDOM_SIZE];
    size_t len = strlen(prefix);
    if (len > SECRET_TOKEN_SIZE - BASE64_SIZE)
        die("a token's prefix is too long: %s", prefix);
    memcpy(out, prefix, len);
    randombytes_buf(random, sizeof(random));
    sodium_bin2base64(out + len, SECRET_TOKEN_SIZE - len, random, sizeof(random),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(random, sizeof(random));
}

void secret_hash(const char *token, size_t len, char out[SECRET_HEX_SIZE])
{
    unsigned char hash[SECRET_HASH_SIZE];
    crypto_hash_sha256(hash, (const unsigned char *)token, len);
    sodium_bin2hex(out, SECRET_HEX_SIZE, hash, sizeof(hash));
}

static const char *skip_blank(const char *s)
{
    return s + strspn(s, " \t");
}

static size_t trimmed(const char *s, size_t len)
{
    while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
        len--;
    return len;
}

/* The token of `Bearer TOKEN`; NULL if the header is of another scheme. */
static const char *bearer_token(const char *header, size_t *len)
{
    static const char scheme[] = "Bearer";
    const size_t scheme_len = sizeof(scheme) - 1;
    header = skip_blank(header);
    if (strncasecmp(header, scheme, scheme_len) != 0)
        return NULL;
    const char *behind = header + scheme_len;
    const char *token = skip_blank(behind);
    if (token == behind)
        return NULL;
    *len = trimmed(token, strlen(token));
    return token;
}

char *secret_cookie_name(const char *base_url)
{
    const char *host = strstr(base_url, "://");
    host = host ? host + 3 : base_url;
    size_t len = strcspn(host, "/");
    const char *colon = memrchr(host, ':', len), *end = host + len;
    int64_t port;
    if (colon && parse_int64(colon + 1, (size_t)(end - colon - 1), &port))
        return xasprintf(SECRET_COOKIE "_%lld", (long long)port);
    return xstrdup(SECRET_COOKIE);
}

/* The value of the first cookie of that name, or NULL. */
static const char *cookie_value(const char *header, const char *name, size_t *len)
{
    const size_t name_len = strlen(name);
    for (const char *at = header; at; at = strchr(at, ';')) {
        at = skip_blank(*at == ';' ? at + 1 : at);
        if (strncmp(at, name, name_len) != 0 || at[name_len] != '=')
            continue;
        const char *value = at + name_len + 1;
        *len = trimmed(value, strcspn(value, ";"));
        return value;
    }
    return NULL;
}

void secret_from_headers(const char *authorization, const char *cookie, const char *name,
                         struct secret_offer *out)
{
    size_t len = 0;
    const char *token = authorization ? bearer_token(authorization, &len) : NULL;
    out->kind = SECRET_TOKEN;
    if (!token) {
        token = cookie ? cookie_value(cookie, name, &len) : NULL;
        if (!token && cookie)
            token = cookie_value(cookie, SECRET_COOKIE, &len);
        out->kind = SECRET_SESSION;
    }
    out->hash[0] = '\0';
    if (token)
        secret_hash(token, len, out->hash);
    else
        out->kind = SECRET_NONE;
}
