/*
 * folder.h - a folder of the test's own: make_folder before the group, drop_folder behind it.
 */
#ifndef ATHANOR_TEST_FOLDER_H
#define ATHANOR_TEST_FOLDER_H

#include "io.h"

#include <stdio.h>
#include <stdlib.h>

static char folder[] = "/tmp/athanor-test-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
    (void)state;
    return io_remove_tree(folder, NULL);
}

/* The path of `name` in the test's folder; valid until the fourth call after this. */
static const char *path_of(const char *name)
{
    static char paths[4][256];
    static int at;
    char *path = paths[at++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

#endif
