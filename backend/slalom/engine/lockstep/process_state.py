"""What computing leaves behind in a process: it is put back where that is somebody's own program."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import numpy as np


def global_generators() -> Iterator[Callable[[], object]]:
    """Yield what puts back the random generators that programs use when they name none; PyTorch's if it is imported."""
    yield partial(random.setstate, random.getstate())
    yield partial(np.random.set_state, np.random.get_state())
    torch = sys.modules.get("torch")
    if torch is None:
        return
    yield partial(torch.set_rng_state, torch.get_rng_state())
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        yield partial(torch.cuda.set_rng_state_all, torch.cuda.get_rng_state_all())
    if torch.backends.mps.is_available():
        yield partial(torch.mps.set_rng_state, torch.mps.get_rng_state())


@contextmanager
def process_as_it_was(with_torch: bool) -> Iterator[None]:
    """Put back random generators afterwards and, of what is computed ``with_torch``, how many threads it uses."""
    restores: list[Callable[[], object]] = []
    if with_torch:
        with suppress(ModuleNotFoundError):  # Whoever needs it says so.
            import torch

            restores.append(partial(torch.set_num_threads, torch.get_num_threads()))
    restores += global_generators()
    try:
        yield
    finally:
        for restore in restores:
            restore()
