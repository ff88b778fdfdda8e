#include "arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024 };

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *head; /* the block that is being filled; the last in the list is the one kept */
    size_t used;
};

static struct block *block_new(size_t size, struct block *next)
{
    struct block *b = xmalloc(sizeof(*b) + size);
    b->next = next;
    b->size = size;
    b->used = 0;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = xmalloc(sizeof(*a));
    a->head = block_new(BLOCK_SIZE, NULL);
    a->used = 0;
    return a;
}

void arena_reset(struct arena *a)
{
    while (a->head->next) {
        struct block *b = a->head;
        a->head = b->next;
        free(b);
    }
    a->head->used = 0;
    a->used = 0;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    arena_reset(a);
    free(a->head);
    free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX - align - sizeof(struct block))
        die("out of memory (arena, %zu bytes)", size);
    size = (size + align - 1) / align * align;
    struct block *b = a->head;
    if (b->size - b->used < size) {
        b = block_new(MAX(size, (size_t)BLOCK_SIZE), b);
        a->head = b;
    }
    void *p = b->data + b->used;
    b->used += size;
    a->used += size;
    return p;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    return memset(arena_alloc(a, size), 0, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *p = arena_alloc(a, len + 1);
    memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        die("bad format: %s", fmt);
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
