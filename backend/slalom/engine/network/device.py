"""Where an experiment is computed, and one sentence that says why."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch

from slalom.catalogue.base.number_format import number
from slalom.catalogue.cost import GPU_PAYS
from slalom.errors import SpecError

Wanted = Literal["auto", "cpu", "cuda"]


class Device(NamedTuple):
    """A device's name as PyTorch has it, and why it was chosen."""

    name: str
    because: str


def choose(wanted: Wanted, work: float) -> Device:
    """Return where to compute an experiment whose update costs ``work`` multiply-adds, over all its runs.

    Raises SpecError where a GPU is asked for and there is none.
    """
    present = torch.cuda.is_available()
    if wanted == "cuda" and not present:
        raise SpecError(
            'The device is "cuda", but PyTorch sees no GPU on this machine. Choose "auto" or "cpu".', ("device",)
        )
    if wanted == "cuda":
        return Device("cuda", f"Computed on the GPU ({torch.cuda.get_device_name()}), as asked.")
    if wanted == "cpu":
        return Device("cpu", "Computed on the CPU, as asked.")
    if not present:
        return Device("cpu", "Computed on the CPU: PyTorch sees no GPU on this machine.")
    size = f"an update of all runs takes {number(work, 2)} multiply-adds"
    if work < GPU_PAYS:
        return Device("cpu", f"Computed on the CPU: {size}, and a GPU pays only above {number(GPU_PAYS)}.")
    return Device("cuda", f"Computed on the GPU ({torch.cuda.get_device_name()}): {size}, enough for it to pay.")
