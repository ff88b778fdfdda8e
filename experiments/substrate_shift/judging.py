"""From log-probabilities to answers, and from answers to rates with their intervals."""

import math
from bisect import bisect_left, bisect_right

Z = 1.959963984540054  # of a two-sided 95 % interval


def log_odds(top):
    """The log-odds of yes against no for the first token of an answer, from its most likely alternatives: a list of
    {"token", "logprob"}.

    Tokens count as yes when they begin that word ("y", "Yes", " YES."), as no likewise. A side that is not in the list is at most as likely as the
    least likely one that is, and is taken for that. None when neither side is there.
    """
    sums = {"yes": 0.0, "no": 0.0}
    for entry in top:
        word = entry["token"].strip(" \t\r\n.,!:;\"'*`(").lower()
        for side in sums:
            if word and side.startswith(word):
                sums[side] += math.exp(entry["logprob"])
    if not any(sums.values()):
        return None
    least = math.exp(min(entry["logprob"] for entry in top))
    return math.log(max(sums["yes"] or least, 1e-300)) - math.log(max(sums["no"] or least, 1e-300))


def surprise(tokens):
    """Mean -log p of generated tokens, in nats; None when there are none."""
    return -sum(t["logprob"] for t in tokens) / len(tokens) if tokens else None


def wilson(hits, n):
    """Wilson's 95 % interval of a rate; the whole range when nothing was tried."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = hits / n, Z * Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(hits, n, control_hits, control_n):
    """The difference of two rates with its 95 % interval (Newcombe's, of two Wilson intervals)."""
    if n == 0 or control_n == 0:
        return 0.0, -1.0, 1.0
    a, b = hits / n, control_hits / control_n
    (a_low, a_high), (b_low, b_high) = wilson(hits, n), wilson(control_hits, control_n)
    d = a - b
    return d, d - math.hypot(a - a_low, b_high - b), d + math.hypot(a_high - a, b - b_low)


def auc(scores, control_scores):
    """How likely a conversation with an exchange scores above one without; ties count half. None without any."""
    if not scores or not control_scores:
        return None
    below = sorted(control_scores)
    wins = sum((bisect_left(below, a) + bisect_right(below, a)) / 2 for a in scores)
    return wins / (len(scores) * len(control_scores))


def mean(values):
    there = [v for v in values if v is not None]
    return sum(there) / len(there) if there else None
