/*
 * git.h - which commit of a git checkout a folder lies in, read from its files: git itself need not
 * be there, and nothing of the checkout is run or written.
 */
#ifndef ATHANOR_GIT_H
#define ATHANOR_GIT_H

#include "base.h"

/* The commit that is checked out around the absolute path `folder`, in hex; NULL where there is no
 * checkout, no commit yet, or it cannot be read. free() it. */
char *git_commit(const char *folder);

#endif
