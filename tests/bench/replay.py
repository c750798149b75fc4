"""How large a saved replay's recording is, beside the same animation as frames of Plotly."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from pydantic import TypeAdapter

from slalom.catalogue.experiments import AnyExperiment
from slalom.catalogue.problems.surfaces_2d import Rosenbrock
from slalom.engine.descent import Descent
from slalom.web.downloads.traces import assemble, heads, trace_as_json

from .measure import Row

NODE = Path(__file__).with_name("replay.js")
LENGTHS = (100, 200, 500, 2_000, 20_000)
SHORTEST = 500
"""Steps from which the goal holds. A frame of Plotly has the whole path so far, so that frames grow with the square of
the steps and a recording with the steps; a hundred steps are a recording of 3 kB, most of it what is said once."""
RACE = Rosenbrock()


def rows() -> Iterator[Row]:
    """Record the same race at several lengths, or say that there is no Node."""
    if shutil.which("node") is None:
        yield Row("a saved replay", "no Node here", "", None)
        return
    for steps in LENGTHS:
        yield _row(steps, _simulated(steps))


def _row(steps: int, runs: list[dict[str, Any]]) -> Row:
    done = subprocess.run(
        ["node", str(NODE)],
        input=json.dumps({"runs": runs, "landscape": {"dim": 2, "domain": RACE.domain, "best": 0}}),
        capture_output=True,
        text=True,
        check=True,
    )
    ours, frames = int(done.stdout), frames_bytes(runs)
    goal = "<= 1/1000" if steps >= SHORTEST else ""
    figure = f"{ours / 1e3:.0f} kB : {frames / 1e6:.0f} MB = 1/{frames / ours:.0f}"
    return Row(
        f"replay of {len(runs)} runs x {steps:,} steps : Plotly frames",
        figure,
        goal,
        frames >= 1000 * ours if goal else None,
    )


def _simulated(steps: int) -> list[dict[str, Any]]:
    optimizers = [
        {"kind": "sgd", "lr": 1e-3},
        {"kind": "sgd", "lr": 1e-3, "momentum": 0.9},
        {"kind": "adam", "lr": 0.02},
    ]
    spec = {"problem": {"kind": RACE.kind}, "runs": [{"optimizer": one} for one in optimizers], "steps": steps}
    experiment = TypeAdapter(AnyExperiment).validate_python(spec)
    blocks = [block for tick in Descent(experiment) for block in tick.blocks]
    return json.loads(b"".join(trace_as_json(heads(experiment, None), assemble(experiment, blocks))))["runs"]


def frames_bytes(runs: list[dict[str, Any]]) -> int:
    """Return the size of a figure's frames, one a step, each with every run's path and loss so far.

    Plotly writes arrays as base64, which is the shortest it has: n numbers of s bytes are 4·⌈n·s/3⌉ letters. What a
    frame has besides is measured on frames of one entry.
    """
    longest = max(len(run["loss"]) for run in runs)
    total = 0
    for run in runs:
        entries = np.minimum(np.arange(1, longest + 1), len(run["loss"]))
        floats, counts = 4 * -(-entries * 8 // 3), 4 * -(-entries * 2 // 3)
        total += int((3 * floats + counts).sum())
    alone = go.Frame(data=[trace for _ in runs for trace in _traces()], name="0").to_plotly_json()
    plain = len(go.Figure(frames=[alone]).to_json()) - len(go.Figure(frames=[]).to_json())
    return total + longest * (plain - len(runs) * (3 * 12 + 4))


def _traces() -> list[go.Scatter]:
    one, first = np.array([0.5]), np.array([0], np.int16)
    return [go.Scatter(x=one, y=one, mode="lines"), go.Scatter(x=first, y=one, mode="lines", xaxis="x2", yaxis="y2")]
