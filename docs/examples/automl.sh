#!/bin/bash
# The AutoML loop with nothing but curl: choose data and models, start, watch the events, read the leaderboard, cancel another comparison in the
# middle, promote the winner, run it again and see the same figures.
#
#     ATHANOR=http://127.0.0.1:8080 TOKEN=$(cat var/admin-token) docs/examples/automl.sh
#
# The token's scope is `run`. python3 only takes answers apart.
set -euo pipefail
api=${ATHANOR:?the address of the site}/api/v1

ask() { curl -fsS -H @<(echo "Authorization: Bearer ${TOKEN:?an API token}") "$@"; }
post() { ask -X POST -H 'Content-Type: application/json' -d "$2" "$api$1"; }

# get EXPRESSION: what a JSON answer (d) has, as text.
get() { python3 -c 'import json, sys; d = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

# wait_for RUN: until it has ended; its status.
wait_for() { while s=$(ask "$api/runs/$1/wait?timeout_s=60" | get 'd["status"]') && [[ $s == running || $s == pending ]]; do :; done; echo "$s"; }

# board RUN: a line a model, best first, without the times.
board() { ask "$api/runs/$1/tables/leaderboard" | get '"\n".join(" ".join("%s=%s" % (k, v) for k, v in r["values"].items() if not k.startswith("TT"))
    for r in sorted(d["items"], key=lambda r: -r["values"]["Accuracy"]))'; }

echo '-- data and models'
ask "$api/experiments/automl" | get '"\n".join("%s %s" % (f["name"], len(f["options"])) for f in d["configuration"] if f["name"] == "data")'
study=$(post /instances '{"experiment":"automl","name":"iris","configuration":{"plan":"compare","data":"sklearn:iris","folds":3,"seed":7,
    "classification":{"compare":[{"model":"lr"},{"model":"lda"},{"model":"nb"},{"model":"knn"}]}}}' | get 'd["id"]')

echo '-- a run, followed to its end'
run=$(post "/instances/$study/runs" '{}' | get 'd["id"]')
ask -N "$ATHANOR/runs/$run/events" | sed -n 's/.*"kind":"event".*"event":"\([^"]*\)".*/\1/p'
[[ $(wait_for "$run") == completed ]]

echo '-- the leaderboard'
board "$run"

echo '-- another, cancelled in the middle'
long=$(post /instances '{"experiment":"automl","name":"digits","configuration":{"plan":"compare","data":"sklearn:digits","folds":3,
    "classification":{"compare":[{"model":"nb"},{"model":"gpc"}]}}}' | get 'd["id"]')
other=$(post "/instances/$long/runs" '{}' | get 'd["id"]')
until ask "$api/runs/$other/records?kind=event" | grep '"model":"gpc"' >/dev/null; do sleep 0.2; done
post "/runs/$other/cancel" '{}' >/dev/null
echo "$(wait_for "$other"), with $(board "$other" | wc -l) row(s)"

echo '-- the winner, promoted'
post "/runs/$run/promote" '{"name":"iris","description":"the best of four","tags":["example"]}' |
    get '"%(pipeline)s v%(version)s" % d + " %(name)s %(sha256)s" % d["artifact"] + " Accuracy %s" % d["metrics"]["row"]["Accuracy"]'
post /pipelines/iris/versions/1/stage '{"stage":"production"}' | get 'd["stage"]'
post /pipelines/iris/versions/1/verify '{}' | get '"verified: %s" % d["matches"]'

echo '-- once more'
again=$(post "/runs/$run/again" '{}' | get 'd["id"]')
[[ $(wait_for "$again") == completed ]]
diff <(board "$run") <(board "$again") && echo 'the same leaderboard, but for the times'
ask "$api/runs/$run/diff?with=$again" | get '"made alike: %s" % d["same"]'
