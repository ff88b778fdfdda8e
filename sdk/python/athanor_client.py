"""Everything that a person can do on an Athanor site, from Python 3.7 or later. One file, standard library only.

    import athanor_client

    site = athanor_client.Client()                      # the site that `athanor login` remembers, or ATHANOR_URL and ATHANOR_TOKEN
    run = site.start("ising", {"size": 64})             # an experiment with values, or an instance by name or id
    for line in site.tail(run["id"]):                   # every line once, whatever restarts meanwhile
        print(line.text)
    run = site.wait(run["id"])
    print(run["status"], site.results(run["id"]))

A run is named by its id (7), or by its instance and its number ("nightly#3"), or by its instance alone ("nightly"), which
means the newest. Runs, instances and the like are dicts as docs/api.md shows them: ids are integers, times are RFC 3339 in UTC with
milliseconds, log times are milliseconds since 1970. All durations that are given here are seconds.

Failures are of two kinds, both of them `Error`: `Refused` when the site says no (status, field, and all wrong values in
`errors`), `Unavailable` when it does not answer. Requests that may be repeated are repeated for some seconds; `tail` and `wait`
go on for `retry_for` seconds without an answer. A Client keeps no connection and may be used from several threads.

This is for programs that talk to a site. Inside an experiment it is athanor.py that tells what the experiment does.
"""

from __future__ import annotations

import configparser
import hashlib
import http.client
import io
import json
import os
import random
import ssl
import stat
import time
import uuid
from typing import Any, BinaryIO, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Union
from urllib.parse import quote, urlencode, urlsplit

__all__ = ["Client", "Error", "Line", "Matches", "Refused", "Tail", "Unavailable"]

Run = Union[int, str]
Progress = Callable[[int, int], None]

LEVELS = ("debug", "info", "warn", "error")
SOURCES = ("stdout", "stderr", "message")
ENDED = ("completed", "failed", "cancelled")
_AWAY = (429, 502, 503, 504)
_ATTEMPTS = 6
_SILENCE_S = 45.0  # a stream says something every 15 s
_PART = 1 << 16


class Error(Exception):
    """Whatever goes wrong with a site."""


class Unavailable(Error):
    """There is no answer from the site, or none in time."""


class Refused(Error):
    """The site says no.

    status: 400, 401, 403, 404, 409, 413, 422 ...; field: what is to blame, or None; errors: all wrong values of a configuration as
    [{"field", "message"}]; problem: the whole document (RFC 9457).
    """

    def __init__(self, status: int, problem: Dict[str, Any]):
        self.status = status
        self.problem = problem
        self.field: Optional[str] = problem.get("field")
        self.errors: List[Dict[str, str]] = problem.get("errors") or []
        words = str(problem.get("detail") or problem.get("title") or "the site does not say why")
        faults = "".join("; %s: %s" % (fault.get("field"), fault.get("message")) for fault in self.errors)
        super().__init__("%s (%d)%s" % (words, status, faults))


class Line(NamedTuple):
    """One line of a log. `continued`: the text goes on in the next one (lines over 65,536 bytes come in pieces)."""

    number: int
    ms: int  # since 1970
    level: str  # debug info warn error
    text: str
    source: str  # stdout stderr message
    metadata: Optional[Dict[str, Any]]
    continued: bool


class Matches(NamedTuple):
    """What a search has found: `total` in the whole log, and an iterator over the lines."""

    total: int
    lines: Iterator[Line]


