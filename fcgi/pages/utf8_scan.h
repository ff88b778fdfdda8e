/*
 * utf8_scan.h - whether bytes that arrive in pieces are text.
 */
#ifndef PAGES_UTF8_SCAN_H
#define PAGES_UTF8_SCAN_H

#include "base.h"

/* Begins as zero; utf8_scan_feed and utf8_scan_end set `invalid`. */
struct utf8_scan {
    int64_t at;      /* bytes so far */
    int64_t invalid; /* where it ceases to be valid UTF-8; -1: it is */
    bool begun, broken;
    int left;                /* bytes that the character at hand still needs */
    unsigned char low, high; /* what the next of them may be */
};

/* Where the first NUL of these bytes is, counted from the beginning of all; -1: there is none. */
int64_t utf8_scan_feed(struct utf8_scan *u, const char *data, size_t len);

/* A character that is not whole is invalid. */
void utf8_scan_end(struct utf8_scan *u);

#endif
