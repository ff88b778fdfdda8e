/*
 * downloads.h - what a run has said, whole, as one file: results as JSON and CSV, tables and series
 * as CSV.
 *
 * Rows are sent as they come from the database, so memory holds one value at a time, and every
 * number keeps its digits. csv.h says how cells are written.
 */
#ifndef PAGES_DOWNLOADS_H
#define PAGES_DOWNLOADS_H

#include "ctx.h"

/* GET .../results.json: {"run":7,"results":[{"key","value","count","n","at"}, ...]}. */
int downloads_results_json(struct ctx *c);

/* GET .../results.csv: key, value, count, at. */
int downloads_results_csv(struct ctx *c);

/* GET .../table.csv?name=: the columns of the table. 404 where there is no such table. */
int downloads_table_csv(struct ctx *c);

/* GET .../metrics.csv?key=: step, value, ms. 404 where there is no such series. */
int downloads_metrics_csv(struct ctx *c);

#endif
