"""Tell Athanor what your experiment does, from Python 3.7 or later. One file, standard library only.

    import athanor

    steps = athanor.config("steps", 100)
    athanor.catch_cancel()
    for step in range(1, steps + 1):
        if athanor.cancelled():
            break
        loss = 1 / step
        athanor.metric("loss", step, loss)
        athanor.progress(step, steps, "training")
    athanor.row("models", {"name": "baseline", "loss": loss})
    athanor.result("loss", loss)

Calls format a message, put it into a buffer and return; a thread writes it to the run. When 4 MiB
are waiting, calls wait for the thread: nothing is dropped. Everything may be called from any thread,
and from a child after os.fork() or in multiprocessing: the child begins with an empty buffer.
What was said is flushed when the interpreter exits. Outside Athanor the same program works and prints
what it would have said to stderr.

From a shell: `python3 -m athanor result accuracy 0.93` (see `python3 -m athanor --help`).

Values are anything that the json module takes; NaN and infinities become the strings "NaN",
"Infinity" and "-Infinity"; numpy scalars and arrays become numbers and lists; anything else becomes its str().
"""

import atexit
import json
import logging
import math
import os
import signal
import sys
import threading

__all__ = [
    "run", "config", "log", "log_batch", "progress", "result", "metric", "row", "event", "artifact",
    "fact", "complete", "fail", "cancelled", "catch_cancel", "flush", "LogHandler",
]

MESSAGE_MAX = 16 * 1024 * 1024  # bytes of one message, as the runner takes them
_BUFFER_MAX = 4 * 1024 * 1024  # bytes that may wait before calls wait too


# --- The way out -----------------------------------------------------------------------------------


class _Writer:
    """A bounded buffer and the thread that empties it into the runner's pipe.

    Several processes of a run may write to one pipe, and only writes of up to 4,096 bytes stay whole, so every
    write is made under an flock of the configuration file. The lock belongs to an open file: a forked child opens it anew.
    """

    def __init__(self):
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)
        atexit.register(self.flush)

    def _reset(self):
        self._condition = threading.Condition()
        self._pending = []
        self._bytes = 0
        self._writing = False
        self._thread = None
        self._lock = None
        self._fd = self._find_fd()

    @staticmethod
    def _find_fd():
        try:
            fd = int(os.environ["ATHANOR_FD"])
            os.fstat(fd)
            return fd
        except (KeyError, ValueError, OSError):
            return None

    def send(self, text):
        """Hands over one message, without its newline."""
        data = text.encode("utf-8", "replace") + b"\n"
        if len(data) > MESSAGE_MAX:
            raise ValueError("a message may have %d bytes, this one has %d" % (MESSAGE_MAX, len(data)))
        if self._fd is None:
            sys.stderr.write(text + "\n")
            return
        with self._condition:
            self._start()
            while self._bytes and self._bytes + len(data) > _BUFFER_MAX and self._fd is not None:
                self._condition.wait(1.0)
                self._start()
            self._pending.append(data)
            self._bytes += len(data)
            self._condition.notify_all()

    def _start(self):
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="athanor", daemon=True)
            self._thread.start()

    def _work(self):
        while True:
            with self._condition:
                while not self._pending or self._writing:
                    self._condition.wait()
                data = self._take()
            self._write_taken(data)

    def _take(self):
        data = b"".join(self._pending)
        self._pending = []
        self._writing = True
        return data

    def _write_taken(self, data):
        try:
            self._write(data)
        except OSError:
            self._fd = None  # the runner is gone; the experiment goes on
        finally:  # a signal's handler may have raised: who flushes at the end must not wait for us
            with self._condition:
                self._writing = False
                self._bytes -= len(data)
                self._condition.notify_all()

    def _write(self, data):
        if self._lock is None:
            self._lock = _open_lock()
        with _Locked(self._lock):
            view = memoryview(data)
            while view:
                try:
                    view = view[os.write(self._fd, view):]
                except BlockingIOError:
                    import select

                    select.select([], [self._fd], [])

    def flush(self):
        """Waits until everything said so far has been handed to the runner."""
        while self._fd is not None:
            with self._condition:
                if self._writing:
                    self._condition.wait(1.0)
                    continue
                if not self._pending:
                    return
                data = self._take()
            self._write_taken(data)


def _open_lock():
    try:
        return open(os.environ["ATHANOR_CONFIG"], "rb")
    except (KeyError, OSError):
        return False


class _Locked:
    def __init__(self, file):
        self._file = file

    def __enter__(self):
        if self._file:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *unused):
        if self._file:
            import fcntl

            fcntl.flock(self._file, fcntl.LOCK_UN)


_writer = _Writer()


def _print_at_once():
    """Within a run each line that is printed is seen at once, as on a terminal, and not when 8 KiB have come together."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True)


if _writer._fd is not None:
    _print_at_once()


def _plain(value):
    """What the json module takes, made of anything."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):  # numpy
        return _plain(value.tolist())
    return str(value)


