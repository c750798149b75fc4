"""What ``slalom explain`` and ``slalom open`` do; the command line names this module, and does not import it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx

from slalom.client import Client
from slalom.errors import SlalomError

from .begin import HOME
from .logs.explaining import explain_log

DONE, FAILED, DIVERGED = 0, 1, 3
"""Exit codes."""


def explain_file(path: Path, loss: str | None, optimizer: str | None, as_json: bool, say: Callable[[str], None]) -> int:
    """Say what can be said of a log; return the exit code, 3 where the loop diverged."""
    try:
        found = explain_log(path, loss=loss, optimizer=optimizer)
    except (SlalomError, OSError) as error:
        say(str(error))
        return FAILED
    if as_json:
        told = {"kind": found.kind, "updates": found.updates, "outcome": found.outcome.model_dump(mode="json")}
        events = [event._asdict() for event in found.events]
        say(json.dumps(told | {"events": events, "remarks": found.remarks}))
    else:
        say(found.text)
    return DIVERGED if found.outcome.kind == "diverged" else DONE


def open_file(path: Path, url: str | None, token: str | None, say: Callable[[str], None]) -> int:
    """Bring a recording, or an exported trace, to a dashboard; say where it is shown, and return the exit code."""
    at = (url or os.environ.get("SLALOM_URL") or HOME).rstrip("/")
    try:
        with Client(at, token or os.environ.get("SLALOM_TOKEN"), patience=2.0) as client:
            record = client.import_file(path)
    except (SlalomError, OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        say(str(error))
        return FAILED
    outcome = (record["outcomes"] or [{}])[0]
    if outcome:
        say(f"{outcome['kind']}: {outcome['because']}")
    say(f"{at}/?experiment={record['id']}")
    return DONE
