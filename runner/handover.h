/*
 * handover.h - the data sources of a run: their files put into its folder, and in its configuration
 * an object with path and facts in the place of each reference.
 *
 * A file is a second link to the store's own, read-only as that is (a copy where links cannot
 * be), so it costs nothing, and is there until the run's folder goes.
 */
#ifndef ATHANOR_HANDOVER_H
#define ATHANOR_HANDOVER_H

#include "base.h"
#include "err.h"
#include "schema.h"
#include "strbuf.h"

#include <jansson.h>

struct handover {
    const char *root;    /* of the store */
    const char *folder;  /* where the files go */
    const json_t *known; /* what load_run.sql said of the run's data sources; NULL: it has none */
};

/* Fills in every field of type data_source, also with null where it is empty. The values are the
 * caller's, and checked. A content that this host's store does not have is an error in words for
 * the run's user. */
MUST_CHECK int handover_fill(const struct handover *h, const struct schema *s, json_t *values,
                             struct err *e);

/* Appends what a snapshot keeps of them: [{"name","sha256","bytes","rows"}]. */
void handover_put_facts(const json_t *known, struct strbuf *out);

#endif
