"""The whole life of a run: a table is uploaded, an experiment runs over it, what it leaves is fetched and promoted, the run is deleted.

    ATHANOR_URL=... ATHANOR_TOKEN=... python3 life.py EXPERIMENT TABLE.csv
"""

import sys

import athanor_client

experiment, table = sys.argv[1:3]
site = athanor_client.Client()

data = site.put(table, replace=True)
run = site.start(experiment, {"data": data["reference"]}, label="life of " + data["name"])
tail = site.tail(run["id"])
with open("run-%d.log" % run["id"], "w", encoding="utf-8") as log:
    for line in tail:
        print(line.text, file=log, flush=True)
if tail.status != "completed":
    sys.exit("the run has %s" % tail.status)
for key, value in site.results(run["id"]).items():
    print(key, value, sep="\t")
site.get(run["id"], "means.csv")
version = site.promote(run["id"], "life", artifact="means.csv", tags=["nightly"])
print("%s/%d" % (version["pipeline"], version["version"]))
site.delete(run["id"])
