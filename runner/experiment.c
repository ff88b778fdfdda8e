#include "experiment.h"

#include "describe.h"
#include "io.h"
#include "json.h"
#include "strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

struct hasher {
    crypto_hash_sha256_state state;
    int files;
    struct err *e;
};

static int hash_file(struct hasher *h, const char *path)
{
    static unsigned char buffer[READ_SIZE];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return err_errno(h->e, "cannot read %s", path);
    while ((n = read(fd, buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            crypto_hash_sha256_update(&h->state, buffer, (unsigned long long)n);
    int rc = n < 0 ? err_errno(h->e, "cannot read %s", path) : 0;
    close(fd);
    return rc;
}

static int hash_link(struct hasher *h, const char *path)
{
    char target[4096];
    ssize_t n = readlink(path, target, sizeof(target));
    if (n < 0)
        return err_errno(h->e, "cannot read the link %s", path);
    crypto_hash_sha256_update(&h->state, (const unsigned char *)target, (unsigned long long)n);
    return 0;
}

static int hash_folder(struct hasher *h, const char *path, const char *below, int depth);

/* An entry: its place, what it is, its size, its content. */
static int hash_entry(struct hasher *h, const char *path, const char *below, int depth)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return err_errno(h->e, "cannot read %s", path);
    if (++h->files > EXPERIMENT_FILES_MAX)
        return err_set(h->e, ERR_LIMIT, "the folder holds more than %d files",
                       EXPERIMENT_FILES_MAX);
    char *head = xasprintf("%s%c%c%c%lld%c", below, 0,
                           S_ISREG(st.st_mode)   ? 'f'
                           : S_ISDIR(st.st_mode) ? 'd'
                           : S_ISLNK(st.st_mode) ? 'l'
                                                 : 'o',
                           st.st_mode & 0100 ? 'x' : '-',
                           S_ISREG(st.st_mode) ? (long long)st.st_size : 0, 0);
    size_t len = strlen(below) + 1;
    len += strlen(head + len) + 1;
    crypto_hash_sha256_update(&h->state, (const unsigned char *)head, len);
    free(head);
    if (S_ISREG(st.st_mode))
        return hash_file(h, path);
    if (S_ISLNK(st.st_mode))
        return hash_link(h, path);
    return S_ISDIR(st.st_mode) ? hash_folder(h, path, below, depth + 1) : 0;
}

static int hash_folder(struct hasher *h, const char *path, const char *below, int depth)
{
    if (depth > EXPERIMENT_DEPTH_MAX)
        return err_set(h->e, ERR_LIMIT, "folders are nested more than %d deep",
                       EXPERIMENT_DEPTH_MAX);
    char **names = io_list(path, h->e);
    int rc = names ? 0 : -1;
    for (char **name = names; rc == 0 && *name; name++) {
        char *full = xasprintf("%s/%s", path, *name);
        char *place = xasprintf("%s%s%s", below, *below ? "/" : "", *name);
        rc = hash_entry(h, full, place, depth);
        free(place);
        free(full);
    }
    io_list_free(names);
    return rc;
}

char *experiment_hash(const char *folder, struct err *e)
{
    struct err ignored;
    struct hasher h = {.e = e ? e : &ignored};
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&h.state);
    if (hash_folder(&h, folder, "", 0) != 0)
        return NULL;
    crypto_hash_sha256_final(&h.state, hash);
    char *hex = xmalloc(2 * sizeof(hash) + 1);
    return sodium_bin2hex(hex, 2 * sizeof(hash) + 1, hash, sizeof(hash));
}

/* Lays over the manifest what describe says, or said of these very files before. */
static int merge_description(struct experiment *x, json_t *root, const char *cache,
                             enum experiment_use use, struct err *e)
{
    int has = manifest_has_describe(root, e);
    if (has <= 0)
        return has;
    json_t *said = describe_kept(x->hash, cache);
    if (!said && use == EXPERIMENT_KEPT) {
        x->undescribed = true;
        return err_set(e, ERR_UNAVAILABLE, "its describe command has not run yet");
    }
    if (!said)
        said = describe(x->folder, root, x->hash, cache, e);
    if (!said) {
        x->retry = true;
        return -1;
    }
    manifest_merge(root, said);
    json_decref(said);
    return 0;
}

/* The name of a folder as it is called here, which is a link's own and not its target's. */
static char *folder_name(const char *folder, const char *real)
{
    size_t len = strlen(folder);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    const char *slash = memrchr(folder, '/', len);
    const char *name = slash ? slash + 1 : folder;
    size_t name_len = (size_t)(folder + len - name);
    if (name_len == 0 || strncmp(name, ".", name_len) == 0 || strncmp(name, "..", name_len) == 0)
        return xstrdup(strrchr(real, '/') + 1);
    return xstrndup(name, name_len);
}

int experiment_load(struct experiment *x, const char *folder, const char *cache,
                    enum experiment_use use, struct err *e)
{
    *x = (struct experiment){0};
    x->folder = realpath(folder, NULL);
    if (!x->folder)
        return err_errno(e, "cannot open the folder %s", folder);
    json_t *root = manifest_read(x->folder, e);
    if (root && (x->hash = experiment_hash(x->folder, e)) &&
        merge_description(x, root, cache, use, e) == 0) {
        char *name = folder_name(folder, x->folder);
        x->manifest = manifest_check(json_incref(root), name, e);
        free(name);
    }
    json_decref(root);
    return x->manifest ? 0 : -1;
}

void experiment_release(struct experiment *x)
{
    manifest_free(x->manifest);
    free(x->folder);
    free(x->hash);
    *x = (struct experiment){0};
}

bool experiment_is_there(const char *folder)
{
    struct stat st;
    char *file = xasprintf("%s/%s", folder, MANIFEST_FILE);
    bool there = lstat(file, &st) == 0;
    if (!there && errno == EACCES) /* to be shown as broken, not to be passed over */
        there = stat(folder, &st) == 0 && S_ISDIR(st.st_mode);
    free(file);
    return there;
}

char *experiment_find(const char *search_path, const char *name)
{
    for (const char *at = search_path; *at;) {
        size_t len = strcspn(at, ":");
        char *folder = xasprintf("%.*s/%s", (int)len, at, name);
        if (len && experiment_is_there(folder))
            return folder;
        free(folder);
        at += len + (at[len] == ':');
    }
    return NULL;
}
