"""Surfaces: one run and 65 536 runs, against a loop of torch.optim and against plain C."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.optimizers import Sgd
from slalom.catalogue.problems.surfaces import FormulaSurface
from slalom.engine.descent import Descent
from slalom.engine.surface.ensemble import Ensemble

from .measure import Row, alternate

TEXT = "(1 - x)**2 + 100*(y - x**2)**2"
LANES = 65_536
STEPS = 50
SINGLE_STEPS = 2_000
PEER_STEPS = 2_000
RATE = 1e-4


def rows() -> list[Row]:
    """Measure the ensemble on one thread."""
    torch.set_num_threads(1)
    wide, peer = alternate(ensemble(LANES, STEPS), torch_loop(PEER_STEPS))
    recorded, alone = alternate(single, torch_loop(SINGLE_STEPS))
    ours, theirs = wide / (LANES * STEPS), peer / PEER_STEPS
    lines = [
        Row(
            "65 536 runs, typed formula, against torch.optim in a loop",
            f"{theirs / ours:,.0f} x ({1e9 * ours:.1f} ns a step)",
            ">= 10 000 x",
            theirs / ours >= 10_000,
        ),
        Row(
            "one run, every column recorded, against torch.optim",
            f"{alone / recorded:.1f} x ({1e6 * recorded / SINGLE_STEPS:.1f} µs a step)",
            ">= 2 x",
            alone / recorded >= 2,
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        compiled = plain_c(Path(folder))
        if compiled is None:
            return [*lines, Row("65 536 runs, against plain C", "no C compiler here", "<= 8 x", None)]
        wide, c = alternate(ensemble(LANES, STEPS), compiled)
    against_c = Row("65 536 runs, against plain C", f"{wide / c:.1f} x slower", "<= 8 x", wide / c <= 8)
    return [*lines, against_c, told()]


def told() -> Row:
    """Compare what is said of many runs in many dimensions with their updates."""
    rates = {"field": "run.optimizer.lr", "from": 1e-4, "to": 3e-2, "scale": "log", "n": 64}
    spec = {
        "problem": {"kind": "quadratic", "eigenvalues": list(range(1, 65))},
        "runs": [{"optimizer": {"kind": "sgd"}}],
        "vary": [rates],
        "steps": 100,
    }
    walked = Descent(Comparison.model_validate(spec))

    def walk() -> None:
        for _ in Descent(Comparison.model_validate(spec)):
            pass

    for _ in walked:
        pass
    words, updates = alternate(lambda: walked.outcomes, walk)
    figure = f"{words / updates:.0f} x ({1e3 * words / 64:.1f} ms a run)"
    return Row("what is said of 64 runs in 64 dimensions, against 100 updates of each", figure, "", None)


def starts() -> np.ndarray:
    """Return starts in the valley, shape (2, LANES)."""
    return np.random.default_rng(0).uniform(-1, 1, (2, LANES))


def ensemble(lanes: int, steps: int) -> Callable[[], object]:
    """Return Slalom's side: ``steps`` updates of ``lanes`` runs of a typed formula, every loss kept."""
    problem, start = FormulaSurface(text=TEXT), starts()[:, :lanes]
    rates = np.full((steps, lanes), RATE)
    runs = Ensemble(problem, Sgd(), start)
    return lambda: runs.advance(rates)


def single() -> None:
    """Run one descent with everything that is recorded of it."""
    spec = {"problem": {"kind": "formula", "text": TEXT}, "steps": SINGLE_STEPS}
    runs = [{"optimizer": {"kind": "sgd", "lr": RATE}, "start": [-0.5, 0.5]}]
    for _ in Descent(Comparison.model_validate({**spec, "runs": runs})):
        pass


def torch_loop(steps: int) -> Callable[[], object]:
    """Return the peer's side: what one writes in PyTorch, one run at a time."""

    def run() -> list[float]:
        p = torch.tensor([-0.5, 0.5], dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([p], lr=RATE)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return run


def plain_c(folder: Path) -> Callable[[], object] | None:
    """Return the machine's own speed, or None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    library = folder / "loop.so"
    source = Path(__file__).with_name("loop.c")
    subprocess.run([compiler, "-O3", "-march=native", "-shared", "-fPIC", source, "-o", library], check=True)
    loop = ctypes.CDLL(str(library)).descend
    loop.argtypes = [ctypes.c_long, ctypes.c_long, *4 * [ctypes.c_void_p]]
    x, y = (np.ascontiguousarray(row) for row in starts())
    rate, losses = np.full(LANES, RATE), np.empty((STEPS, LANES))

    def run() -> None:
        loop(LANES, STEPS, x.ctypes.data, y.ctypes.data, rate.ctypes.data, losses.ctypes.data)

    return run
