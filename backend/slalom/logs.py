"""What a process writes about itself: one line for every event, for people to read or, as JSON, for programs."""

from __future__ import annotations

import json
import logging
import math
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, Literal

LogKind = Literal["text", "json"]
"""How the lines of a log are written."""
VARIABLE = "SLALOM_LOG"
"""What tells processes that compute how the log of their server is written."""
AT_ONCE, PAUSE = 10, 10.0
"""Alike warnings that are written at once, and seconds until the next: a client that repeats itself fills no disk."""
EACH = ("experiment_ended", "worker_died")
"""Warnings of which every one is written: there are no more of them than experiments."""
MOST_ALIKE = 1000
"""Sorts of warnings that are told apart."""
MOST_RECENT = 50
"""Warnings and errors that a server remembers."""
CONCEALED = "***"
"""What stands in a log in the place of a secret."""

caller: ContextVar[Mapping[str, str]] = ContextVar("caller", default=MappingProxyType({}))
"""Who makes the request that is being answered, as a log tells it: ``role`` and ``owner``; empty elsewhere."""


def as_event(name: str, /, **about: object) -> dict[str, Any]:
    """Return what a call of logging takes as ``extra``: the event's name, and what it is about.

    >>> as_event("worker_died", pid=12)
    {'event': 'worker_died', 'about': {'pid': 12}}
    """
    return {"event": name, "about": about}


def fields_of(record: logging.LogRecord, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Return what a log says of an event: ``time`` (UTC), ``level``, ``event``, ``message``, and what it is about.

    An event that has no name of its own has that of its logger. ``secrets`` are replaced wherever they stand.
    """
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": getattr(record, "event", record.name),
        "message": record.getMessage().strip(),
        **caller.get(),
        **{name: _plain(value) for name, value in getattr(record, "about", {}).items() if value is not None},
    }
    if left_out := getattr(record, "left_out", 0):
        fields["left_out"] = left_out
    if record.exc_info and record.exc_info[0] is not None:
        fields["traceback"] = logging.Formatter().formatException(record.exc_info)
    for secret in secrets:
        fields = {name: _without(secret, value) for name, value in fields.items()}
    return fields


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else str(value)
    return value if isinstance(value, int) else str(value)


def _without(secret: str, value: object) -> object:
    return value.replace(secret, CONCEALED) if isinstance(value, str) else value


class JsonLines(logging.Formatter):
    """An event as one line of JSON, in ASCII."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self.secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(fields_of(record, self.secrets))


class TextLines(JsonLines):
    """An event as a line of text, and the traceback of an error, indented, on lines below it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines."""
        fields = fields_of(record, self.secrets)
        when, level, name, message = (str(fields.pop(key)) for key in ("time", "level", "event", "message"))
        trace = str(fields.pop("traceback", "")).splitlines()
        about = " ".join(f"{key}={value}" for key, value in fields.items())
        line = f"{when} {level.upper():<7} {name}: {message}" + (f" ({about})" if about else "")
        return "\n    ".join(map(_printable, (line, *trace)))


def _printable(text: str) -> str:
    """Return a text without what would end its line, colour a terminal, or turn the order of its letters around."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


class FewAlike(logging.Filter):
    """Lets some alike warnings pass, and then one now and then, which says how many were ``left_out`` before it."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[tuple[object, ...], list[float]] = {}
        """Of every sort: how many may pass, when that was, and how many were left out since the last that did."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether an event is written."""
        name = getattr(record, "event", record.name)
        if record.levelno < logging.WARNING or name in EACH:
            return True
        sort = (name, record.name, record.msg, getattr(record, "about", {}).get("setting"))
        if len(self._known) >= MOST_ALIKE and sort not in self._known:
            self._known.clear()
        now = time.monotonic()
        left, then, silent = self._known.get(sort, (float(AT_ONCE), now, 0.0))
        left = min(float(AT_ONCE), left + (now - then) / PAUSE)
        if left < 1:
            self._known[sort] = [left, now, silent + 1]
            return False
        self._known[sort] = [left - 1, now, 0.0]
        record.left_out = int(silent)
        return True


class RecentRecords(logging.Handler):
    """Remembers the last warnings and errors of this process."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(logging.WARNING)
        self.secrets = tuple(secret for secret in secrets if secret)
        self._kept: deque[dict[str, Any]] = deque(maxlen=MOST_RECENT)
        self.addFilter(FewAlike())

    def emit(self, record: logging.LogRecord) -> None:
        """Remember an event; its traceback is in the log only."""
        fields = fields_of(record, self.secrets)
        fields.pop("traceback", None)
        self._kept.append(fields)

    def latest(self) -> list[dict[str, Any]]:
        """Return what is remembered, the latest first."""
        return [*self._kept][::-1]


def write_logs(kind: str, secrets: Iterable[str] = ()) -> None:
    """Write what happens from now on to standard error, in one form; also what nobody catches, and Python's warnings.

    ``secrets`` never stand in it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter((JsonLines if kind == "json" else TextLines)(secrets))
    handler.addFilter(FewAlike())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("slalom").setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda of: _uncaught(of.exc_type, of.exc_value or of.exc_type(), of.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger(__name__).critical(
        "Nobody caught this.", exc_info=(kind, error, trace), extra=as_event("uncaught")
    )