class Client:
    """A site and the token to speak to it.

    url, token: else ATHANOR_URL and ATHANOR_TOKEN, else what `athanor login` remembers for that site. timeout: of one answer.
    retry_for: how long tail and wait go on without any. ca_file: certificates to trust in place of the system's.
    Error when no site or token is known, or when others can read the file with the tokens.
    """

    def __init__(self, url: Optional[str] = None, token: Optional[str] = None, *, timeout: float = 60.0,
                 retry_for: float = 600.0, ca_file: Optional[str] = None):
        url = url or os.environ.get("ATHANOR_URL")
        token = token or os.environ.get("ATHANOR_TOKEN")
        if not url or not token:
            url, token = _remembered(url, token)
        self.url = url.rstrip("/")
        self.timeout = timeout
        self.retry_for = retry_for
        self._token = token
        self._parts = urlsplit(self.url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise Error("the site's address must be like https://example.org, not %r" % self.url)
        self._tls = ssl.create_default_context(cafile=ca_file) if self._parts.scheme == "https" else None

    # --- What there is ---------------------------------------------------------------------------------

    def experiments(self) -> List[Dict[str, Any]]:
        """All experiments: [{"name", "title", "available", "reason", "configuration": [fields], ...}]."""
        return list(self._list("/experiments", "after"))

    def experiment(self, name: str) -> Dict[str, Any]:
        """One of them. Refused (404) where there is none."""
        return self._call("GET", "/experiments/" + _quoted(name))

    def list(self, *, instance: Optional[Union[int, str]] = None, status: Optional[str] = None,
             limit: Optional[int] = None) -> Iterator[Dict[str, Any]]:
        """Runs, newest first: of an instance (its name or id), of a status, at most `limit`."""
        if instance is not None:
            instance = self.instance(instance)["id"]
        return self._list("/runs", "before", limit, instance=instance, status=status)

    def instances(self, *, experiment: Optional[str] = None, name: Optional[str] = None, project: Optional[str] = None,
                  limit: Optional[int] = None) -> Iterator[Dict[str, Any]]:
        """Instances, newest first; of a name there may be several."""
        return self._list("/instances", "before", limit, experiment=experiment, name=name, project=project)

    def instance(self, name: Union[int, str]) -> Dict[str, Any]:
        """An instance by its id or name. Refused: 404 where there is none, 409 where several have that name."""
        if isinstance(name, int) or name.isdigit():
            try:
                return self._call("GET", "/instances/%d" % int(name))
            except Refused as error:
                if error.status != 404 or isinstance(name, int):
                    raise
        found = list(self.instances(name=name)) if name else []
        if not found:
            raise Refused(404, {"detail": "there is no instance %r" % name})
        if len(found) > 1:
            raise Refused(409, {"detail": "%d instances are called %r: %s" % (len(found), name, [row["id"] for row in found])})
        return found[0]

    def show(self, run: Run) -> Dict[str, Any]:
        """A run's row: {"id", "instance_id", "number", "status", "error", "exit_code", "lines", "configuration", ...}."""
        if isinstance(run, int) or run.isdigit():
            return self._call("GET", "/runs/%d" % int(run))
        name, hash_, number = run.rpartition("#")
        if not hash_ or not number.isdigit():
            name, number = run, ""
        for row in self.list(instance=name, limit=None if number else 1):
            if not number or row["number"] == int(number):
                return row
        raise Refused(404, {"detail": "there is no run %r" % run})

    # --- The life of a run -----------------------------------------------------------------------------

    def start(self, name: Union[int, str], values: Optional[Dict[str, Any]] = None, *, label: Optional[str] = None,
              project: Optional[str] = None, new: bool = False, priority: int = 0) -> Dict[str, Any]:
        """Starts a run and returns its row. One call starts one run, also when it is repeated over a restart of the site.

        name: an instance (id or name) or else an experiment. With `values` (nested as the configuration is) a variation of the instance,
        or an instance of the experiment with them: one of the same name and values is used again unless `new`. label: how it is called.
        Refused: 404 nothing of that name, 422 wrong values (`errors` names all), 409 the instance does not fit its experiment any more.
        """
        body = json.dumps({"priority": priority})
        path = "/instances/%d/runs" % self._instance_for(name, values, label, project, new)
        return self._make(path, body)

    def wait(self, run: Run, timeout: Optional[float] = None) -> Dict[str, Any]:
        """The run's row when it has ended ("status": completed, failed or cancelled). Unavailable after `timeout` seconds."""
        number = self._id(run)
        deadline = None if timeout is None else time.monotonic() + timeout
        last, attempt = time.monotonic(), 0
        while True:
            left = 60.0 if deadline is None else max(0.0, min(60.0, deadline - time.monotonic()))
            try:
                row = self._once("GET", "/api/v1/runs/%d/wait?timeout_s=%d" % (number, -(-left // 1)), timeout=left + 30)
                if row["status"] in ENDED:
                    return row
                last, attempt = time.monotonic(), 0
            except Unavailable:
                if time.monotonic() - last > self.retry_for:
                    raise
                attempt += 1
                time.sleep(_pause(attempt))
            if deadline is not None and time.monotonic() >= deadline:
                raise Unavailable("run %d has not ended within %g s; it goes on" % (number, timeout))

    def cancel(self, run: Run, *, force: bool = False) -> Dict[str, Any]:
        """Asks it to end; force: without time to clean up. Refused (409) when it has ended."""
        return self._call("POST", "/runs/%d/cancel" % self._id(run), json.dumps({"force": force}))

    def delete(self, run: Run) -> None:
        """Deletes a run and all that it said. Refused (409) while it is active."""
        self._call("DELETE", "/runs/%d" % self._id(run))

    def delete_instance(self, name: Union[int, str]) -> None:
        """Deletes an instance with all its runs. Refused (409) while one is active."""
        self._call("DELETE", "/instances/%d" % self.instance(name)["id"])

    def promote(self, run: Run, pipeline: str, *, artifact: Optional[Union[int, str]] = None, description: str = "",
                tags: Iterable[str] = ()) -> Dict[str, Any]:
        """Keeps an artifact of a completed run as a version of a pipeline: {"pipeline", "version", "artifact", ...}.

        artifact: its name, or its record's number; may be left out where there is but one. The same again is the same version.
        """
        body: Dict[str, Any] = {"name": pipeline, "description": description, "tags": list(tags)}
        if artifact is not None:
            body["artifact"] = artifact
        return self._call("POST", "/runs/%d/promote" % self._id(run), json.dumps(body), safe=True)

    # --- What a run says -------------------------------------------------------------------------------

    def tail(self, run: Run, *, lines: Optional[int] = None, cursor: Optional[str] = None, records: bool = False) -> "Tail":
        """Iterates over a run's log to its end, live: each Line exactly once and in order, over any fault. See Tail."""
        row = self.show(run)
        if cursor is None:
            behind = 0 if lines is None else max(0, row["lines"] - lines)
            cursor = "%d.%d" % (behind, row["records"] if behind else 0)
        return Tail(self, row["id"], cursor, records)

    def logs(self, run: Run, *, after: int = 0, before: Optional[int] = None, level: Optional[str] = None,
             limit: Optional[int] = None) -> Iterator[Line]:
        """The lines behind `after` and before `before`, of a level (debug info warn error) and above."""
        return self._lines(self._id(run), after, before, level, None, limit)

    def search(self, run: Run, text: str, *, level: Optional[str] = None, limit: Optional[int] = None) -> Matches:
        """The lines that hold the text, whatever its case, and how many there are in the whole log."""
        number = self._id(run)
        query = _query(q=text, level=level, limit=1)
        total = self._call("GET", "/runs/%d/logs%s" % (number, query))["total"]
        return Matches(total, self._lines(number, 0, None, level, text, limit))

    def results(self, run: Run) -> Dict[str, Any]:
        """The newest value of each result, large ones too."""
        document = self._call("GET", "/runs/%d/results.json" % self._id(run))
        return {row["key"]: row["value"] for row in document["results"]}

    def records(self, run: Run, kind: Optional[str] = None) -> Iterator[Dict[str, Any]]:
        """All else that it said: {"n", "line", "kind", "at", ...}; kinds: status result metrics row event artifact fact."""
        return self._list("/runs/%d/records" % self._id(run), "after", kind=kind)

    def artifacts(self, run: Run) -> List[Dict[str, Any]]:
        """The files that it has handed over: [{"n", "name", "sha256", "size", "media_type", "href"}]."""
        return list(self._list("/runs/%d/artifacts" % self._id(run), "after"))

    def get(self, run: Run, name: str, path: Optional[str] = None, *, progress: Optional[Progress] = None) -> str:
        """Downloads an artifact (the newest of that name) into a file and returns its path.

        The content is compared with its SHA-256 before the file gets its name; a download that was cut goes on where it was.
        progress(bytes, total) is called now and then. Refused (404) where there is no such artifact; Error when the content is wrong.
        """
        found = [one for one in self.artifacts(run) if one["name"] == name]
        if not found:
            raise Refused(404, {"detail": "the run has no artifact %r" % name})
        if path is None:
            path = os.path.basename(name.rstrip("/"))
            if path in ("", ".", ".."):
                raise Error("say under which name %r is to be kept" % name)
        return self._download(found[-1]["href"], path, found[-1]["size"], found[-1]["sha256"], progress)

    def log(self, run: Run) -> str:
        """The whole log as text."""
        return self._request("GET", "/api/v1/runs/%d/log.txt" % self._id(run)).decode("utf-8", "replace")

    # --- Data ------------------------------------------------------------------------------------------

    def data_sources(self, *, project: Optional[str] = None) -> Iterator[Dict[str, Any]]:
        """Uploaded tables, newest first: {"id", "name", "version", "rows", "columns", "reference", ...}."""
        return self._list("/data-sources", "before", project=project)

    def put(self, file: Union[str, BinaryIO], name: Optional[str] = None, *, project: Optional[str] = None, replace: bool = False,
            progress: Optional[Progress] = None) -> Dict[str, Any]:
        """Uploads a CSV file (a path, or what has read()) as a data source and returns its row; "reference" always means this content.

        name: that of the file unless given. replace: the next version where the name is taken. progress(bytes, total): total -1 where
        it is unknown. Refused: 409 the name is taken, 413 too large, 422 no table, 507 no room.
        """
        if isinstance(file, str):
            with open(file, "rb") as opened:
                return self.put(opened, name or os.path.basename(file), project=project, replace=replace, progress=progress)
        if not name:
            raise Error("a data source needs a name")
        size = _size_of(file)
        path = "/api/v1/data-sources/%s%s" % (_quoted(name), _query(project=project, replace=1 if replace else None))
        headers = {"Content-Type": "text/csv", "Content-Length": str(size)} if size >= 0 else {"Content-Type": "text/csv"}
        return self._once("PUT", path, _parts(file, size, progress), headers)

    def delete_data_source(self, source: Union[int, str], *, project: Optional[str] = None) -> None:
        """Deletes one by its id or name. Refused (409) while it is in use."""
        self._call("DELETE", "/data-sources/%s%s" % (_quoted(str(source)), _query(project=project)))

    # --- Within ----------------------------------------------------------------------------------------

    def _id(self, run: Run) -> int:
        return int(run) if isinstance(run, int) or run.isdigit() else self.show(run)["id"]

    def _instance_for(self, name: Union[int, str], values: Optional[Dict[str, Any]], label: Optional[str], project: Optional[str],
                      new: bool) -> int:
        varies = values is not None or label is not None or project is not None or new
        try:
            base = self.instance(name)
        except Refused as error:
            if error.status != 404 or isinstance(name, int):
                raise
            base, varies = None, True
        if base and not varies:
            return base["id"]
        experiment = self.experiment(base["experiment"] if base else str(name))
        fields = experiment["configuration"] or []
        given = _merged(base["configuration"] if base else {}, values or {})
        words = json.dumps(values, ensure_ascii=False, separators=(",", ":")) if values else ""
        wanted = {
            "experiment": experiment["name"], "project": project if project is not None else base["project"] if base else "",
            "name": label or (str(base["name"] if base else name) + (" " + words if words else ""))[:190],
        }
        given = self._resolved(fields, given, wanted["project"])
        if not new:
            whole = _filled(fields, given)
            for row in self.instances(experiment=experiment["name"], name=wanted["name"]):
                if all(row[key] == value for key, value in wanted.items()) and row["configuration"] == whole:
                    return row["id"]
        return self._make("/instances", json.dumps(dict(wanted, configuration=given)))["id"]

    def _resolved(self, fields: List[Dict[str, Any]], values: Any, project: str) -> Any:
        """The values with references in place of the names of data sources, as the site will store them."""
        if not isinstance(values, dict):
            return values
        given = dict(values)
        for field in fields:
            name, value = field["name"], values.get(field["name"])
            if field["type"] == "data_source" and isinstance(value, str):
                given[name] = self._reference(field, value, project)
            elif isinstance(value, list):
                given[name] = [self._resolved(field.get("fields", []), item, project) for item in value]
            elif isinstance(value, dict):
                given[name] = self._resolved(field.get("fields", []), value, project)
        return given

    def _reference(self, field: Dict[str, Any], value: str, project: str) -> str:
        own = [one["value"] if isinstance(one, dict) else one for one in field.get("options", [])]
        if not value or "@sha256:" in value or value in own:
            return value
        for place in dict.fromkeys([project or None, None]):
            try:
                return self._call("GET", "/data-sources/%s%s" % (_quoted(value), _query(project=place)))["reference"]
            except Refused:
                pass
        return value  # which the site refuses by its field

    def _make(self, path: str, body: str) -> Dict[str, Any]:
        """POST of what makes a thing, with a key of its own: it is made once, however often it is asked for."""
        return self._call("POST", path, body, {"Idempotency-Key": uuid.uuid4().hex}, safe=True)

    def _lines(self, run: int, after: int, before: Optional[int], level: Optional[str], text: Optional[str],
               limit: Optional[int]) -> Iterator[Line]:
        filters = level is not None or text is not None
        left = float("inf") if limit is None else limit
        place: Optional[int] = after
        while place is not None and left > 0:
            query = _query(after=place, before=before, level=level, q=text, limit=int(min(left, 1000 if filters else 10000)))
            page = self._call("GET", "/runs/%d/logs%s" % (run, query))
            place = page["next"]
            found = [_line(one[0], one[1:]) for one in page["lines"]] if filters else [
                _line(chunk["first"] + i, one) for chunk in page["chunks"] for i, one in enumerate(chunk["lines"])]
            left -= len(found)
            yield from found

    def _list(self, path: str, cursor: str, limit: Optional[int] = None, **query: Any) -> Iterator[Dict[str, Any]]:
        left = float("inf") if limit is None else limit
        while left > 0:
            page = self._call("GET", path + _query(limit=int(min(left, 100)), **query))
            for item in page["items"]:
                yield item
            left -= len(page["items"])
            if page["next"] is None:
                return
            query[cursor] = page["next"]

    def _call(self, method: str, path: str, body: Optional[str] = None, headers: Optional[Dict[str, str]] = None,
              safe: bool = False) -> Any:
        """One call of the API, repeated for some seconds where that is harmless."""
        safe = safe or method in ("GET", "DELETE")
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._once(method, "/api/v1" + path, body, headers)
            except Unavailable:
                if not safe or attempt == _ATTEMPTS:
                    raise
                time.sleep(_pause(attempt))
            except Refused as error:
                if method == "DELETE" and attempt > 1 and error.status == 404:
                    return None  # the attempt before had come through
                raise

    def _once(self, method: str, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None,
              timeout: Optional[float] = None) -> Any:
        content = self._request(method, path, body, headers, timeout)
        return json.loads(content) if content else None

    def _request(self, method: str, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None,
                 timeout: Optional[float] = None) -> bytes:
        connection, answer = self._open(method, path, body, headers, timeout)
        try:
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("the answer from %s was cut: %r" % (self.url, error)) from error
        finally:
            connection.close()
        _check(answer, content)
        return content

    def _open(self, method: str, path: str, body: Any = None, headers: Optional[Dict[str, str]] = None,
              timeout: Optional[float] = None) -> Any:
        """Sends a request; the connection and the answer, whose body is not read yet."""
        all_headers = {"Authorization": "Bearer " + self._token, "User-Agent": "athanor-client-python", **(headers or {})}
        if isinstance(body, str):
            body = body.encode()
            all_headers["Content-Type"] = "application/json"
        args = (self._parts.hostname, self._parts.port)
        wait = timeout or self.timeout
        connection = (http.client.HTTPSConnection(*args, timeout=wait, context=self._tls) if self._tls
                      else http.client.HTTPConnection(*args, timeout=wait))
        try:
            try:
                connection.request(method, self._parts.path + path, body, all_headers)
            except (BrokenPipeError, ConnectionResetError):
                pass  # a refusal may have come before the body was taken
            return connection, connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unavailable("no answer from %s: %s" % (self.url, error or repr(error))) from error

    def _download(self, href: str, path: str, size: int, sha256: str, progress: Optional[Progress]) -> str:
        part = path + ".part"
        last, attempt = time.monotonic(), 0
        while True:
            have = os.path.getsize(part) if os.path.exists(part) else 0
            if have >= size:
                break
            try:
                self._fetch_part(href, part, have, size, progress)
                last, attempt = time.monotonic(), 0
            except Unavailable:
                if time.monotonic() - last > self.retry_for:
                    raise
            attempt += 1
            if os.path.exists(part) and os.path.getsize(part) == have:
                time.sleep(_pause(attempt))
        if size == 0:
            open(part, "wb").close()
        if _sha256(part) != sha256:
            os.unlink(part)
            raise Error("what came for %s is not what was stored: its SHA-256 differs" % path)
        os.replace(part, path)
        return path

    def _fetch_part(self, href: str, part: str, have: int, size: int, progress: Optional[Progress]) -> None:
        connection, answer = self._open("GET", href, headers={"Range": "bytes=%d-" % have} if have else None)
        try:
            if answer.status not in (200, 206):
                _check(answer, answer.read())
            with open(part, "ab" if answer.status == 206 else "wb") as out:
                while True:
                    data = answer.read(_PART)
                    if not data:
                        return
                    out.write(data)
                    if progress:
                        progress(out.tell(), size)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and error.errno and not isinstance(error, ConnectionError):
                raise  # the disk's fault, not the network's
            raise Unavailable("the answer from %s was cut: %r" % (self.url, error)) from error
        finally:
            connection.close()


class Tail:
    """An iterator over the lines of a run (and, with records, its records as dicts), live, to its end.

    cursor: the place up to which all was handed out, LINE.RECORD; another process may go on from there.
    status: how the run has ended (completed, failed, cancelled, deleted), None before that. progress: the latest, as a dict or None.
    Unavailable when the site has not answered for retry_for seconds; Refused when it says no.
    """

    def __init__(self, client: Client, run: int, cursor: str, records: bool = False):
        self.run = run
        self.status: Optional[str] = None
        self.progress: Optional[Dict[str, Any]] = None
        line, _, record = cursor.partition(".")
        self._line, self._record = int(line), int(record)
        self._client, self._records = client, records
        self._retry_s = 0.0
        self._items = self._follow()

    @property
    def cursor(self) -> str:
        return "%d.%d" % (self._line, self._record)

    def __iter__(self) -> "Tail":
        return self

    def __next__(self) -> Any:
        return next(self._items)

    def _follow(self) -> Iterator[Any]:
        last, attempt, was_open = time.monotonic(), 0, False
        while self.status is None:
            place = self.cursor
            try:
                for event, data in self._frames():
                    was_open, last, attempt = True, time.monotonic(), 0
                    yield from self._take(event, data)
                    if self.status is not None:
                        return
            except Unavailable:
                if time.monotonic() - last > self._client.retry_for:
                    raise
            except Refused as error:
                if error.status != 404 or not was_open:
                    raise
                self.status = "deleted"
                return
            attempt = 1 if self.cursor != place else attempt + 1
            if self.status is None:
                time.sleep(max(_pause(attempt), self._retry_s))

    def _frames(self) -> Iterator[Any]:
        """The frames of one connection, whole ones only: (event, data)."""
        self._retry_s = 0.0
        headers = {"Accept": "text/event-stream", "Last-Event-ID": self.cursor}
        connection, answer = self._client._open("GET", "/runs/%d/events" % self.run, headers=headers, timeout=_SILENCE_S)
        try:
            if answer.status == 204:
                self.status = self._client.show(self.run)["status"]
                return
            if answer.status != 200:
                _check(answer, answer.read())
            frame: Dict[str, str] = {}
            for raw in answer:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name:
                    frame[name] = value
                    continue
                if "retry" in frame:
                    self._retry_s = min(int(frame["retry"]) / 1000, 30)
                if "data" in frame:
                    yield frame.get("event", "message"), json.loads(frame["data"])
                frame = {}
        except (OSError, http.client.HTTPException):
            return  # cut: what was not a whole frame never happened
        finally:
            connection.close()

    @staticmethod
    def _is_next(number: int, last: int) -> bool:
        """Whether it was not handed out yet. One beyond the next means that something is missing: the stream is asked again."""
        if number > last + 1:
            raise Unavailable("the stream left out what follows %d" % last)
        return number > last

    def _take(self, event: str, data: Dict[str, Any]) -> Iterator[Any]:
        if event == "logs":
            for number, one in enumerate(data["lines"], data["first"]):
                if self._is_next(number, self._line):
                    self._line = number
                    yield _line(number, one)
        elif event == "record":
            if self._is_next(data["n"], self._record):
                self._record = data["n"]
                if self._records:
                    yield data
        elif event == "progress":
            self.progress = data
        elif event == "closed":
            self.status = data["status"]


def _line(number: int, one: List[Any]) -> Line:
    ms, level, text, source, metadata, flags = (one + [0, None, 0][len(one) - 3:]) if len(one) < 6 else one
    return Line(number, ms, LEVELS[level], text, SOURCES[source or 0], metadata, bool((flags or 0) & 1))


def _check(answer: http.client.HTTPResponse, content: bytes) -> None:
    if 200 <= answer.status < 300:
        return
    try:
        problem = json.loads(content)
    except ValueError:
        problem = None
    if answer.status in _AWAY or answer.status >= 500:
        raise Unavailable("the site answers %d" % answer.status)
    if answer.status < 400:
        raise Error("the site answers with a redirection (%d), which is not followed with a token" % answer.status)
    raise Refused(answer.status, problem if isinstance(problem, dict) else {})


def _pause(attempt: int) -> float:
    most = min(10.0, 0.1 * 2 ** min(attempt - 1, 10))
    return most / 2 + random.random() * most / 2


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _query(**members: Any) -> str:
    given = {name: value for name, value in members.items() if value is not None}
    return "?" + urlencode(given) if given else ""


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}


def _filled(fields: List[Dict[str, Any]], values: Dict[str, Any]) -> Dict[str, Any]:
    """The values with what the site will put in place of those that are absent."""
    whole = {}
    for field in fields:
        kind, name = field["type"], field["name"]
        value = values.get(name, field.get("default"))
        if kind == "group":
            value = _filled(field.get("fields", []), value if isinstance(value, dict) else {})
        elif kind == "list":
            items = value if isinstance(value, list) else []
            value = [_filled(field.get("fields", []), item) if isinstance(item, dict) else item for item in items]
        elif value is None:
            value = {"string": "", "boolean": False}.get(kind)
        whole[name] = value
    return whole


def _size_of(file: BinaryIO) -> int:
    try:
        status = os.fstat(file.fileno())
        return status.st_size - file.tell() if stat.S_ISREG(status.st_mode) else -1
    except (AttributeError, OSError, io.UnsupportedOperation):
        return -1


def _parts(file: BinaryIO, size: int, progress: Optional[Progress]) -> Iterator[bytes]:
    sent = 0
    while True:
        data = file.read(_PART)
        if not data:
            return
        yield data
        sent += len(data)
        if progress:
            progress(sent, size)


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for data in iter(lambda: file.read(_PART), b""):
            digest.update(data)
    return digest.hexdigest()


def _remembered(url: Optional[str], token: Optional[str]) -> Any:
    """What `athanor login` has written: url = ..., and a token under [URL]."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    path = os.environ.get("ATHANOR_CLIENT_CONFIG") or os.path.join(base, "athanor", "config")
    parser = configparser.RawConfigParser(delimiters=("=",))
    try:
        with open(path, encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o066:
                raise Error("others can read %s, which holds a token: chmod 600 it" % path)
            parser.read_string("[sites]\n" + file.read())
    except FileNotFoundError:
        pass
    url = url or parser.get("sites", "url", fallback=None)
    if not url:
        raise Error("which site? athanor login, or set ATHANOR_URL and ATHANOR_TOKEN")
    token = token or parser.get(url.rstrip("/"), "token", fallback=None)
    if not token:
        raise Error("there is no token for %s: athanor login, or set ATHANOR_TOKEN" % url)
    return url, token
