"""The way of a recording to a running dashboard: a thread that reads the file as it grows, and sends what is new.

The loop never waits for it. Nothing is held in memory: what was not sent yet is in the file. Once the dashboard does
not answer, the file is all there is, and is kept; where everything arrived, it goes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import httpx

from slalom.client import Client, ClientError
from slalom.errors import SlalomError
from slalom.wire.recording import Record, read_records, read_spec_record

SEND_ATTEMPTS = 4
"""Times that something is sent before the dashboard counts as gone."""
BETWEEN = 0.5
"""Seconds between the first two attempts; twice as many before every other one."""
UPLINK_BEAT = 10.0
"""Seconds between two signs of life while there is nothing to send."""
LAST_WAIT = 10.0
"""Seconds that the end of a loop waits until everything was sent."""


class Uplink:
    """Sends a file of records to a dashboard."""

    def __init__(self, client: Client, path: Path, tell: Callable[[str], None]) -> None:
        self._client, self._path, self._tell = client, path, tell
        self.id: str | None = None
        """What the dashboard calls the experiment."""
        self.seconds = 0.0
        """Of a processor, that the last round of sending took."""
        self.gone = False
        """Whether the dashboard no longer takes anything."""
        self._sent_all = False
        self._ending = self._lost = False
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="slalom uplink", daemon=True)

    def start(self) -> None:
        """Create the experiment and begin to send; raises SlalomError or httpx.HTTPError where that is not possible."""
        with self._path.open("rb") as file:
            first = read_spec_record(file)
        try:
            self.id = self._created(first.header)
        except BaseException:
            self._client.close()
            raise
        self._thread.start()

    def wake(self) -> None:
        """Look at the file again: something was written."""
        self._news.set()

    def abandon(self) -> None:
        """Send what was written, and then that the loop was interrupted: nothing more can be written."""
        self._lost = True
        self._news.set()

    def finish(self, keep: Callable[[str], None]) -> None:
        """Wait until everything was sent, for some seconds at most; the file goes if it was."""
        self._ending = True
        self._news.set()
        self._thread.join(LAST_WAIT)
        if not self._sent_all and not self.gone:
            keep(f"the dashboard is slow; everything is in {self._path}. Look at it: slalom open {self._path}")

    def _created(self, header: dict[str, Any]) -> str:
        try:
            return self._client.record(header["spec"], header["name"])["id"]
        except (KeyError, TypeError, JSONDecodeError, UnicodeDecodeError):
            raise SlalomError("what answers there is no Slalom.") from None

    def _run(self) -> None:
        try:
            with self._path.open("rb") as file:
                read_spec_record(file)
                self._follow(file)
            self._path.unlink(missing_ok=True)
            self._sent_all = True
        except (OSError, ValueError, SlalomError, httpx.HTTPError) as error:
            self.gone = True
            self._tell(
                f"the dashboard takes no more ({_brief(error)}): the loop is recorded to {self._path} from here on, "
                f"with all that was sent before. Look at it later: slalom open {self._path}"
            )
        finally:
            self._client.close()

    def _follow(self, file: Any) -> None:
        while True:
            self._news.wait(UPLINK_BEAT)
            self._news.clear()
            sent, began = 0, time.thread_time()
            for record in read_records(file):
                self._send(record)
                sent += 1
                if record.kind == "end":
                    return
            if self._lost:
                return self._patiently(lambda id: self._client.end(id, "interrupted"))
            if not sent and not self._ending:
                self._patiently(lambda id: self._client.beat(id))
            self.seconds = time.thread_time() - began

    def _send(self, record: Record) -> None:
        if record.kind == "frame":
            self._patiently(lambda id: self._client.send_frame(id, record.payload))
        elif record.kind == "end":
            self._patiently(lambda id: self._client.end(id, record.header["status"], record.header["outcomes"]))

    def _patiently(self, ask: Callable[[str], Any]) -> None:
        """Ask, again after a while where nobody answers or there is no room just now."""
        assert self.id is not None
        for attempt in range(SEND_ATTEMPTS):
            try:
                ask(self.id)
                return
            except (httpx.HTTPError, ClientError) as error:
                refused = isinstance(error, ClientError) and error.status not in (429, 502, 503, 504)
                if refused or attempt == SEND_ATTEMPTS - 1:
                    raise
                time.sleep(BETWEEN * 2**attempt)


def _brief(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
