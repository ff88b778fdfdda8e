/*
 * doc.h - JSON that a site has sent, read in place.
 *
 * A doc is a piece of somebody else's text: nothing is copied, parsed into numbers or lost, so what
 * is printed is what was sent. What is absent, or of another type, reads as its empty value; an
 * answer that is no JSON at all is empty throughout.
 */
#ifndef CLI_DOC_H
#define CLI_DOC_H

#include "base.h"
#include "strbuf.h"

struct doc {
    const char *at;
    size_t len;
};

/* The value that fills the text, white space trimmed. */
struct doc doc_of(const char *text, size_t len);

/* The member of an object; of a path "instance.name" the member of that. */
struct doc doc_get(struct doc d, const char *path);

/* { [ " 0 t f n, or 0 where there is nothing. */
char doc_type(struct doc d);

/* Whether there is a value, and not null. */
bool doc_is_set(struct doc d);

/* Appends a string's text; of anything else its JSON, of null nothing. */
void doc_put(struct strbuf *out, struct doc d);

/* The same of a member, as a new string; free() it. */
char *doc_text(struct doc d, const char *path);

int64_t doc_int(struct doc d, const char *path, int64_t otherwise);
bool doc_true(struct doc d, const char *path);

/* Whether a member is this string. */
bool doc_is(struct doc d, const char *path, const char *text);

/* Walks a list: `struct doc item = {0}; while (doc_next(list, &item))`. */
bool doc_next(struct doc list, struct doc *item);

/* Walks an object likewise; the key is appended to *key, which is emptied first. */
bool doc_next_member(struct doc object, struct strbuf *key, struct doc *value);

#endif
