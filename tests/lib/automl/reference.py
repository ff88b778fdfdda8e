"""scikit-learn's own cross_validate on a bundled data set, with nothing of Athanor: prints {"model": {"measure": [mean, deviation]}}.

    reference.py classification|regression FOLDS SEED
"""

import json
import os
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from sklearn.datasets import load_diabetes, load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn import ensemble as e
from sklearn import linear_model as l
from sklearn import metrics as m
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import KFold, StratifiedKFold, cross_validate
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, label_binarize
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.simplefilter("ignore")
task, folds, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
s = {"random_state": seed}

classifiers = {
    "lr": l.LogisticRegression(max_iter=1000, **s), "ridge": l.RidgeClassifier(**s), "sgd": l.SGDClassifier(loss="log_loss", **s),
    "lda": LinearDiscriminantAnalysis(), "qda": QuadraticDiscriminantAnalysis(), "nb": GaussianNB(), "bnb": BernoulliNB(),
    "knn": KNeighborsClassifier(), "svm": LinearSVC(max_iter=10000, **s), "dt": DecisionTreeClassifier(**s),
    "bag": e.BaggingClassifier(**s), "rf": e.RandomForestClassifier(**s), "et": e.ExtraTreesClassifier(**s),
    "ada": e.AdaBoostClassifier(**s), "gbc": e.GradientBoostingClassifier(**s), "hgb": e.HistGradientBoostingClassifier(**s),
    "rbfsvm": SVC(**s), "mlp": MLPClassifier(max_iter=1000, **s), "gpc": GaussianProcessClassifier(**s),
}
regressors = {
    "lr": l.LinearRegression(), "ridge": l.Ridge(**s), "lasso": l.Lasso(**s), "en": l.ElasticNet(**s), "lar": l.Lars(**s),
    "llar": l.LassoLars(**s), "omp": l.OrthogonalMatchingPursuit(), "br": l.BayesianRidge(), "huber": l.HuberRegressor(max_iter=1000),
    "par": l.PassiveAggressiveRegressor(**s), "knn": KNeighborsRegressor(), "dt": DecisionTreeRegressor(**s),
    "rf": e.RandomForestRegressor(**s), "et": e.ExtraTreesRegressor(**s), "ada": e.AdaBoostRegressor(**s),
    "gbr": e.GradientBoostingRegressor(**s), "hgb": e.HistGradientBoostingRegressor(**s), "svm": SVR(), "kr": KernelRidge(),
    "mlp": MLPRegressor(max_iter=1000, **s),
}


def auc_by_decision(estimator, X, y):
    return m.roc_auc_score(label_binarize(y, classes=[0, 1, 2]), estimator.decision_function(X), average="macro")


def rmsle(y, predicted):
    return np.sqrt(m.mean_squared_log_error(y, np.maximum(predicted, 0)))


if task == "classification":
    X, y = load_iris(return_X_y=True)
    table, cv = classifiers, StratifiedKFold(folds, shuffle=True, random_state=seed)
    scoring = {"Accuracy": "accuracy", "AUC": "roc_auc_ovr", "Recall": "recall_macro", "Prec.": m.make_scorer(m.precision_score, average="macro", zero_division=0),
               "F1": "f1_macro", "Kappa": m.make_scorer(m.cohen_kappa_score), "MCC": "matthews_corrcoef"}
else:
    X, y = load_diabetes(return_X_y=True)
    table, cv = regressors, KFold(folds, shuffle=True, random_state=seed)
    scoring = {"MAE": m.make_scorer(m.mean_absolute_error), "MSE": m.make_scorer(m.mean_squared_error), "R2": "r2",
               "RMSE": m.make_scorer(m.mean_squared_error, squared=False), "RMSLE": m.make_scorer(rmsle),
               "MAPE": m.make_scorer(m.mean_absolute_percentage_error)}

answer = {}
for name, estimator in table.items():
    own = dict(scoring)
    if task == "classification" and not hasattr(estimator, "predict_proba"):
        own["AUC"] = auc_by_decision
    scores = cross_validate(make_pipeline(StandardScaler(), estimator), X, y, cv=cv, scoring=own)
    answer[name] = {key: [scores["test_" + key].mean(), scores["test_" + key].std()] for key in own}
print(json.dumps(answer))
