"""Data sets: scikit-learn's bundled ones, and CSV files. Nothing is downloaded.

A source is what the configuration holds for it: an object whose "name" is `sklearn:iris`, or with the "path" of a CSV file. That
has a header; the target is one of its columns. A column in which everything is a number or missing is numeric, any other is text.
"""

import csv
import hashlib
import math
from collections import namedtuple

Bundled = namedtuple("Bundled", "value label task loader target")

BUNDLED = [
    Bundled("sklearn:iris", "Iris: 150 flowers, 4 features, 3 classes", "classification", "load_iris", None),
    Bundled("sklearn:wine", "Wine: 178 wines, 13 features, 3 classes", "classification", "load_wine", None),
    Bundled("sklearn:breast_cancer", "Breast cancer: 569 tumours, 30 features, 2 classes", "classification", "load_breast_cancer", None),
    Bundled("sklearn:digits", "Digits: 1,797 images, 64 features, 10 classes", "classification", "load_digits", None),
    Bundled("sklearn:diabetes", "Diabetes: 442 patients, 10 features, regression", "regression", "load_diabetes", None),
    Bundled("sklearn:linnerud", "Linnerud: 20 men, 3 features, regression of the waist", "regression", "load_linnerud", 1),
]

_MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}


class Unusable(Exception):
    """The data cannot be used, in words for people."""


class Data:
    """Rows ready for scikit-learn.

    X is a float array, or an array of objects when there are texts; y holds classes (in any type) or floats. `numbers` and
    `texts` are the positions of the columns, `missing` tells whether numbers are missing, `labels` names the classes.
    """

    def __init__(self, name, X, y, features, target, labels=None, texts=(), missing=False, sha256=""):
        self.name, self.X, self.y = name, X, y
        self.features, self.target = list(features), target
        self.texts = list(texts)
        self.numbers = [i for i in range(len(self.features)) if i not in set(texts)]
        self.missing, self.sha256 = missing, sha256
        self.labels = labels  # of the classes in ascending order; None for a regression


def load(source, target, task):
    """The data of a source, which may be a bare name too."""
    name = name_of(source)
    if isinstance(source, dict) and source.get("path"):
        return _read_csv(source["path"], name, target, task)
    found = next((b for b in BUNDLED if b.value == name), None)
    if not found:
        raise Unusable("there is no data source %s" % name)
    if found.task != task:
        raise Unusable("%s is for %s; choose that task, or other data" % (name, found.task))
    if target:
        raise Unusable("%s has its target already; leave that empty" % name)
    return _load_bundled(found)


def name_of(source):
    return source.get("name") or source["path"] if isinstance(source, dict) else source


def _load_bundled(bundled):
    import sklearn.datasets

    loaded = getattr(sklearn.datasets, bundled.loader)()
    y, target = loaded.target, "target"
    if bundled.target is not None:
        y, target = y[:, bundled.target], loaded.target_names[bundled.target]
    labels = None
    if bundled.task == "classification":
        labels = [str(name) for name in loaded.target_names]
    digest = hashlib.sha256(loaded.data.tobytes() + y.tobytes()).hexdigest()
    return Data(bundled.value, loaded.data, y, loaded.feature_names, target, labels, sha256=digest)


# --- CSV --------------------------------------------------------------------------------------------


def _read_csv(path, name, target, task):
    header, columns = _columns_of(path)
    target = target or header[-1]
    if target not in header:
        raise Unusable("the column %s is not in the file; it has: %s" % (target, ", ".join(header)))
    at = header.index(target)
    features = header[:at] + header[at + 1:]
    kept = [i for i, text in enumerate(columns[at]) if not _is_missing(text)]
    y, labels = _targets([columns[at][i] for i in kept], target, task)
    X, texts, missing = _features([[column[i] for i in kept] for column in columns[:at] + columns[at + 1:]])
    return Data(name, X, y, features, target, labels, texts, missing, _hash_of(path))


def _columns_of(path):
    """The header and the columns as lists of text."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            dialect = _dialect_of(file)
            rows = csv.reader(file, dialect)
            header = [name.strip() for name in next(rows, [])]
            columns = [[] for _ in header]
            for row in rows:
                if not row:
                    continue
                if len(row) != len(header):
                    raise Unusable("line %d has %d values, the header %d names" % (rows.line_num, len(row), len(header)))
                for column, text in zip(columns, row):
                    column.append(text.strip())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unusable("cannot read %s: %s" % (path, error))
    if len(header) < 2:
        raise Unusable("the file needs a header and at least two columns")
    if len(set(header)) < len(header) or "" in header:
        raise Unusable("the names in the header must be there and differ")
    return header, columns


def _dialect_of(file):
    """By the first line, where values are names and seldom quoted: the separator that occurs most often."""
    line = file.readline()
    file.seek(0)

    class Dialect(csv.excel):
        delimiter = max(",;\t|", key=line.count)

    return Dialect


def _is_missing(text):
    return text.lower() in _MISSING


def _numbers(texts):
    """Floats, NaN where one is missing; None when one of them is no number."""
    try:
        return [math.nan if _is_missing(text) else float(text) for text in texts]
    except ValueError:
        return None


def _targets(texts, name, task):
    import numpy

    if not texts:
        raise Unusable("the column %s is empty" % name)
    numbers = _numbers(texts)
    if task == "regression":
        if numbers is None or not all(map(math.isfinite, numbers)):
            raise Unusable("the column %s holds texts; a regression needs numbers" % name)
        return numpy.array(numbers), None
    if numbers is not None and all(n.is_integer() for n in numbers):
        y = numpy.array([int(n) for n in numbers])
    else:
        y = numpy.array(texts)
    labels = [str(value) for value in numpy.unique(y)]
    if len(labels) < 2:
        raise Unusable("the column %s has one class only" % name)
    if len(labels) > max(2, len(texts) // 2):
        raise Unusable("the column %s has %d classes in %d rows; is this a regression?" % (name, len(labels), len(texts)))
    return y, labels


def _features(columns):
    import numpy

    texts, missing, values = [], False, []
    for i, column in enumerate(columns):
        numbers = _numbers(column)
        if numbers is None:
            texts.append(i)
            values.append(["" if _is_missing(text) else text for text in column])
        else:
            missing = missing or any(map(math.isnan, numbers))
            values.append(numbers)
    X = numpy.empty((len(columns[0]), len(columns)), dtype=object if texts else float)
    for i, column in enumerate(values):
        X[:, i] = column
    return X, texts, missing


def _hash_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


# --- What `setup` tells -----------------------------------------------------------------------------


def profile(data, i, name):
    """One column in figures."""
    import numpy

    column = data.X[:, i]
    if i in set(data.texts):
        values, counts = numpy.unique(column.astype(str), return_counts=True)
        return {"column": name, "type": "text", "missing": int((column == "").sum()), "distinct": len(values),
                "min": None, "mean": None, "max": None, "most frequent": str(values[counts.argmax()])}
    numbers = column.astype(float)
    there = numbers[~numpy.isnan(numbers)]
    low, mean, high = (there.min(), there.mean(), there.max()) if len(there) else (None, None, None)
    return {"column": name, "type": "number", "missing": len(numbers) - len(there), "distinct": len(numpy.unique(there)),
            "min": low, "mean": mean, "max": high, "most frequent": None}


def class_counts(data):
    """Pairs (label, rows)."""
    import numpy

    return list(zip(data.labels, numpy.unique(data.y, return_counts=True)[1].tolist()))
