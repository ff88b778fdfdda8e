"""What a fold is judged by.

With two classes recall, precision, F1 and AUC are those of the second one in ascending order; with more they are the
mean over the classes, AUC of each against the rest. The score behind an AUC is the model's decision function or probability; as in
scikit-learn's scorers the former goes first with two classes, the latter with more. A measure that cannot be told is NaN.
"""

import math
import warnings

NAMES = {
    "classification": ["Accuracy", "AUC", "Recall", "Prec.", "F1", "Kappa", "MCC"],
    "regression": ["MAE", "MSE", "RMSE", "R2", "RMSLE", "MAPE"],
}
LOW_IS_BETTER = {"MAE", "MSE", "RMSE", "RMSLE", "MAPE"}
TIME = "TT (sec)"  # of the fit alone


def scores_of(fitted, X, classes):
    """By which a classifier ranks the rows: one column a class, or one in all when there are two. None: it has none."""
    decision = getattr(fitted, "decision_function", None)
    probability = getattr(fitted, "predict_proba", None)
    if len(classes) == 2:
        if decision:
            return decision(X)
        return probability(X)[:, 1] if probability else None
    return probability(X) if probability else decision(X) if decision else None


def _auc(y, scores, classes):
    from sklearn.metrics import roc_auc_score
    from sklearn.preprocessing import label_binarize

    if scores is None:
        return math.nan
    try:
        if len(classes) == 2:
            return roc_auc_score(y, scores)
        return roc_auc_score(label_binarize(y, classes=classes), scores, average="macro")
    except ValueError:  # a class is missing from this fold
        return math.nan


def of_classification(y, predicted, scores, classes):
    from sklearn import metrics

    how = {"average": "binary", "pos_label": classes[1]} if len(classes) == 2 else {"average": "macro"}
    how["zero_division"] = 0
    return {
        "Accuracy": metrics.accuracy_score(y, predicted),
        "AUC": _auc(y, scores, classes),
        "Recall": metrics.recall_score(y, predicted, **how),
        "Prec.": metrics.precision_score(y, predicted, **how),
        "F1": metrics.f1_score(y, predicted, **how),
        "Kappa": metrics.cohen_kappa_score(y, predicted),
        "MCC": metrics.matthews_corrcoef(y, predicted),
    }


def of_regression(y, predicted):
    from sklearn import metrics

    mse = metrics.mean_squared_error(y, predicted)
    # A logarithmic error needs values from 0 up: negative predictions count as 0, negative targets have none.
    rmsle = math.nan
    if (y >= 0).all():
        rmsle = math.sqrt(metrics.mean_squared_log_error(y, predicted.clip(min=0)))
    return {
        "MAE": metrics.mean_absolute_error(y, predicted),
        "MSE": mse,
        "RMSE": math.sqrt(mse),
        "R2": metrics.r2_score(y, predicted),
        "RMSLE": rmsle,
        "MAPE": metrics.mean_absolute_percentage_error(y, predicted),
    }


def mean_and_deviation(values):
    """Over the folds; the deviation is that of the values themselves (divided by their number)."""
    import numpy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(numpy.mean(values)), float(numpy.std(values))


def is_better(name, a, b):
    """Is a better than b? NaN is worse than anything."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(b) and not math.isnan(a)
    return a < b if name in LOW_IS_BETTER else a > b
