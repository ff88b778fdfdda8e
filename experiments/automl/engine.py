"""Runs the fits of a job in child processes and tells what comes of them."""

import time

import athanor

import children
import fitting
import measures
import plots

PIPELINE = "pipeline.pkl"


class Problem(Exception):
    """Ends the run as failed, in words for people."""


class Cancelled(Exception):
    pass


class Clock:
    def __init__(self):
        self._began = time.monotonic()

    def ms(self):
        return (time.monotonic() - self._began) * 1000


class Result:
    """A model's cross-validation: its folds so far, and why there are no more."""

    def __init__(self, model):
        self.model, self.clock = model, Clock()
        self.folds, self.warnings, self.error = [], [], None

    def summary(self):
        """{measure: (mean, deviation)} over the folds."""
        names = self.folds[0]["measures"]
        return {name: measures.mean_and_deviation([f["measures"][name] for f in self.folds]) for name in names}


def run_children(tasks, jobs, began, heard, ended):
    if not children.run(tasks, jobs, began, heard, ended, athanor.cancelled):
        raise Cancelled()


def cross_validate(job, chosen, started, on_fold, on_end):
    """Cross-validates the models in child processes: started(model), on_fold(result, number), on_end(result). The
    results that have all their folds, in the order in which they were finished."""
    running, finished, folds_done = {}, [], 0

    def began(model):
        running[model] = Result(model)
        started(model)

    def heard(model, key, value):
        nonlocal folds_done
        result = running[model]
        if key == "fold":
            result.folds.append(value)
            folds_done += 1
            on_fold(result, len(result.folds))
            athanor.progress(folds_done, len(chosen) * job.fold_count, model.name)
        elif key == "warning" and value not in result.warnings:
            result.warnings.append(value)
            athanor.log("%s: %s" % (model.name, value), "warn")
        elif key == "error":
            result.error = value

    def ended(model, code):
        nonlocal folds_done
        result = running.pop(model)
        if code == 0:
            finished.append(result)
            job.finished += 1
            on_end(result)
            return
        folds_done += job.fold_count - len(result.folds)
        why = result.error or ("its process ended with %d" % code)
        athanor.log("%s could not be fitted: %s" % (model.name, why), "error")
        athanor.event("model.failed", model.name, {"model": model.id, "error": why}, result.clock.ms())

    tasks = [(m, fitting.cross_validation(m, job.data, job.splits, job.scale, job.seed)) for m in chosen]
    run_children(tasks, job.jobs, began, heard, ended)
    if not finished:
        raise Problem("no model could be fitted; the log says why")
    return finished


def say_row(result):
    """A row of the leaderboard: the means, then the deviations."""
    summary = result.summary()
    row = {"Model": result.model.name, "ID": result.model.id}
    row.update((name, mean) for name, (mean, _) in summary.items())
    row.update((name + " SD", deviation) for name, (_, deviation) in summary.items())
    athanor.row("leaderboard", row)
    figures = "  ".join("%s %.4f" % (name, mean) for name, (mean, _) in summary.items())
    print("%s: %s" % (result.model.name, figures), flush=True)
    return summary


def means_of(result):
    return {name: mean for name, (mean, _) in result.summary().items()}


def keep(job, result):
    """Fits the model on all rows, hands the pipeline over, and draws what the folds predicted."""
    model, clock = result.model, Clock()
    why = None

    def heard(_, key, value):
        nonlocal why
        if key == "error":
            why = value

    def ended(_, code):
        if code != 0:
            raise Problem("%s could not be fitted on all rows: %s" % (model.name, why or "its process ended with %d" % code))

    run_children([(model, fitting.final_fit(model, job.data, job.scale, job.seed, PIPELINE))], 1, lambda _: None, heard, ended)
    name = "%s/%s" % (model.id, PIPELINE)  # names the model's row, so that whoever promotes the file sees its figures
    athanor.artifact(PIPELINE, name)
    athanor.event("model.finalized", model.name, {"model": model.id, "artifact": name}, clock.ms())
    clock = Clock()
    drawn = plots.draw(job.data, job.splits, result.folds, model.name)
    for path in drawn:
        athanor.artifact(path)
    athanor.event("plots.drawn", model.name, {"artifacts": drawn}, clock.ms())
