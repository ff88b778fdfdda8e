"""The models to choose from: a table, and how one becomes an unfitted pipeline.

Nothing here imports scikit-learn before `estimator` is called.
"""

import importlib

class Model:
    """A kind of model. `slow` ones are left out of a comparison that names none: their cost grows with the square of the
    rows or worse. `path` leads to the class below `sklearn`."""

    def __init__(self, task, id_, name, path, arguments, slow=False):
        self.task, self.id, self.name = task, id_, name
        self.path, self.arguments, self.slow = path, arguments, slow


def _table(task, *rows):
    return [Model(task, id_, name, path, arguments, "slow" in flags)
            for id_, name, path, arguments, *flags in rows]


CLASSIFIERS = _table(
    "classification",
    ("lr", "Logistic regression", "linear_model.LogisticRegression", {"max_iter": 1000}),
    ("ridge", "Ridge classifier", "linear_model.RidgeClassifier", {}),
    ("sgd", "Logistic regression by gradient descent", "linear_model.SGDClassifier", {"loss": "log_loss"}),
    ("lda", "Linear discriminant analysis", "discriminant_analysis.LinearDiscriminantAnalysis", {}),
    ("qda", "Quadratic discriminant analysis", "discriminant_analysis.QuadraticDiscriminantAnalysis", {}),
    ("nb", "Naive Bayes, Gaussian", "naive_bayes.GaussianNB", {}),
    ("bnb", "Naive Bayes, Bernoulli", "naive_bayes.BernoulliNB", {}),
    ("knn", "Nearest neighbours", "neighbors.KNeighborsClassifier", {}),
    ("svm", "Support vectors, linear", "svm.LinearSVC", {"max_iter": 10000}),
    ("dt", "Decision tree", "tree.DecisionTreeClassifier", {}),
    ("bag", "Bagged trees", "ensemble.BaggingClassifier", {}),
    ("rf", "Random forest", "ensemble.RandomForestClassifier", {}),
    ("et", "Extra trees", "ensemble.ExtraTreesClassifier", {}),
    ("ada", "AdaBoost", "ensemble.AdaBoostClassifier", {}),
    ("gbc", "Gradient boosting", "ensemble.GradientBoostingClassifier", {}),
    ("hgb", "Gradient boosting, by histograms", "ensemble.HistGradientBoostingClassifier", {}),
    ("rbfsvm", "Support vectors, radial", "svm.SVC", {}, "slow"),
    ("mlp", "Neural network", "neural_network.MLPClassifier", {"max_iter": 1000}, "slow"),
    ("gpc", "Gaussian process", "gaussian_process.GaussianProcessClassifier", {}, "slow"),
)

REGRESSORS = _table(
    "regression",
    ("lr", "Linear regression", "linear_model.LinearRegression", {}),
    ("ridge", "Ridge", "linear_model.Ridge", {}),
    ("lasso", "Lasso", "linear_model.Lasso", {}),
    ("en", "Elastic net", "linear_model.ElasticNet", {}),
    ("lar", "Least angles", "linear_model.Lars", {}),
    ("llar", "Lasso by least angles", "linear_model.LassoLars", {}),
    ("omp", "Orthogonal matching pursuit", "linear_model.OrthogonalMatchingPursuit", {}),
    ("br", "Bayesian ridge", "linear_model.BayesianRidge", {}),
    ("huber", "Huber", "linear_model.HuberRegressor", {"max_iter": 1000}),
    ("par", "Passive aggressive", "linear_model.PassiveAggressiveRegressor", {}),
    ("knn", "Nearest neighbours", "neighbors.KNeighborsRegressor", {}),
    ("dt", "Decision tree", "tree.DecisionTreeRegressor", {}),
    ("rf", "Random forest", "ensemble.RandomForestRegressor", {}),
    ("et", "Extra trees", "ensemble.ExtraTreesRegressor", {}),
    ("ada", "AdaBoost", "ensemble.AdaBoostRegressor", {}),
    ("gbr", "Gradient boosting", "ensemble.GradientBoostingRegressor", {}),
    ("hgb", "Gradient boosting, by histograms", "ensemble.HistGradientBoostingRegressor", {}),
    ("svm", "Support vectors", "svm.SVR", {}, "slow"),
    ("kr", "Kernel ridge", "kernel_ridge.KernelRidge", {}, "slow"),
    ("mlp", "Neural network", "neural_network.MLPRegressor", {"max_iter": 1000}, "slow"),
)

# What a model has to beat: it looks at no feature.
BASELINES = {
    "classification": Model("classification", "baseline", "Baseline: the most frequent class", "dummy.DummyClassifier", {}),
    "regression": Model("regression", "baseline", "Baseline: the mean", "dummy.DummyRegressor", {}),
}


def of_task(task):
    return {"classification": CLASSIFIERS, "regression": REGRESSORS}[task]


def find(task, id_):
    return next((m for m in of_task(task) if m.id == id_), None)


def estimator(model, seed):
    """The unfitted estimator, its randomness fixed where it has any."""
    module, name = model.path.rsplit(".", 1)
    made = getattr(importlib.import_module("sklearn." + module), name)(**model.arguments)
    if "random_state" in made.get_params():
        made.set_params(random_state=seed)
    return made


def pipeline(model, data, scale, seed):
    """The unfitted pipeline: what the columns of `data` need before a model can take them, then the model."""
    from sklearn.pipeline import Pipeline

    return Pipeline(_preparation(data, scale) + [("model", estimator(model, seed))])


def _preparation(data, scale):
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    scaler = [("scale", StandardScaler())] if scale else []
    if not data.texts and not data.missing:
        return scaler
    parts = []
    if data.numbers:
        steps = [SimpleImputer(strategy="median")] + [s for _, s in scaler]
        parts.append(("numbers", make_pipeline(*steps), data.numbers))
    if data.texts:
        encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=50, sparse_output=False)
        parts.append(("texts", encoder, data.texts))
    return [("prepare", ColumnTransformer(parts, sparse_threshold=0))]
