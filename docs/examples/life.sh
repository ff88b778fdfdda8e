#!/bin/sh
# The whole life of a run: a table is uploaded, an experiment runs over it, what it leaves is fetched and promoted, the run is deleted.
#
#     ATHANOR_URL=... ATHANOR_TOKEN=... life.sh EXPERIMENT TABLE.csv
#
# Any step that fails ends the script with that step's exit code; tail ends with the run's.
set -eu
experiment=$1 table=$2

data=$(athanor put "$table" --replace --quiet)
run=$(athanor start "$experiment" "data=$data" --name "life of $(basename "$table")" --quiet)
athanor tail --follow "$run" >"run-$run.log"
athanor show "$run" --results
athanor get "$run" means.csv --quiet
athanor promote "$run" life --artifact means.csv --tag nightly --quiet
athanor delete "$run" --quiet
