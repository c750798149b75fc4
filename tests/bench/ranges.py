"""A range test of 1000 rates on digits against torch-lr-finder, which is fetched for this and used nowhere else."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable
from functools import partial

import torch

from slalom.catalogue.experiments.range_test import RangeTest
from slalom.engine.descent import Descent
from slalom.engine.range_test.analysis import RangeCurve
from slalom.engine.range_test.suggestions import SUGGESTION_RULES
from slalom.engine.range_test.verification import hold

from .. import plain_torch
from .measure import Row, alternate, seconds

PEER = "torch-lr-finder==0.2.2"
CLAIM = "range test of 1000 rates on digits, against torch-lr-finder"
BATCH, RATES = 32, 1000
SEEDS = 8


def spec_of(seeds: int) -> RangeTest:
    """Return a range test on digits with so many seeds."""
    return RangeTest.model_validate(
        {
            "problem": {"kind": "network", "data": {"kind": "digits"}, "hidden": [64]},
            "run": {"batch_size": BATCH},
            "steps": RATES,
            "seeds": seeds,
        }
    )


SPEC = spec_of(1)


def rows() -> list[Row]:
    """Measure on one thread; say so where the peer cannot be had."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        missing = fetch(folder)
        if missing:
            return [Row(CLAIM, f"could not be fetched: {missing}"[:60], ">= 5 x", None)]
        peer = finder()
        one, alone = alternate(lambda: climb(SPEC), peer)
        band = spec_of(SEEDS)
        several, again = alternate(lambda: climb(band), peer)
    found = seconds(lambda: climb(SPEC).findings())
    shares = alone / one, SEEDS * again / several
    return [
        Row(CLAIM, f"{shares[0]:.1f} x ({one:.2f} s, peer {alone:.2f} s)", ">= 5 x", shares[0] >= 5),
        Row(f"the same with a band of {SEEDS} seeds", f"{shares[1]:.1f} x ({several:.2f} s)", ">= 5 x", shares[1] >= 5),
        Row("the same, with every suggestion verified", f"{found:.2f} s", "", None),
    ]


def climb(spec: RangeTest) -> RangeCurve:
    """Run Slalom's side: every loss recorded, and every rule asked for every seed."""
    climb = RangeCurve(spec, partial(hold, spec))
    for tick in Descent(spec):
        for block in tick.blocks:
            climb.see(block)
    for seed in range(spec.seeds):
        for rule in SUGGESTION_RULES:
            rule.choose(climb.lr, climb.loss(seed))
    return climb


def fetch(folder: str) -> str:
    """Install the peer into a folder and make it importable; return why that cannot be, or nothing."""
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        folder,
        PEER,
        "tqdm",
        "packaging",
    ]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip failed"
    sys.path.append(folder)
    for name in ("matplotlib", "matplotlib.pyplot"):  # It draws with it; here nothing is drawn.
        sys.modules.setdefault(name, types.ModuleType(name))
    return ""


def finder() -> Callable[[], object]:
    """Return the peer's side: the same network and data, every rate tried, nothing stopped early."""
    from torch_lr_finder import LRFinder  # type: ignore[import-not-found]

    examples = SPEC.problem.examples()
    inputs, targets = plain_torch.tensors(examples, "softmax", torch.float32)
    data = torch.utils.data.TensorDataset(inputs, targets)
    net = plain_torch.network(SPEC.problem.blueprint(examples).widths)

    def run() -> None:
        loader = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
        optimizer = torch.optim.SGD(net.parameters(), lr=SPEC.lr_from)
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            one = LRFinder(net, optimizer, torch.nn.functional.cross_entropy, device="cpu")
            one.range_test(loader, end_lr=SPEC.lr_to, num_iter=RATES, diverge_th=float("inf"))
            one.reset()

    return run
