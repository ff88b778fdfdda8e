#include "signature.h"

#include "experiment.h"
#include "io.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

struct walk {
    uint64_t hash;
    int files;
};

static void mix(struct walk *w, const void *data, size_t len)
{
    const unsigned char *at = data;
    for (size_t i = 0; i < len; i++)
        w->hash = (w->hash ^ at[i]) * FNV_PRIME;
}

static void walk_folder(struct walk *w, const char *path, int depth)
{
    char **names = depth <= EXPERIMENT_DEPTH_MAX ? io_list(path, NULL) : NULL;
    for (char **name = names; name && *name && w->files < EXPERIMENT_FILES_MAX; name++) {
        struct stat st;
        char *full = xasprintf("%s/%s", path, *name);
        w->files++;
        mix(w, *name, strlen(*name) + 1);
        if (lstat(full, &st) == 0) {
            /* A folder's own time and size change when files come and go, which the names tell
             * already. */
            bool folder = S_ISDIR(st.st_mode);
            int64_t facts[] = {st.st_mode, folder ? 0 : st.st_size, folder ? 0 : st.st_mtim.tv_sec,
                               folder ? 0 : st.st_mtim.tv_nsec, (int64_t)st.st_ino};
            mix(w, facts, sizeof(facts));
            if (folder)
                walk_folder(w, full, depth + 1);
        }
        free(full);
    }
    io_list_free(names);
}

uint64_t signature_of(const char *folder)
{
    struct walk w = {.hash = FNV_START};
    walk_folder(&w, folder, 0);
    return w.hash;
}
