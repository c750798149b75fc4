"""What a PyTorch program needs of a network: its layers, its data in a text, its mini-batches, its loss."""

from __future__ import annotations

import base64
import textwrap
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from slalom.catalogue.datasets.base import Examples
from slalom.catalogue.experiments.base import Lane
from slalom.catalogue.problems.activations import ACTIVATIONS
from slalom.catalogue.problems.architecture import Architecture
from slalom.catalogue.problems.networks import Learned

LOSS_CALLS = {
    "softmax": "nn.functional.cross_entropy(model(inputs), targets)",
    "logistic": "nn.functional.binary_cross_entropy_with_logits(model(inputs)[:, 0], targets)",
    "mse": "nn.functional.mse_loss(model(inputs), targets)",
}
WEIGHT_CALLS = {
    "naive": "nn.init.normal_(layer.weight)",
    "xavier": "nn.init.xavier_uniform_(layer.weight, nn.init.calculate_gain({gain!r}{slope}))",
    "kaiming": "nn.init.kaiming_normal_(layer.weight{slope}, nonlinearity={gain!r})",
}
"""Schemes that are not PyTorch's default."""
LINE_WIDTH = 110
"""Characters in a line of data."""

SINE = '''
class Sine(nn.Module):
    """The sine, as a layer."""

    def forward(self, z):
        """Return sin z."""
        return z.sin()
'''
LOADING = '''
def loaded(text, dtype, shape):
    """Return a tensor from compressed numbers in base 64."""
    return torch.frombuffer(bytearray(zlib.decompress(base64.b64decode(text))), dtype=dtype).view(shape)
'''


class Batching(NamedTuple):
    """How a program takes its examples, as text."""

    begin: str
    """Before the first update."""
    take: str
    """At every update."""
    chosen: str = ""
    """What chooses the examples of an update: nothing where all are taken."""


class NetworkLines(NamedTuple):
    """What a network adds to a program, as text."""

    functions: str
    start: list[str]
    """The beginning of ``main``."""


def batching(lane: Lane, count: int, drawn: int = 0) -> Batching:
    """Return how the mini-batches of a run are taken from ``count`` examples, after ``drawn`` others."""
    size = lane.run.batch_size or count
    if size >= count:
        return Batching("", "")
    begin = f"order = torch.Generator().manual_seed({lane.seed})"
    if lane.run.batches == "drawn":
        take = skip = f"batch = torch.randint(0, {count}, ({size},), generator=order)"
    else:
        each = count // size
        skip = f"if t % {each} == 0:\n    deck = torch.randperm({count}, generator=order)"
        t = f"(t + {drawn})" if drawn else "t"
        take = f"{skip.replace('t %', f'{t} %')}\nbatch = deck[{t} % {each} * {size} :][:{size}]"
    if drawn:
        begin += f"\nfor t in range({drawn}):\n{textwrap.indent(skip, '    ')}"
    return Batching(begin, take, "[batch]")


def network_lines(problem: Learned, examples: Examples, lane: Lane, dtype: str) -> NetworkLines:
    """Return a network's model and loss as text, and how a program begins with them."""
    blueprint = problem.blueprint(examples)
    seed = lane.seed if problem.init_seed is None else problem.init_seed
    model = ["def build():", *(f"    {line}" for line in _model(blueprint, seed, dtype))]
    loss = f"def loss_of(model, inputs, targets):\n    return {LOSS_CALLS[blueprint.loss]}"
    start = [
        "model = build()",
        "parameters = [*model.parameters()]",
        *_given(lane, dtype),
        f"inputs = {_loaded('INPUTS', examples.inputs)}{_input_type(examples, dtype)}",
        f"targets = {_loaded('TARGETS', examples.targets)}{_target_type(blueprint, examples, dtype)}",
    ]
    layers = [SINE.strip()] if blueprint.activation == "sin" else []
    return NetworkLines("\n\n\n".join([*layers, "\n".join(model), loss]), start)


def _given(lane: Lane, dtype: str) -> Iterator[str]:
    """Yield how the parameters that a run is given are put in the place of those that are drawn."""
    if lane.run.start is not None:
        given = f"{_loaded('START', np.array(lane.run.start))}.to(torch.{dtype})"
        yield f"nn.utils.vector_to_parameters({given}, parameters)"


def data_text(examples: Examples, lane: Lane) -> str:
    """Return inputs, targets, and parameters that are given, as the definitions of texts."""
    arrays = {"INPUTS": examples.inputs, "TARGETS": examples.targets}
    if lane.run.start is not None:
        arrays["START"] = np.array(lane.run.start)
    return "\n\n".join(f'{name} = """\n{_wrapped(_compressed(values))}\n"""' for name, values in arrays.items())


def _model(blueprint: Architecture, seed: int, dtype: str) -> Iterator[str]:
    yield f"torch.manual_seed({seed})"
    yield "model = nn.Sequential("
    if blueprint.symbols:
        yield f"    nn.Embedding({blueprint.symbols}, {blueprint.embedding}),"
        yield "    nn.Flatten(),"
    between = ACTIVATIONS[blueprint.activation].module.format(slope=blueprint.negative_slope)
    sizes = list(pairwise(blueprint.widths))
    for i, (incoming, outgoing) in enumerate(sizes):
        yield f"    nn.Linear({incoming}, {outgoing}),"
        if between and i < len(sizes) - 1:
            yield f"    {between},"
    yield ")"
    if blueprint.init != "torch":
        yield from _initialized(blueprint, seed)
    if dtype == "float64":
        yield "model.double()"
    if blueprint.init_scale != 1:
        yield "with torch.no_grad():"
        yield "    for p in model.parameters():"
        yield f"        p *= {blueprint.init_scale}"
    yield "return model"


def _initialized(blueprint: Architecture, seed: int) -> Iterator[str]:
    yield f"torch.manual_seed({seed})"
    yield "for layer in model:"
    if blueprint.symbols:
        yield "    if isinstance(layer, nn.Embedding):"
        yield "        nn.init.normal_(layer.weight)"
    yield "    if isinstance(layer, nn.Linear):"
    gain = ACTIVATIONS[blueprint.activation].gain
    slope = f", {blueprint.negative_slope}" if gain == "leaky_relu" else ""
    yield f"        {WEIGHT_CALLS[blueprint.init].format(gain=gain, slope=slope)}"
    yield "        nn.init.zeros_(layer.bias)"


def _input_type(examples: Examples, dtype: str) -> str:
    return ".long()" if examples.inputs.dtype.kind == "i" else f".to(torch.{dtype})"


def _target_type(blueprint: Architecture, examples: Examples, dtype: str) -> str:
    if blueprint.loss == "softmax":
        return ".long()"
    if blueprint.loss == "mse" and examples.task == "classes":
        return f".long()\ntargets = nn.functional.one_hot(targets, {blueprint.widths[-1]}).to(torch.{dtype})"
    return f".to(torch.{dtype})"


def _loaded(name: str, values: np.ndarray) -> str:
    return f"loaded({name}, torch.{_shortest(values).dtype.name}, {list(values.shape)})"


def _compressed(values: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(np.ascontiguousarray(_shortest(values)).tobytes(), 9)).decode()


def _shortest(values: np.ndarray) -> np.ndarray:
    """Return the same numbers in the smallest type that holds them: bytes for classes, float32 where that is exact."""
    if values.dtype.kind == "i":
        return values.astype(np.uint8 if values.min(initial=0) >= 0 and values.max(initial=0) < 256 else np.int64)
    single = values.astype(np.float32)
    return single if np.array_equal(single, values) else values.astype(np.float64)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, LINE_WIDTH))
