"""A pytest plugin, ``-p shaken``: PyTorch as on a processor that nobody has, whose sums and functions end otherwise.

The last digit of what is not exact anywhere is changed here and there. The same number is always changed the same way,
so that what must repeat to the last bit still does.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

SUMS = {"bmm", "baddbmm", "mm", "addmm", "mv", "addmv", "dot", "sum", "mean", "linalg_vector_norm"}
FUNCTIONS = {"tanh", "sigmoid", "exp", "log", "softplus", "logsumexp", "_log_softmax", "_softmax", "sin", "cos", "pow"}
FUSED = {"addcmul", "addcdiv", "lerp", "tanh_backward"}
BITS = {torch.float32: (torch.int32, 12), torch.float64: (torch.int64, 24)}
"""As what a number's bits are read, and how many of the last must be zeros in a number that is exact everywhere."""


def shake(values: object) -> None:
    """Change the last bit of about half the numbers of a tensor, in place."""
    if not isinstance(values, torch.Tensor) or values.dtype not in BITS:
        return
    whole, exact = BITS[values.dtype]
    bits = values.detach().view(whole)
    changed = (bits >> 7) & 1 & (bits & ((1 << exact) - 1) != 0)
    bits ^= changed.where(values.detach().isfinite(), 0)


class Shaken(TorchDispatchMode):
    """Every operation of PyTorch passes here, also those of its own differentiation."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        if func.overloadpacket.__name__.rstrip("_") in SUMS | FUNCTIONS | FUSED:
            for values in found if isinstance(found, tuple | list) else (found,):
                shake(values)
        return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    """Run every test, with its fixtures, in such a world."""
    with Shaken():
        return (yield)
