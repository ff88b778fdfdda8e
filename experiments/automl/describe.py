"""Prints what the manifest leaves open: the data sets and the models. Needs no scikit-learn, so it is quick."""

import json

import data
import models


def options(models_of_task):
    return [{"value": m.id, "label": m.name + (" (slow)" if m.slow else "")} for m in models_of_task]


def group(task):
    choice = {"name": "model", "options": options(models.of_task(task))}
    return {"name": task, "fields": [choice, {"name": "compare", "fields": [choice]}]}


print(json.dumps({"configuration": [
    {"name": "data", "options": [{"value": b.value, "label": b.label} for b in data.BUNDLED]},
    group("classification"),
    group("regression"),
]}))
