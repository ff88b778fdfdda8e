/*
 * csv_facts.h - what a CSV file holds, found while it arrives: rows, columns with their types, a
 * sample, and what is odd about it.
 *
 * The first row names the columns. Memory is bounded by CSV_FACTS_COLUMNS, whatever the file is
 * like.
 */
#ifndef PAGES_CSV_FACTS_H
#define PAGES_CSV_FACTS_H

#include "base.h"
#include "err.h"
#include "strbuf.h"

enum {
    CSV_FACTS_COLUMNS = 10000,
    CSV_FACTS_SAMPLE_ROWS = 20,
    CSV_FACTS_SAMPLE_COLUMNS = 100,
    CSV_FACTS_WORDS = 200, /* bytes of a name or of a cell in the sample */
};

struct csv_facts;

MUST_CHECK struct csv_facts *csv_facts_new(void);
void csv_facts_free(struct csv_facts *f);

/* The next bytes. ERR_INVALID, in words about "the file", when it is no text or has too many
 * columns. */
MUST_CHECK int csv_facts_feed(struct csv_facts *f, const char *data, size_t len, struct err *e);

/* Nothing follows. ERR_INVALID also when there was nothing. */
MUST_CHECK int csv_facts_end(struct csv_facts *f, struct err *e);

int64_t csv_facts_rows(const struct csv_facts *f);
char csv_facts_delimiter(const struct csv_facts *f);

/* JSON, once it has ended: [{"name","type","missing"}], [["5.1", ...], ...] and ["words", ...].
 * Types are integer, float, boolean, date, string and, where no cell has a value, empty. */
void csv_facts_put_columns(const struct csv_facts *f, struct strbuf *out);
void csv_facts_put_sample(const struct csv_facts *f, struct strbuf *out);
void csv_facts_put_notes(const struct csv_facts *f, struct strbuf *out);

#endif
