/*
 * csv_scan.h - a CSV file as it arrives, cut into cells.
 *
 * As RFC 4180 has it, and as files are: lines end with LF, CR LF or CR; a quoted cell holds
 * delimiters, line ends and doubled quotes; a quote within an unquoted cell is a letter like
 * others, and so is what stands between a closing quote and the delimiter; lines without anything
 * are skipped. Of a cell the first CSV_SCAN_KEPT bytes are handed over, so memory stays flat
 * however long cells and lines are. Knows nothing of encodings.
 */
#ifndef PAGES_CSV_SCAN_H
#define PAGES_CSV_SCAN_H

#include "base.h"

enum { CSV_SCAN_KEPT = 256 };

struct csv_scan {
    /* A cell of the row at hand: its beginning, and its length. */
    void (*cell)(void *arg, const char *text, size_t len, int64_t whole);
    /* The row has ended; it began in that line, from 1. */
    void (*row)(void *arg, int64_t line);
    void *arg;
    char delimiter;

    enum { CSV_SCAN_START, CSV_SCAN_PLAIN, CSV_SCAN_QUOTED, CSV_SCAN_QUOTE } state;
    bool after_cr, quoted, begun; /* the cell is quoted; the row has something */
    int64_t line, row_line, quote_line;
    int64_t whole;
    size_t kept;
    char text[CSV_SCAN_KEPT];
};

/* The callbacks and the delimiter are the caller's to set. */
void csv_scan_init(struct csv_scan *s);
void csv_scan_feed(struct csv_scan *s, const char *data, size_t len);

/* The last line need not end. Returns the line of a quote that was never closed, 0 where all are.
 */
int64_t csv_scan_end(struct csv_scan *s);

#endif
