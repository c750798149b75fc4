"""Every preset of every lesson, computed here and in a process of its own: byte for byte the same."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from slalom.catalogue.experiments import SPEC
from slalom.engine.runners import runner_of
from slalom.lessons import library

from ..bench.measure import Row

AGAIN = "import sys, json; import slalom; from tests.soak.determinism import digest; print(digest(sys.stdin.read()))"


def presets() -> list[tuple[str, str]]:
    """Return the lesson and the spec, JSON, of every preset."""
    return [
        (f"{lesson.slug}: {preset.name}", preset.spec.model_dump_json(by_alias=True, exclude_unset=True))
        for lesson in library()
        for preset in lesson.presets
    ]


def digest(spec: str) -> str:
    """Return a digest of all frames of a spec's runs, in the order in which they come, and of what came of the runs.

    Where frames end depends on how fast the machine is: the bytes of each run are joined before they are hashed.
    """
    runner = runner_of(SPEC.validate_json(spec))
    parts: dict[tuple[int, str], list[bytes]] = {}
    for tick in runner.frames():
        for block in tick.blocks:
            for r, run in enumerate(block.runs):
                for c, column in enumerate(block.columns):
                    parts.setdefault((run, column), []).append(block.data[c, r].tobytes())
    hashed = hashlib.sha256()
    for key, some in sorted(parts.items()):
        hashed.update(repr(key).encode() + b"".join(some))
    outcomes = [outcome.model_dump_json() for outcome in runner.outcomes or []]
    hashed.update(json.dumps(outcomes).encode())
    return hashed.hexdigest()


def rows(seconds: float) -> Iterator[Row]:
    """Compare every preset, as far as time allows."""
    begin, tried, differing = time.monotonic(), 0, list[str]()
    every = presets()
    for name, spec in every:
        if time.monotonic() - begin > seconds:
            break
        tried += 1
        again = subprocess.run(
            [sys.executable, "-c", AGAIN],
            input=spec,
            env=os.environ | {"PYTHONHASHSEED": str(tried)},
            capture_output=True,
            text=True,
            check=True,
        )
        if again.stdout.strip() != digest(spec):
            differing.append(name)
    for name in differing:
        print("    differs:", name)
    what = f"{tried} of {len(every)} presets of lessons, twice: other bytes"
    yield Row(what, f"{len(differing)}", "0", not differing)
