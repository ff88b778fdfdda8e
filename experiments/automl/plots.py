"""Plots as SVG: the confusion matrix and ROC curves of a classifier, the residuals of a regression.

All are made of what the folds predicted, so each row was predicted by a model that had not seen it. They bring their own
light ground, and use presentation attributes alone, so that a strict content security policy leaves them as they are.
"""

from html import escape

INK, MUTED, GRID, GROUND = "#1f2937", "#6b7280", "#e5e7eb", "#ffffff"
COLOURS = ["#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#65a30d", "#475569", "#ea580c"]
POINTS_MAX = 3000  # of a curve or cloud; more would not be seen
CURVES_MAX = len(COLOURS)
CELLS_MAX = 30  # classes of a confusion matrix


def draw(data, splits, folds, title):
    """Writes the plots that suit the data into the working folder; their names."""
    import numpy

    order = numpy.concatenate([test for _, test in splits])
    y = data.y[order]
    predicted = numpy.concatenate([f["predicted"] for f in folds])
    if not data.labels:
        return [_write("residuals.svg", residuals(y, predicted, title)),
                _write("predictions.svg", predictions(y, predicted, title))]
    drawn = []
    if len(data.labels) <= CELLS_MAX:
        drawn.append(_write("confusion_matrix.svg", confusion_matrix(y, predicted, data.labels, title)))
    if all(f["scores"] is not None for f in folds):
        scores = numpy.concatenate([f["scores"] for f in folds])
        drawn.append(_write("roc.svg", roc(y, scores, data.labels, title)))
    return drawn


def _write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


# --- Ink --------------------------------------------------------------------------------------------------


class Sheet:
    def __init__(self, width, height, title):
        self._width, self._height, self._parts = width, height, []
        self.box(0, 0, width, height, GROUND, rx=8)
        self.text(width / 2, 26, title, size=15, anchor="middle", weight="600")

    def box(self, x, y, width, height, fill, rx=0):
        self._parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s" rx="%d"/>' % (x, y, width, height, fill, rx))

    def line(self, x1, y1, x2, y2, stroke, dash=None):
        more = ' stroke-dasharray="%s"' % dash if dash else ""
        self._parts.append('<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>' % (x1, y1, x2, y2, stroke, more))

    def curve(self, points, stroke):
        path = " ".join("%.1f,%.1f" % p for p in points)
        self._parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>' % (path, stroke))

    def dot(self, x, y, fill):
        self._parts.append('<circle cx="%.1f" cy="%.1f" r="2.5" fill="%s" fill-opacity="0.5"/>' % (x, y, fill))

    def text(self, x, y, text, size=12, anchor="start", fill=INK, weight="400", turn=None):
        more = ' transform="rotate(%d %.1f %.1f)"' % (turn, x, y) if turn else ""
        self._parts.append('<text x="%.1f" y="%.1f" font-size="%d" text-anchor="%s" fill="%s" font-weight="%s"%s>%s</text>'
                           % (x, y, size, anchor, fill, weight, more, escape(text)))

    def svg(self):
        head = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
                'font-family="system-ui, sans-serif">\n' % (self._width, self._height, self._width, self._height))
        return head + "\n".join(self._parts) + "\n</svg>\n"


class Axes:
    """A plot area with ticks: x and y map data to the sheet."""

    def __init__(self, sheet, xs, ys, x_label, y_label, left=70, top=44, width=460, height=340):
        self.sheet, self.left, self.top, self.width, self.height = sheet, left, top, width, height
        (self.x0, self.x1), (self.y0, self.y1) = xs, ys
        for value in ticks(*xs):
            sheet.line(self.x(value), top, self.x(value), top + height, GRID)
            sheet.text(self.x(value), top + height + 18, "%g" % value, 11, "middle", MUTED)
        for value in ticks(*ys):
            sheet.line(left, self.y(value), left + width, self.y(value), GRID)
            sheet.text(left - 8, self.y(value) + 4, "%g" % value, 11, "end", MUTED)
        sheet.text(left + width / 2, top + height + 40, x_label, 12, "middle")
        sheet.text(18, top + height / 2, y_label, 12, "middle", turn=-90)

    def x(self, value):
        return self.left + (value - self.x0) / (self.x1 - self.x0) * self.width

    def y(self, value):
        return self.top + self.height - (value - self.y0) / (self.y1 - self.y0) * self.height


def ticks(low, high):
    """About five round values from low to high."""
    import math

    step = 10 ** math.floor(math.log10((high - low) / 5))
    step *= next(m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= 6)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def room(values):
    """A range around the values, never empty."""
    low, high = float(min(values)), float(max(values))
    margin = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - margin, high + margin


