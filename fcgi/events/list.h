/*
 * list.h - a doubly linked list whose links live inside what they link.
 *
 * Owns nothing. A head is a link of its own; an item that is in no list has NULLs, so it can tell.
 */
#ifndef ATHANOR_EVENTS_LIST_H
#define ATHANOR_EVENTS_LIST_H

#include "base.h"

struct link {
    struct link *prev, *next;
};

#define list_item(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* The body may remove `at`, and nothing else, from the list. */
#define list_each(at, head)                                                                        \
    for (struct link *at = (head)->next, *at##_next = at->next; at != (head);                      \
         at = at##_next, at##_next = at->next)

static inline void list_init(struct link *head)
{
    head->prev = head->next = head;
}

static inline bool list_empty(const struct link *head)
{
    return head->next == head;
}

static inline bool list_linked(const struct link *l)
{
    return l->next != NULL;
}

static inline void list_append(struct link *head, struct link *l)
{
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

/* Does nothing when it is in no list. */
static inline void list_remove(struct link *l)
{
    if (!l->next)
        return;
    l->prev->next = l->next;
    l->next->prev = l->prev;
    l->prev = l->next = NULL;
}

/* Takes the first one out; NULL when there is none. */
static inline struct link *list_shift(struct link *head)
{
    if (list_empty(head))
        return NULL;
    struct link *first = head->next;
    list_remove(first);
    return first;
}

/* Moves all of `from` to the end of `head`. */
static inline void list_splice(struct link *head, struct link *from)
{
    if (list_empty(from))
        return;
    from->next->prev = head->prev;
    head->prev->next = from->next;
    from->prev->next = head;
    head->prev = from->prev;
    list_init(from);
}

#endif
