"""Work in child processes, so that any fit can be ended at once.

A task is a function that is called with a `say` function in a forked child; what it says arrives here as
(key, value) and is handed to `heard`. At most `jobs` run at a time, begun in the order given.
"""

import multiprocessing
import os
import signal
import sys
import traceback
from multiprocessing import connection

_fork = multiprocessing.get_context("fork")
_POLL_S = 0.1


def _child(work, pipe):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a cancel reaches the whole group; the parent decides, and kills
    try:
        work(lambda key, value: pipe.send((key, value)))
        status = 0
    except Exception as error:  # becomes a sentence in the parent; the trace is in the log
        traceback.print_exc()
        pipe.send(("error", "%s: %s" % (type(error).__name__, error)))
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


class _Task:
    def __init__(self, name, work):
        self.name = name
        self.pipe, theirs = _fork.Pipe(duplex=False)
        self.process = _fork.Process(target=_child, args=(work, theirs))
        self.process.start()
        theirs.close()

    def end(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


def run(tasks, jobs, began, heard, ended, cancelled):
    """Runs tasks, pairs of (name, function). Calls began(name), heard(name, key, value) and ended(name, exit code).

    False when `cancelled` became true: every child is dead then.
    """
    waiting, running = list(tasks), {}
    while waiting or running:
        while waiting and len(running) < jobs and not cancelled():
            name, work = waiting.pop(0)
            began(name)
            task = _Task(name, work)
            running[task.pipe] = task
        for pipe in connection.wait(list(running), _POLL_S):
            task = running[pipe]
            try:
                key, value = pipe.recv()
            except EOFError:
                del running[pipe]
                task.process.join()
                pipe.close()
                ended(task.name, task.process.exitcode)
                continue
            heard(task.name, key, value)
        if cancelled():
            for task in running.values():
                task.end()
            return False
    return True
