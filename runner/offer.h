/*
 * offer.h - what the daemon tells the supervisor of a run: which experiment, as it was checked.
 *
 * It lies in the run's folder as offer.json. A supervisor that finds none (started by hand or by a
 * cluster engine) looks for the experiment itself.
 */
#ifndef ATHANOR_OFFER_H
#define ATHANOR_OFFER_H

#include "base.h"
#include "err.h"
#include "experiment.h"

/* Writes <path>. `manifest` is the checked one with describe merged in. */
MUST_CHECK int offer_write(const char *path, int64_t runner, const char *folder, const char *hash,
                           const json_t *manifest, struct err *e);

/* Reads it back: ERR_NOT_FOUND when there is none. *x ends with experiment_release in any case. */
MUST_CHECK int offer_read(const char *path, struct experiment *x, int64_t *runner, struct err *e);

#endif
