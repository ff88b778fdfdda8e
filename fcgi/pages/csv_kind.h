/*
 * csv_kind.h - what the text of a cell may be taken for.
 */
#ifndef PAGES_CSV_KIND_H
#define PAGES_CSV_KIND_H

#include "base.h"

/* Bits: a whole number is a decimal one too. CSV_MISSING stands alone. */
enum {
    CSV_INTEGER = 1,
    CSV_FLOAT = 2,
    CSV_BOOLEAN = 4,
    CSV_DATE = 8,
    CSV_STRING = 16,
    CSV_MISSING = 32,
    CSV_ANY = CSV_INTEGER | CSV_FLOAT | CSV_BOOLEAN | CSV_DATE | CSV_STRING,
};

/* Every kind that fits; white space around it does not count. Missing: nothing, NA, N/A, NaN, null,
 * none, ?. */
unsigned csv_kinds(const char *text, size_t len);

/* The word for a column whose values all are of these kinds; 0: it has none. */
const char *csv_kind_name(unsigned kinds);

#endif
