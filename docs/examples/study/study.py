"""Reads a table row by row and leaves the mean of each of its columns."""

import csv
import json
import os
import time


def say(**message):
    os.write(3, json.dumps(message).encode() + b"\n")


with open(os.environ["ATHANOR_CONFIG"], encoding="utf-8") as file:
    config = json.load(file)

sums = []
count = 0
with open(config["data"]["path"], newline="", encoding="utf-8") as table:
    reader = csv.reader(table)
    names = next(reader)
    sums = [0.0] * len(names)
    for count, row in enumerate(reader, 1):
        print("row %d: %s" % (count, ",".join(row)), flush=True)
        sums = [total + float(cell) for total, cell in zip(sums, row)]
        say(type="progress", current=count)
        time.sleep(config["pause_ms"] / 1000)

with open("means.csv", "w", encoding="utf-8") as file:
    print("column,mean", file=file)
    for name, total in zip(names, sums):
        print("%s,%.6g" % (name, total / count), file=file)
say(type="result", key="rows", value=count)
say(type="artifact", path="means.csv", name="means.csv")
