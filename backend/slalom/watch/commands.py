"""What ``slalom explain`` and ``slalom open`` do; the command line names this module, and does not import it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx

from slalom.catalogue.experiments.outcome import OutcomeKind
from slalom.client import Client
from slalom.errors import SlalomError

from .begin import HOME
from .logs.explaining import explain_log


def explain_file(
    path: Path, loss: str | None, optimizer: str | None, as_json: bool, say: Callable[[str], None]
) -> OutcomeKind:
    """Say what can be said of a log, and return what came of the loop; raises SlalomError where it cannot be read."""
    try:
        found = explain_log(path, loss=loss, optimizer=optimizer)
    except OSError as error:
        raise SlalomError(str(error)) from error
    if as_json:
        told = {"kind": found.kind, "updates": found.updates, "outcome": found.outcome.model_dump(mode="json")}
        events = [event._asdict() for event in found.events]
        say(json.dumps(told | {"events": events, "remarks": found.remarks}))
    else:
        say(found.text)
    return found.outcome.kind


def open_file(path: Path, server: str | None, token: str | None, say: Callable[[str], None]) -> None:
    """Bring a recording, or an exported trace, to a dashboard, and say where it is shown.

    Raises SlalomError where that cannot be done.
    """
    at = (server or os.environ.get("SLALOM_URL") or HOME).rstrip("/")
    try:
        with Client(at, token or os.environ.get("SLALOM_TOKEN"), patience=2.0) as client:
            record = client.import_file(path)
    except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise SlalomError(str(error)) from error
    outcome = (record["outcomes"] or [{}])[0]
    if outcome:
        say(f"{outcome['kind']}: {outcome['because']}")
    say(f"{at}/?experiment={record['id']}")
