/*
 * fold.h - finding a literal in text whatever its case.
 */
#ifndef PAGES_FOLD_H
#define PAGES_FOLD_H

#include "base.h"
#include "strbuf.h"

/* Appends valid UTF-8 text with each letter in lower case. No letter beyond ASCII becomes an ASCII
 * one, so an ASCII needle can be looked for in unfolded bytes by ASCII rules alone. */
void fold_put(struct strbuf *out, const char *s, size_t len);

/* Appends text with its ASCII letters in lower case, byte for byte. */
void fold_ascii(struct strbuf *out, const char *s, size_t len);

struct fold_needle {
    struct strbuf folded;
    bool plain; /* ASCII that JSON never escapes: stands literally in a JSON text that holds it */
    struct strbuf scratch;
};

void fold_needle_init(struct fold_needle *n, const char *s);
void fold_needle_release(struct fold_needle *n);

/* Whether the decoded text holds the needle. */
bool fold_found(struct fold_needle *n, const char *s, size_t len);

#endif
