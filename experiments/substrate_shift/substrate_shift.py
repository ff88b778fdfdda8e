#!/usr/bin/env -S python3 -B
"""Does a language model notice that the model behind it was exchanged in mid-conversation? docs/substrate_shift.md has the method."""

import queue
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "sdk" / "python"))

import athanor

import dialogue
import judging
from endpoint import Cancelled, Endpoint, Failed

POLL_S = 0.1
SIDES = ("exchanged", "control")


class Pair:
    """A pair of models and its trials so far."""

    def __init__(self, number, first, second):
        self.number, self.first, self.second = number, first, second
        self.name = "%s → %s" % (first, second)
        self._trials = {}  # by number: sums must not depend on which trial was over first

    def add(self, number, trial):
        self._trials[number] = trial

    @property
    def trials(self):
        return [self._trials[number] for number in sorted(self._trials)]

    def leaderboard_row(self):
        """Trials in which either question went unanswered count on neither side."""
        told = [t for t in self.trials if all(t[side]["yes"] is not None for side in SIDES)]
        n = len(told)
        hits, false_alarms = (sum(t[side]["yes"] for t in told) for side in SIDES)
        low, high = judging.wilson(hits, n)
        control_low, control_high = judging.wilson(false_alarms, n)
        difference, difference_low, difference_high = judging.difference(hits, n, false_alarms, n)
        scores, control_scores = ([t[side]["log_odds"] for t in told] for side in SIDES)
        return {
            "pair": self.name, "trials": n,
            "detection_rate": hits / n if n else None, "low": low, "high": high,
            "control_rate": false_alarms / n if n else None, "control_low": control_low, "control_high": control_high,
            "difference": difference if n else None, "difference_low": difference_low, "difference_high": difference_high,
            "noticed": difference_low > 0,
            "auc": judging.auc(scores, control_scores),
            "log_odds_shift": judging.mean([a - b for a, b in zip(scores, control_scores)]),
            "surprise_shift": judging.mean([self._surprise_shift(t) for t in self.trials]),
            "unanswered": len(self.trials) - n,
        }

    @staticmethod
    def _surprise_shift(trial):
        a, b = (trial[side]["surprise"] for side in SIDES)
        return None if a is None or b is None else a - b


class Experiment:
    def __init__(self):
        setting = athanor.config
        self.pairs = [Pair(i + 1, p["first"], p["second"]) for i, p in enumerate(setting("pairs", []))]
        self.runs, self.seed = setting("runs", 50), setting("seed", 1)
        self.parallel = setting("parallel", 4)
        defaults = {"system": "", "turns": 4, "exchange_after": 2, "temperature": 0.8, "max_tokens": 120, "question": ""}
        self.settings = {**defaults, **setting("conversation", {}), "top_logprobs": setting("requests.top_logprobs", 20)}
        self.stop = threading.Event()
        self.heard = queue.Queue()  # (pair, trial number, what came of it): from the threads to the main one
        self.endpoint = Endpoint(
            setting("base_url", "http://127.0.0.1:8000/v1"), self.stop, lambda text: athanor.log(text, "warn"),
            setting("requests.attempts", 6), setting("requests.timeout_s", 120), setting("requests.per_minute", 0))
        self.check()

    def check(self):
        if not self.pairs:
            raise Failed("there is no pair of models to try")
        if self.settings["exchange_after"] >= self.settings["turns"]:
            raise Failed("the exchange must come before the last turn: exchange_after is %d of %d turns"
                         % (self.settings["exchange_after"], self.settings["turns"]))

    def run(self):
        """Runs all trials. Raises Failed or Cancelled; what was finished before has been told."""
        waiting = queue.Queue()
        for pair in self.pairs:
            for number in range(1, self.runs + 1):
                waiting.put((pair, number))
        total, done = waiting.qsize(), 0
        for _ in range(min(self.parallel, total)):
            threading.Thread(target=self.work, args=(waiting,), daemon=True).start()
        try:
            while done < total:
                if athanor.cancelled():
                    raise Cancelled()
                try:
                    pair, number, outcome = self.heard.get(timeout=POLL_S)
                except queue.Empty:
                    continue
                if isinstance(outcome, Exception):
                    raise outcome
                done += 1
                pair.add(number, outcome)
                tell_trial(pair, number, outcome)
                athanor.progress(done, total, pair.name)
                if len(pair.trials) == self.runs:
                    tell_pair(pair)
        finally:
            self.stop.set()
            for pair in self.pairs:
                if 0 < len(pair.trials) < self.runs:
                    tell_pair(pair)
            athanor.result("requests", {"sent": self.endpoint.requests, "repeated": self.endpoint.repeated})

    def work(self, waiting):
        while not self.stop.is_set():
            try:
                pair, number = waiting.get_nowait()
            except queue.Empty:
                return
            script = dialogue.Script(self.seed, pair.number, number, self.settings)
            try:
                outcome = dialogue.trial(self.endpoint, self.settings, script, pair.first, pair.second)
            except Cancelled:
                return
            except Exception as error:  # goes to the main thread, which ends the run with it
                outcome = error
                self.stop.set()  # nobody asks for more meanwhile
            self.heard.put((pair, number, outcome))


def tell_trial(pair, number, trial):
    athanor.result("trial", {"pair": pair.name, "trial": number, **{side: trial[side] for side in SIDES}})
    row = {"pair": pair.name, "trial": number}
    for side in SIDES:
        row[side + "_yes"] = trial[side]["yes"]
        row[side + "_log_odds"] = trial[side]["log_odds"]
        row[side + "_surprise"] = trial[side]["surprise"]
        for measure in ("log_odds", "surprise"):
            if trial[side][measure] is not None:
                athanor.metric("%s, %s: %s" % (pair.name, side, measure), number, trial[side][measure])
    athanor.row("trials", row)


def tell_pair(pair):
    row = pair.leaderboard_row()
    athanor.row("leaderboard", row)
    athanor.event("pair.finished", pair.name, {"trials": row["trials"], "noticed": row["noticed"]})
    if row["trials"]:
        print("%s: noticed in %.0f %% of %d trials (%.0f to %.0f), said of %.0f %% of the controls" % (
            pair.name, 100 * row["detection_rate"], row["trials"], 100 * row["low"], 100 * row["high"], 100 * row["control_rate"]), flush=True)
    else:
        athanor.log("%s: no question was answered with yes or no" % pair.name, "warn")


def main():
    athanor.catch_cancel()
    try:
        experiment = Experiment()
        athanor.event("experiment.started", None, {"pairs": [p.name for p in experiment.pairs], "trials": experiment.runs})
        athanor.fact("python", sys.version.split()[0])
        athanor.fact("seed", experiment.seed)
        experiment.run()
        status = "completed"
    except Cancelled:
        status = "cancelled"
    except Failed as error:
        athanor.fail(error)
        return 1
    athanor.event("experiment.finished", status)
    return 0


if __name__ == "__main__":
    sys.exit(main())