def _send(type_, **members):
    message = {"type": type_}
    message.update((k, _plain(v)) for k, v in members.items() if v is not None)
    _writer.send(json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


# --- Which run is this ------------------------------------------------------------------------------


class Run:
    """What the runner says of the run; strings are "" and numbers 0 outside Athanor."""

    def __init__(self):
        env = os.environ.get
        self.id = int(env("ATHANOR_RUN_ID", 0))
        self.number = int(env("ATHANOR_RUN_NUMBER", 0))  # counts within the instance: 1, 2, 3 ...
        self.instance_id = int(env("ATHANOR_INSTANCE_ID", 0))
        self.instance_name = env("ATHANOR_INSTANCE_NAME", "")
        self.experiment = env("ATHANOR_EXPERIMENT", "")
        self.dir = env("ATHANOR_DIR", "")  # the experiment's folder: read only, please


_run = None
_config = None


def run():
    """The run that this process belongs to, a `Run`."""
    global _run
    if _run is None:
        _run = Run()
    return _run


def config(path=None, default=None):
    """The configuration, a dict; or the value at a path such as "size", "api.timeout" or "pairs.0.left", or `default`
    when there is none."""
    global _config
    if _config is None:
        _config = {}
        if os.environ.get("ATHANOR_CONFIG"):
            with open(os.environ["ATHANOR_CONFIG"], encoding="utf-8") as file:
                _config = json.load(file)
    value = _config
    for name in path.split(".") if path else []:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return default
    return value


# --- Saying things ----------------------------------------------------------------------------------


def log(message, level="info", **metadata):
    """One line of the log. `level` is debug, info, warn or error; further arguments are metadata that unfolds under the
    line. print() works as well, at level info."""
    _send("log", level=level, message=str(message), metadata=metadata or None)


def log_batch(messages, level="info"):
    """Many lines at once, in order."""
    for message in messages:
        log(message, level)


def progress(current, total=None, message=None):
    """How far the run is: only the latest is kept, so call it as often as you like. No total: unknown."""
    _send("progress", current=current, total=total, message=message)


def result(key, value):
    """A named result of any JSON value. A key may repeat: the newest counts, all are kept."""
    message = {"type": "result", "key": str(key), "value": _plain(value)}
    _writer.send(json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def metric(key, step, value):
    """One point of a series. `step` counts whatever you like (epochs, sweeps, seconds); value is a number, NaN and
    infinities included."""
    _send("metric", key=key, step=step, value=float(value))


def row(table, values):
    """One row of a table, a dict; columns stand in the order of the first row."""
    _send("row", table=table, values=values)


def event(kind, message=None, payload=None, duration_ms=None):
    """Anything worth a place in the timeline; `kind` such as "model.fitted", the duration in milliseconds."""
    _send("event", kind=kind, message=message, payload=payload, duration_ms=duration_ms)


def artifact(path, name=None):
    """Keeps a file below the working folder, under `name` or its own path. The runner copies it when it reads the
    message: leave it unchanged from then on."""
    _send("artifact", path=os.fspath(path), name=name)


def fact(key, value):
    """Something to remember about how the run was made: a version, a seed, a device."""
    _send("fact", key=key, value=value if isinstance(value, (str, int, float, bool)) else str(value))


# --- Its end ----------------------------------------------------------------------------------------


def complete():
    """Fixes the outcome as completed; the program then has its grace to leave."""
    _send("complete")
    _writer.flush()


def fail(error):
    """Fixes the outcome as failed; `error` is shown to people."""
    _send("fail", error=str(error))
    _writer.flush()


_cancel = threading.Event()


def catch_cancel():
    """From now on a cancel (SIGTERM) does not end the program but makes cancelled() true; the program then has its
    grace (`grace_s`, 10 s) to save and leave. To be called from the main thread."""
    signal.signal(signal.SIGTERM, lambda *unused: _cancel.set())


def cancelled():
    """Has the run been cancelled? Always False without catch_cancel()."""
    return _cancel.is_set()


def flush():
    """Waits until everything said so far has been handed to the runner. For a program that ends by os._exit(), exec or
    a signal; the interpreter's exit does it by itself."""
    _writer.flush()


class LogHandler(logging.Handler):
    """Sends the records of Python's logging to the run's log: logging.getLogger().addHandler(athanor.LogHandler())."""

    _LEVELS = ((logging.ERROR, "error"), (logging.WARNING, "warn"), (logging.INFO, "info"))

    def emit(self, record):
        try:
            level = next((name for floor, name in self._LEVELS if record.levelno >= floor), "debug")
            log(self.format(record), level, logger=record.name)
        except Exception:  # logging must not end the program that logs
            self.handleError(record)


# --- From a shell -----------------------------------------------------------------------------------

_HELP = """usage: python3 -m athanor VERB ...

  config [PATH]                      print the configuration, or the value at a path
  log [-l LEVEL] MESSAGE             a line of the log
  progress CURRENT [TOTAL [MESSAGE]]
  result KEY VALUE                   VALUE is JSON, or else a string
  metric KEY STEP VALUE
  row TABLE COLUMN=VALUE ...
  event KIND [MESSAGE [DURATION_MS]]
  artifact PATH [NAME]
  fact KEY VALUE
  complete
  fail ERROR"""


def _value(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def _main(words):
    verb, rest = (words[0], words[1:]) if words else ("--help", [])
    if verb in ("-h", "--help"):
        print(_HELP)
        return 0
    if verb == "log":
        level = "info"
        if rest[:1] == ["-l"] and len(rest) > 1:
            level, rest = rest[1], rest[2:]
        calls = {"log": lambda: log(" ".join(rest), level)}
    else:
        calls = {
            "config": lambda: print(json.dumps(config(*rest), ensure_ascii=False)),
            "progress": lambda: progress(*[_value(w) for w in rest[:2]], *rest[2:3]),
            "result": lambda: result(rest[0], _value(rest[1])),
            "metric": lambda: metric(rest[0], float(rest[1]), float(rest[2])),
            "row": lambda: row(rest[0], {k: _value(v) for k, v in (w.split("=", 1) for w in rest[1:])}),
            "event": lambda: event(rest[0], *rest[1:2], duration_ms=float(rest[2]) if rest[2:] else None),
            "artifact": lambda: artifact(*rest),
            "fact": lambda: fact(rest[0], rest[1]),
            "complete": complete,
            "fail": lambda: fail(" ".join(rest)),
        }
    try:
        calls[verb]()
    except (KeyError, IndexError, TypeError, ValueError):
        print(_HELP, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
