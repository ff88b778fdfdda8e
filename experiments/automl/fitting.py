"""What the child processes do: cross-validate one model, or fit it on all rows and keep it."""

import contextlib
import pickle
import time
import warnings

import measures
import models


def cross_validation(model, data, splits, scale, seed):
    """Says ("fold", {...}) for each fold: its measures, the seconds of the fit, and what was predicted for its rows."""

    def work(say):
        import numpy

        classes = numpy.unique(data.y) if data.labels else None
        for train, test in splits:
            with _warnings_told(say):
                say("fold", _fold(models.pipeline(model, data, scale, seed), data, classes, train, test, seed))

    return work


def _fold(pipeline, data, classes, train, test, seed):
    seconds = _fit(pipeline, data.X[train], data.y[train], seed)
    X, y = data.X[test], data.y[test]
    predicted, scores = pipeline.predict(X), None
    if data.labels:
        scores = measures.scores_of(pipeline, X, classes)
        values = measures.of_classification(y, predicted, scores, classes)
    else:
        values = measures.of_regression(y, predicted)
    return {"measures": {**values, measures.TIME: seconds}, "predicted": predicted, "scores": scores}


def final_fit(model, data, scale, seed, path):
    """Fits on all rows and pickles the pipeline. Says ("fitted", seconds)."""

    def work(say):
        fitted = models.pipeline(model, data, scale, seed)
        with _warnings_told(say):
            seconds = _fit(fitted, data.X, data.y, seed)
        with open(path, "wb") as file:
            pickle.dump(fitted, file)
        say("fitted", seconds)

    return work


def _fit(pipeline, X, y, seed):
    """Returns the seconds."""
    import numpy

    numpy.random.seed(seed)  # for what asks the global generator
    began = time.perf_counter()
    pipeline.fit(X, y)
    return time.perf_counter() - began


@contextlib.contextmanager
def _warnings_told(say):
    """What the libraries warn of is said, each kind once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for text in sorted({"%s: %s" % (w.category.__name__, str(w.message).split("\n")[0]) for w in caught}):
        say("warning", text)
