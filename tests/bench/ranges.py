"""A range test of 1000 rates on digits against torch-lr-finder, which is fetched for this and used nowhere else."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import types
from collections.abc import Callable

import torch

from slalom.catalogue.range_test import RangeTest
from slalom.engine.descend import Descent
from slalom.engine.range_rules import RULES
from slalom.engine.range_test import Climb

from .. import plain_torch
from .measure import Row, alternate, seconds

PEER = "torch-lr-finder==0.2.2"
BATCH, RATES = 32, 1000
CLAIM = "range test of 1000 rates on digits, against torch-lr-finder"
SPEC = RangeTest.model_validate(
    {
        "problem": {"kind": "network", "data": {"kind": "digits"}, "hidden": [64]},
        "run": {"batch_size": BATCH},
        "steps": RATES,
    }
)


def rows() -> list[Row]:
    """Measure on one thread; say so where the peer cannot be had."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        missing = fetch(folder)
        if missing:
            return [Row(CLAIM, f"could not be fetched: {missing}"[:60], ">= 5 x", None)]
        ours, peer = alternate(climb, finder())
    found = seconds(lambda: climb().findings())
    return [
        Row(CLAIM, f"{peer / ours:.1f} x ({ours:.2f} s, peer {peer:.2f} s)", ">= 5 x", peer / ours >= 5),
        Row("the same, with every suggestion verified", f"{found:.2f} s", "", None),
    ]


def climb() -> Climb:
    """Run Slalom's side: every entry recorded, the network looked at on the way, and every rule asked."""
    climb = Climb(SPEC)
    for tick in Descent(SPEC):
        for block in tick.blocks:
            climb.see(block)
    for rule in RULES:
        rule.choose(climb.lr, climb.loss(0))
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
