/*
 * csv.h - cells of a CSV file (RFC 4180) that no spreadsheet takes for formulas.
 *
 * Text that begins with =, +, -, @ (or their full-width forms), a tab or a line break gets an
 * apostrophe in front, for a spreadsheet that opens the file would calculate what an experiment
 * wrote there; numbers stay as they are, to the digit, and so do the words NaN, Infinity and
 * -Infinity. Text is quoted where it holds a separator of any locale, a quote, white space at an
 * end or a line break. Commas and line ends (CR LF) are the caller's.
 */
#ifndef PAGES_CSV_H
#define PAGES_CSV_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

/* Appends a cell of text. */
void csv_put_text(struct strbuf *out, const char *text, size_t len);

/* Appends a cell from the raw text of a JSON value: null is empty, a string its text, a list or an
 * object its JSON. `scratch` holds the decoded text meanwhile. -1 where it is not valid JSON. */
MUST_CHECK int csv_put_json(struct strbuf *out, const char *raw, size_t len, struct strbuf *scratch,
                            struct err *e);

#endif
