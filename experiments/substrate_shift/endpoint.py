"""Requests to an OpenAI-compatible chat endpoint: paced, repeated where that may help, ended at once on a cancel."""

import email.utils
import http.client
import json
import os
import random
import ssl
import threading
import time
from urllib.parse import urlsplit

PAUSE_S, PAUSE_MAX_S = 0.5, 60.0  # before the second attempt; doubled each time
HERALDED_MAX_S = 3600.0  # the longest Retry-After that is believed


class Cancelled(Exception):
    pass


class Failed(Exception):
    """The endpoint cannot be used, in words for people."""


class _Again(Exception):
    """An attempt failed and the next one may not. `pause`: the seconds that the endpoint has asked for, or None."""

    def __init__(self, why, pause=None):
        super().__init__(why)
        self.pause = pause


class Endpoint:
    """One endpoint for all threads; each request has a connection of its own.

    `stop` is an event: once it is set, waiting and new requests raise Cancelled. `notice(text)` hears of what is repeated.
    """

    def __init__(self, base_url, stop, notice, attempts=6, timeout_s=120, per_minute=0):
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Failed("the base URL must begin with http:// or https:// and name a host")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "athanor-substrate-shift"}
        self._add_key()
        self._stop, self._notice = stop, notice
        self._attempts, self._timeout_s = attempts, timeout_s
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._lock, self._free_at = threading.Lock(), 0.0
        self.requests = self.repeated = 0

    def _add_key(self):
        """The key goes only to hosts that the runner's settings name, where they name any."""
        key, hosts = os.environ.get("SUBSTRATE_SHIFT_API_KEY"), os.environ.get("SUBSTRATE_SHIFT_HOSTS", "").split()
        if not key:
            return
        if hosts and self._host not in hosts:
            raise Failed("SUBSTRATE_SHIFT_HOSTS does not name %s, so the key is not sent there" % self._host)
        self._headers["Authorization"] = "Bearer " + key

    def chat(self, **body):
        """The parsed answer to one chat completion."""
        data = json.dumps(body).encode()
        for attempt in range(1, self._attempts + 1):
            self._wait_for_turn()
            try:
                return self._attempt(data)
            except _Again as again:
                if attempt == self._attempts:
                    raise Failed("%s, %d times" % (again, attempt))
                self._pause(again, attempt)
        raise AssertionError("unreachable")

    # --- When ---

    def _wait_for_turn(self):
        """Keeps the distance between requests, and the silence that the endpoint has asked for."""
        while True:
            with self._lock:
                now = time.monotonic()
                if now >= self._free_at:
                    self._free_at = now + self._interval
                    self.requests += 1
                    break
                wait = self._free_at - now
            self._sleep(wait)
        if self._stop.is_set():
            raise Cancelled()

    def _pause(self, again, attempt):
        pause = again.pause
        if pause is None:
            pause = min(PAUSE_MAX_S, PAUSE_S * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
        else:  # it holds for all
            with self._lock:
                self._free_at = max(self._free_at, time.monotonic() + pause)
        with self._lock:
            self.repeated += 1
        self._notice("%s; again in %.1f s (attempt %d of %d)" % (again, pause, attempt + 1, self._attempts))
        self._sleep(pause)

    def _sleep(self, seconds):
        if self._stop.wait(seconds):
            raise Cancelled()

    # --- One attempt ---

    def _attempt(self, data):
        try:
            status, headers, text = self._send(data)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, ssl.SSLCertVerificationError):
                raise Failed("the endpoint's certificate is not trusted: %s" % error.verify_message)
            raise _Again("no answer: %s" % (str(error) or type(error).__name__))
        if status == 200:
            try:
                return json.loads(text)
            except ValueError:
                raise _Again("the answer is no JSON")
        why = "the endpoint answers %d: %s" % (status, _message_of(text))
        if status == 429 or status >= 500 or status in (408, 409):
            raise _Again(why, _retry_after(headers))
        raise Failed(why)

    def _send(self, data):
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=self._timeout_s)
        try:
            connection.request("POST", self._path, data, self._headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()


def _message_of(text):
    """What an error says, in OpenAI's form or any other, shortened."""
    text = text.decode("utf-8", "replace")
    try:
        error = json.loads(text)["error"]
        text = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, TypeError):
        pass
    text = " ".join(text.split())
    return text[:300] or "nothing"


def _retry_after(headers):
    """The seconds of a Retry-After, given as such or as a date; None without one."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), HERALDED_MAX_S) if seconds == seconds else None
