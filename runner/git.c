#include "git.h"

#include "io.h"

#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 16 * 1024, PACKED_MAX = 16 * 1024 * 1024, SHA1_LEN = 40, SHA256_LEN = 64 };

/* The file's text; NULL where it cannot be read. */
static char *read_text(const char *folder, const char *name, size_t max)
{
    struct strbuf text = STRBUF_INIT;
    char *path = xasprintf("%s/%s", folder, name);
    int rc = io_read_regular(path, max, &text, NULL);
    free(path);
    if (rc != 0) {
        strbuf_release(&text);
        return NULL;
    }
    return strbuf_detach(&text, NULL);
}

/* Its first line. */
static char *read_line(const char *folder, const char *name)
{
    char *text = read_text(folder, name, FILE_MAX);
    if (text)
        text[strcspn(text, "\r\n")] = '\0';
    return text;
}

static bool is_commit(const char *text, size_t len)
{
    return (len == SHA1_LEN || len == SHA256_LEN) && strspn(text, "0123456789abcdef") >= len;
}

/* What a path in one of git's files means: it may be relative to the folder of that file. */
static char *joined(const char *folder, const char *path)
{
    return path[0] == '/' ? xstrdup(path) : xasprintf("%s/%s", folder, path);
}

/* The folder of the checkout's own files: `.git` itself, or what the file `.git` of a worktree
 * names. */
static char *find_git_folder(const char *folder)
{
    static const char mark[] = "gitdir: ";
    char *at = xstrdup(folder), *found = NULL, *slash;
    while (!found) {
        char *head = read_line(at, ".git/HEAD");
        char *file = head ? NULL : read_line(at, ".git");
        if (head)
            found = xasprintf("%s/.git", at);
        else if (file && strncmp(file, mark, sizeof(mark) - 1) == 0)
            found = joined(at, file + sizeof(mark) - 1);
        free(head);
        free(file);
        if (!(slash = strrchr(at, '/')) || at[0] == '\0')
            break;
        *slash = '\0';
    }
    free(at);
    return found;
}

/* A commit's line of packed-refs: `<hex> <ref>`. */
static char *find_packed(const char *folder, const char *ref)
{
    char *text = read_text(folder, "packed-refs", PACKED_MAX), *found = NULL;
    for (const char *line = text; line && *line && !found;) {
        size_t len = strcspn(line, "\n"), hex = strcspn(line, " \n");
        if (is_commit(line, hex) && len == hex + 1 + strlen(ref) &&
            memcmp(line + hex + 1, ref, strlen(ref)) == 0)
            found = xstrndup(line, hex);
        line += len;
        line += *line == '\n';
    }
    free(text);
    return found;
}

/* The commit of a branch, which stands in a file of its own or among the packed ones. */
static char *find_ref(const char *folder, const char *ref)
{
    if (strncmp(ref, "refs/", 5) != 0 || strstr(ref, ".."))
        return NULL;
    char *text = read_line(folder, ref);
    if (text && is_commit(text, strlen(text)))
        return text;
    free(text);
    return find_packed(folder, ref);
}

char *git_commit(const char *folder)
{
    static const char mark[] = "ref: ";
    char *git = find_git_folder(folder), *commit = NULL;
    char *head = git ? read_line(git, "HEAD") : NULL;
    if (head && is_commit(head, strlen(head))) {
        commit = xstrdup(head);
    } else if (head && strncmp(head, mark, sizeof(mark) - 1) == 0) {
        char *shared = read_line(git, "commondir");
        char *common = shared ? joined(git, shared) : xstrdup(git);
        commit = find_ref(common, head + sizeof(mark) - 1);
        free(common);
        free(shared);
    }
    free(head);
    free(git);
    return commit;
}
