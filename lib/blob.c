#include "blob.h"

#include <string.h>

bool blob_is_hash(const char *text)
{
    return strlen(text) == BLOB_HASH_LEN && strspn(text, "0123456789abcdef") == BLOB_HASH_LEN;
}

char *blob_root(const char *state)
{
    return xasprintf("%s/artifacts", state);
}

char *blob_path(const char *root, const char *hash)
{
    if (!blob_is_hash(hash))
        die("\"%s\" is no SHA-256", hash);
    return xasprintf("%s/%.2s/%s", root, hash, hash + 2);
}
