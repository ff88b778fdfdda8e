"""AutoML with scikit-learn: cross-validates models, ranks them, keeps the best one. README.md says what a run tells."""

import os
import platform
import sys
from pathlib import Path

# Each model has one core; `jobs` says how many there are at a time. To be set before numpy is loaded.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "sdk" / "python"))

import athanor

import data
import measures
import models
from engine import Cancelled, Clock, Problem, cross_validate, keep, means_of, say_row


class Job:
    """The configuration, the data and its folds."""

    def __init__(self):
        setting = athanor.config
        self.plan, self.task = setting("plan", "compare"), setting("task", "classification")
        self.source, self.target = setting("data", "sklearn:iris"), setting("target", "")
        self.fold_count, self.seed = setting("folds", 10), setting("seed", 1)
        self.scale, self.jobs = setting("scale", True), setting("jobs", 1)
        self.best_by = setting(self.task + ".best_by", measures.NAMES[self.task][0])
        self.data = self.splits = None
        self.finished = 0  # models

    def model(self, id_):
        found = models.find(self.task, id_)
        if not found:
            raise Problem("there is no model %s for %s" % (id_, self.task))
        return found

    def model_to_create(self):
        return self.model(athanor.config(self.task + ".model", "lr"))

    def models_to_compare(self):
        named = [self.model(item["model"]) for item in athanor.config(self.task + ".compare", [])]
        return list(dict.fromkeys(named)) or [m for m in models.of_task(self.task) if not m.slow]


# --- Before the first fit -----------------------------------------------------------------------------


def say_facts(job):
    import numpy
    import scipy
    import sklearn

    versions = {"python": platform.python_version(), "scikit-learn": sklearn.__version__, "numpy": numpy.__version__,
                "scipy": scipy.__version__, "machine": platform.machine(), "cores": os.cpu_count(), "seed": job.seed}
    for name, value in versions.items():
        athanor.fact(name, value)


def load_data(job):
    clock = Clock()
    try:
        job.data = data.load(job.source, job.target, job.task)
    except data.Unusable as error:
        raise Problem(error)
    d = job.data
    profile = {"name": d.name, "rows": len(d.y), "features": len(d.features), "target": d.target}
    if d.labels:
        profile["classes"] = len(d.labels)
    athanor.fact("data_sha256", d.sha256)
    athanor.result("data", profile)
    athanor.event("data.loaded", d.name, profile, clock.ms())
    print("data: %s, %d rows, %d features, target %s" % (d.name, len(d.y), len(d.features), d.target), flush=True)


def split_data(job):
    from sklearn.model_selection import KFold, StratifiedKFold

    clock = Clock()
    rows = len(job.data.y)
    if rows < job.fold_count:
        raise Problem("%d folds need as many rows; there are %d" % (job.fold_count, rows))
    kind = StratifiedKFold if job.task == "classification" else KFold
    try:
        splitter = kind(n_splits=job.fold_count, shuffle=True, random_state=job.seed)
        job.splits = list(splitter.split(job.data.X, job.data.y))
    except ValueError as error:
        raise Problem("the rows cannot be split: %s" % error)
    payload = {"folds": job.fold_count, "stratified": job.task == "classification",
               "train_rows": [len(train) for train, _ in job.splits], "test_rows": [len(test) for _, test in job.splits]}
    athanor.event("data.split", "%d folds" % job.fold_count, payload, clock.ms())


# --- The plans ------------------------------------------------------------------------------------------------


def set_up(job):
    """Looks at the columns and at what a model has to beat."""
    d = job.data
    for i, name in enumerate(d.features):
        athanor.row("columns", data.profile(d, i, name))
    if d.labels:
        for value, count in data.class_counts(d):
            athanor.row("classes", {"class": value, "rows": count, "share": count / len(d.y)})
    baseline = models.BASELINES[job.task]
    (result,) = cross_validate(job, [baseline], lambda _: None, lambda *_: None, say_row)
    athanor.result("baseline", means_of(result))


def create(job):
    model = job.model_to_create()

    def started(m):
        athanor.event("model.create.started", m.name, {"model": m.id, "folds": job.fold_count})

    def on_fold(result, number):
        fold = result.folds[-1]["measures"]
        athanor.row("folds", {"Fold": number, **fold})
        for name, value in fold.items():
            athanor.metric(name, number, value)

    def on_end(result):
        summary = say_row(result)
        for name, (mean, deviation) in summary.items():
            athanor.result(name, {"mean": mean, "deviation": deviation})
        athanor.event("model.created", model.name, {"model": model.id, **means_of(result)}, result.clock.ms())

    (result,) = cross_validate(job, [model], started, on_fold, on_end)
    keep(job, result)


def compare(job):
    chosen = job.models_to_compare()
    best = None

    def is_best(result):
        """Of equals the one that was named first, in whatever order they finish."""
        if best is None:
            return True
        mine, others = means_of(result)[job.best_by], means_of(best)[job.best_by]
        if measures.is_better(job.best_by, mine, others):
            return True
        return not measures.is_better(job.best_by, others, mine) and chosen.index(result.model) < chosen.index(best.model)

    def started(m):
        athanor.event("model.compare.started", m.name, {"model": m.id, "folds": job.fold_count})

    def on_end(result):
        nonlocal best
        say_row(result)
        payload = {"model": result.model.id, **means_of(result)}
        athanor.event("model.compared", result.model.name, payload, result.clock.ms())
        if is_best(result):
            best = result
            athanor.result("best", {"model": result.model.name, "id": result.model.id, **means_of(result)})

    cross_validate(job, chosen, started, lambda *_: None, on_end)
    athanor.event("model.selected", best.model.name, {"model": best.model.id, "by": job.best_by, "of": job.finished})
    keep(job, best)


PLANS = {"setup": set_up, "create": create, "compare": compare}


def main():
    clock, job = Clock(), Job()
    status, error = "completed", None
    athanor.event("experiment.started", job.plan, {"plan": job.plan, "task": job.task, "data": data.name_of(job.source), "seed": job.seed})
    try:
        say_facts(job)
        load_data(job)
        split_data(job)
        athanor.catch_cancel()
        PLANS[job.plan](job)
    except Cancelled:
        status = "cancelled"
        print("cancelled; the rows of the models that had finished are kept", flush=True)
    except Problem as problem:
        status, error = "failed", str(problem)
    athanor.event("experiment.finished", status, {"status": status, "models": job.finished}, clock.ms())
    if error:
        athanor.fail(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
