/*
 * mustache_scan.h - cuts a template's source into tokens and judges its lines.
 *
 * Text is cut at line ends. A line that holds tags but no text other than white space, and no
 * interpolation, is standalone: its text is marked dropped. The tokens' ranges point into the
 * source; the list is the caller's, who releases it.
 */
#ifndef ATHANOR_MUSTACHE_SCAN_H
#define ATHANOR_MUSTACHE_SCAN_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum mustache_token_type {
    TOKEN_TEXT = 't',
    TOKEN_NAME = 'n',
    TOKEN_RAW = '&',
    TOKEN_TRIPLE = '{',
    TOKEN_SECTION = '#',
    TOKEN_INVERTED = '^',
    TOKEN_CLOSE = '/',
    TOKEN_PARTIAL = '>',
    TOKEN_PARENT = '<',
    TOKEN_BLOCK = '$',
    TOKEN_COMMENT = '!',
    TOKEN_DELIMITERS = '=',
};

enum {
    TOKEN_STANDALONE = 1,  /* its line is standalone: text is dropped */
    TOKEN_LINE_START = 2,  /* the first token of its source line */
    TOKEN_LINE0 = 4,       /* on the first line of the source */
    TOKEN_BLANK = 8,       /* text: nothing but white space */
    TOKEN_FIRST_TAG = 16,  /* tag: the first of its line */
    TOKEN_LAST_TAG = 32,   /* tag: the last of its line, which ends in a newline */
    TOKEN_AFTER_TEXT = 64, /* tag: text other than white space stands before it on its line */
    TOKEN_DYNAMIC = 128, /* partial, parent: the name had an asterisk, which at and len leave out */
};

struct mustache_token {
    uint8_t type;
    uint8_t flags;
    uint32_t at, len; /* text, or the name */
    uint32_t line;
    uint32_t match; /* what opens: index of the token that closes it */
    uint32_t indent_at,
        indent_len; /* first tag of a line: the white space before it, in `indents` */
};

struct mustache_tokens {
    struct mustache_token *items;
    uint32_t count, cap;
    struct strbuf indents;
};

/* Fills an empty list. ERR_INVALID with "NAME:LINE: ..." when a tag is not well-formed or not
 * closed; the list must be released in any case. */
MUST_CHECK int mustache_scan(const char *name, const char *source, size_t len,
                             struct mustache_tokens *tokens, struct err *e);
void mustache_tokens_release(struct mustache_tokens *tokens);

#endif
