/*
 * printer.h - log lines and records on stdout, as --time, --numbers, --level, --raw and --json want
 * them.
 */
#ifndef CLI_PRINTER_H
#define CLI_PRINTER_H

#include "chunk.h"
#include "doc.h"
#include "out.h"

struct printer {
    struct out *out;
    bool time, numbers, raw, records;
    int level;         /* and above */
    bool is_continued; /* the piece before has not ended its line */
    int64_t count;     /* lines printed */
};

/* ERR_INVALID for --raw on a terminal. */
MUST_CHECK int printer_init(struct printer *p, struct out *out, const struct args *args,
                            struct err *e);

void printer_line(struct printer *p, int64_t number, const struct chunk_line *line);

/* An element of a chunk, or of a search, whose first member is the number (`number` is 0 then). */
MUST_CHECK int printer_element(struct printer *p, int64_t number, struct doc element,
                               struct err *e);

/* A record, where --records was said. */
void printer_record(struct printer *p, struct doc record);

#endif