def thinned(points):
    step = max(1, -(-len(points) // POINTS_MAX))
    return points[::step] + ([points[-1]] if (len(points) - 1) % step else [])


# --- The plots ----------------------------------------------------------------------------------------------


def confusion_matrix(y, predicted, labels, title):
    from sklearn.metrics import confusion_matrix as count
    import numpy

    counts = count(y, predicted, labels=numpy.unique(y))
    n = len(labels)
    cell = max(26, min(72, 420 // n))
    label = 7 * max(len(_short(text)) for text in labels)  # about the width of the longest
    width = max(420, 2 * (label + 44) + n * cell)
    left, top = (width - n * cell) / 2, 52
    bottom = top + n * cell + 24 + 0.6 * label
    sheet = Sheet(width, bottom + 30, "Confusion matrix: " + title)
    for i, row in enumerate(counts):
        sheet.text(left - 8, top + (i + 0.5) * cell + 4, _short(labels[i]), 11, "end")
        sheet.text(left + (i + 0.6) * cell, top + n * cell + 14, _short(labels[i]), 11, "end", turn=-35)
        for j, number in enumerate(row):
            share = number / max(1, row.sum())
            sheet.box(left + j * cell, top + i * cell, cell - 2, cell - 2, _shade(share))
            sheet.text(left + (j + 0.5) * cell - 1, top + (i + 0.5) * cell + 4, str(number), 12 if cell > 30 else 10, "middle",
                       "#ffffff" if share > 0.5 else INK)
    sheet.text(left + n * cell / 2, bottom + 12, "Predicted class", 12, "middle")
    sheet.text(left - label - 26, top + n * cell / 2, "True class", 12, "middle", turn=-90)
    return sheet.svg()


def _short(label):
    return label if len(label) <= 18 else label[:17] + "…"


def _shade(share):
    """From nearly white to blue."""
    low, high = (239, 246, 255), (30, 64, 175)
    return "#%02x%02x%02x" % tuple(round(a + (b - a) * share) for a, b in zip(low, high))


def roc(y, scores, labels, title):
    """One curve for two classes (of the second), else one a class against the rest."""
    from sklearn.metrics import auc, roc_curve
    import numpy

    sheet = Sheet(760, 450, "ROC: " + title)
    axes = Axes(sheet, (0, 1), (0, 1), "False positive rate", "True positive rate")
    sheet.line(axes.x(0), axes.y(0), axes.x(1), axes.y(1), MUTED, "4 4")
    classes = numpy.unique(y)
    pairs = [(classes[1], labels[1], scores)] if len(classes) == 2 else \
            [(c, labels[i], scores[:, i]) for i, c in enumerate(classes)]
    for i, (value, label, own) in enumerate(pairs[:CURVES_MAX]):
        false, true, _ = roc_curve(y == value, own)
        points = [(axes.x(a), axes.y(b)) for a, b in zip(false, true)]
        sheet.curve(thinned(points), COLOURS[i])
        sheet.box(550, 54 + 22 * i, 12, 12, COLOURS[i], rx=2)
        sheet.text(570, 64 + 22 * i, "%s (%.3f)" % (_short(label), auc(false, true)), 12)
    if len(pairs) > CURVES_MAX:
        sheet.text(550, 64 + 22 * CURVES_MAX, "and %d more" % (len(pairs) - CURVES_MAX), 12, fill=MUTED)
    return sheet.svg()


def residuals(y, predicted, title):
    sheet = Sheet(560, 450, "Residuals: " + title)
    rest = y - predicted
    axes = Axes(sheet, room(predicted), room(rest), "Predicted", "True - predicted")
    sheet.line(axes.left, axes.y(0), axes.left + axes.width, axes.y(0), COLOURS[1], "4 4")
    for a, b in thinned(list(zip(predicted, rest))):
        sheet.dot(axes.x(a), axes.y(b), COLOURS[0])
    return sheet.svg()


def predictions(y, predicted, title):
    import numpy

    sheet = Sheet(560, 450, "Predictions: " + title)
    both = room(numpy.concatenate([y, predicted]))
    axes = Axes(sheet, both, both, "True", "Predicted")
    sheet.line(axes.x(both[0]), axes.y(both[0]), axes.x(both[1]), axes.y(both[1]), COLOURS[1], "4 4")
    for a, b in thinned(list(zip(y, predicted))):
        sheet.dot(axes.x(a), axes.y(b), COLOURS[0])
    return sheet.svg()
