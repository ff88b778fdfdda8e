/*
 * download.h - the bytes of an answer into a file or to stdout, over cut connections.
 */
#ifndef CLI_DOWNLOAD_H
#define CLI_DOWNLOAD_H

#include "cli.h"

struct download {
    const char *path;   /* below the site's address, escaped */
    const char *target; /* the file, or NULL: stdout */
    const char *what;   /* for the progress line */
    const char *sha256; /* what it must be, or NULL; then a part that is there is gone on with */
    int64_t size;       /* or -1 */
};

/* A file gets its name when it is whole (and has that hash); until then it is called TARGET.part,
 * with a hash TARGET.HASH.part. What was cut goes on where it was, where the site can do that.
 * ERR_UNAVAILABLE after --retry-for seconds without a byte. */
MUST_CHECK int download_run(struct cli *cli, const struct download *d, struct err *e);

/* Whether the file is there and has this content. */
bool download_is_same(const char *path, const char *sha256);

#endif
