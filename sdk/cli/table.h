/*
 * table.h - rows of cells: aligned under a heading on a terminal, else divided by tabs and without
 * one.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "doc.h"
#include "out.h"

enum { TABLE_COLUMNS = 10 };

struct table {
    const char *const *names;
    size_t columns;
    char **cells; /* row by row */
    enum out_style *styles;
    size_t count;
};

/* `names` is constant. A name that begins with '>' is of a column of numbers. */
void table_init(struct table *t, const char *const *names, size_t columns);

/* Appends a cell: a copy of the text, made fit for a terminal. */
void table_add(struct table *t, const char *text, enum out_style style);
void table_add_doc(struct table *t, struct doc d);

/* Prints and frees it. */
void table_print(struct table *t, struct out *o);

#endif
