"""Descents as tests see them: a spec in, every column of every run and its outcome out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from traces import gather

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.descent import Descent, Event


class Trace(NamedTuple):
    """One run, whole."""

    columns: dict[str, np.ndarray]
    outcome: Outcome
    events: list[Event]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    @property
    def params(self) -> np.ndarray:
        """Shape (entries, dim)."""
        names = [name for name in self.columns if name[0] == "p"]
        return np.stack([self.columns[name] for name in names], axis=1)

    @property
    def bytes(self) -> bytes:
        return b"".join(column.tobytes() for column in self.columns.values())


def spec_of(problem: Any, *runs: Any, **rest: Any) -> Comparison:
    """Return a spec: a problem or its kind, and runs or learning rates of gradient descent."""
    problem = {"kind": problem} if isinstance(problem, str) else problem
    listed = [{"optimizer": {"kind": "sgd", "lr": run}} if isinstance(run, float) else run for run in runs]
    return Comparison.model_validate({"problem": problem, "runs": listed, **rest})


def traces_of(descent: Descent) -> list[Trace]:
    """Run a descent to its end."""
    ticks = list(descent)
    blocks = [block for tick in ticks for block in tick.blocks]
    events = [event for tick in ticks for event in tick.events]
    traces = []
    for run, outcome in enumerate(descent.outcomes):
        names, columns = gather(blocks, run)
        mine = [event for event in events if event.run == run]
        traces.append(Trace(dict(zip(names, columns, strict=True)), outcome, mine))
    return traces


def descend(problem: Any, *runs: Any, **rest: Any) -> list[Trace]:
    """Run a spec and return its traces."""
    return traces_of(Descent(spec_of(problem, *runs, **rest)))


def rule(kind: str, **settings: Any) -> dict[str, Any]:
    """Return a run with this optimizer; what belongs to the run itself is told apart by its name."""
    own = ("start", "clip_norm", "clip_value", "noise", "schedule", "label")
    run = {name: settings.pop(name) for name in own if name in settings}
    return {"optimizer": {"kind": kind, **settings}, **run}


@pytest.fixture(name="descend")
def _descend() -> Any:
    return descend


@pytest.fixture(name="rule")
def _rule() -> Any:
    return rule


@pytest.fixture(name="spec_of")
def _spec_of() -> Any:
    return spec_of


@pytest.fixture(name="traces_of")
def _traces_of() -> Any:
    return traces_of


@pytest.fixture
def store(tmp_path: Any) -> Any:
    """A store of its own, empty."""
    from slalom.storage.store import Store

    opened = Store.open(f"sqlite:///{tmp_path}/slalom.db")
    yield opened
    opened.close()


@pytest.fixture
def see(store: Any) -> Any:
    """Return a function that asks for a view: its header, and its arrays."""
    from slalom.engine.views import answer_view
    from slalom.wire.arrays import unpack_arrays

    return lambda id, kind, **wish: unpack_arrays(answer_view(store, {"id": id, "kind": kind, **wish}))
