"""A network on paper: how wide its layers are, and where each of its parameters lies in one long vector."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal, NamedTuple

from slalom.catalogue.datasets.base import Examples
from slalom.errors import SpecError

from .activations import Activation

LossKind = Literal["softmax", "logistic", "mse"]
Init = Literal["torch", "naive", "xavier", "kaiming"]


class LossFacts(NamedTuple):
    """What a loss asks of data."""

    task: Literal["classes", "numbers"] | None
    """What must be predicted; None: anything."""
    classes: int | None
    """How many classes there must be; None: any number."""


LOSS_FACTS: dict[LossKind, LossFacts] = {
    "softmax": LossFacts("classes", None),
    "logistic": LossFacts("classes", 2),
    "mse": LossFacts(None, None),
}
"""Every loss, in the order of the menu; the logistic one has one output."""


class Tensor(NamedTuple):
    """One tensor of parameters: where it lies in the vector of all, and its shape, as PyTorch has it."""

    name: str
    start: int
    stop: int
    shape: tuple[int, ...]


class Layer(NamedTuple):
    """The weights and biases of one layer: where they lie in the vector of all parameters."""

    name: str
    start: int
    stop: int


class Architecture(NamedTuple):
    """Everything about a network that its arithmetic depends on; nothing here depends on the run."""

    widths: tuple[int, ...]
    """Features of every layer, input first; after an embedding the input has context x embedding."""
    activation: Activation
    loss: LossKind
    """Softmax and logistic: mean cross-entropy in nats; mse: the mean over all outputs of all examples."""
    symbols: int = 0
    """How many symbols there are; 0 where there is no embedding."""
    context: int = 0
    """How many symbols are seen at a time; 0 where there is no embedding."""
    embedding: int = 0
    """Numbers per symbol; 0 where there is no embedding."""
    init: Init = "torch"
    init_scale: float = 1.0
    negative_slope: float = 0.01
    """Of leaky_relu below 0."""

    @property
    def dimension(self) -> int:
        """D, the number of parameters."""
        return self.symbols * self.embedding + sum((a + 1) * b for a, b in pairwise(self.widths))

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Every tensor in the order of ``nn.Module.parameters()``: weights are (out, in), before their biases.

        >>> [t.name for t in Architecture((2, 16, 3), "tanh", "softmax").tensors]
        ['0.weight', '0.bias', '1.weight', '1.bias']
        """
        shapes: list[tuple[str, tuple[int, ...]]] = []
        if self.symbols:
            shapes.append(("embedding.weight", (self.symbols, self.embedding)))
        for i, (inputs, outputs) in enumerate(pairwise(self.widths)):
            shapes += [(f"{i}.weight", (outputs, inputs)), (f"{i}.bias", (outputs,))]
        found, start = [], 0
        for name, shape in shapes:
            stop = start + math.prod(shape)
            found.append(Tensor(name, start, stop, shape))
            start = stop
        return tuple(found)

    @property
    def state_names(self) -> tuple[str, ...]:
        """What the tensors are called in the ``state_dict`` of the ``nn.Sequential`` of these layers, in their order.

        >>> Architecture((2, 16, 3), "tanh", "softmax").state_names
        ('0.weight', '0.bias', '2.weight', '2.bias')
        """
        first, apart = 2 if self.symbols else 0, 1 if self.activation == "none" else 2
        found = ["0.weight"] if self.symbols else []
        for i in range(len(self.widths) - 1):
            found += [f"{first + apart * i}.weight", f"{first + apart * i}.bias"]
        return tuple(found)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer with weights, the embedding included, from input to output.

        >>> Architecture((2, 16, 3), "tanh", "softmax").layers
        (Layer(name='hidden 1', start=0, stop=48), Layer(name='output', start=48, stop=99))
        """
        found, start = [], 0
        if self.symbols:
            found, start = [Layer("embedding", 0, self.symbols * self.embedding)], self.symbols * self.embedding
        last = len(self.widths) - 2
        for i, (inputs, outputs) in enumerate(pairwise(self.widths)):
            stop = start + (inputs + 1) * outputs
            found.append(Layer("output" if i == last else f"hidden {i + 1}", start, stop))
            start = stop
        return tuple(found)

    @property
    def multiply_adds(self) -> int:
        """Multiplications and additions of one example: forward, and backward, which takes twice as many."""
        return 3 * sum(a * b for a, b in pairwise(self.widths))


def resolved(loss: LossKind | None, examples: Examples) -> LossKind:
    """Return the loss that a network uses on these examples: the one asked for, or what suits its targets.

    Raises SpecError where a loss does not suit the targets.
    """
    if loss is None:
        return "softmax" if examples.task == "classes" else "mse"
    task, classes = LOSS_FACTS[loss]
    if task not in (None, examples.task):
        raise SpecError(
            f"The loss is {loss}, but the targets of these data are numbers, not classes. Choose mse.",
            ("problem", "loss"),
        )
    if classes not in (None, len(examples.classes)):
        raise SpecError(
            f"The loss is {loss}, which tells {classes} classes apart, but these data have {len(examples.classes)}. "
            "Choose softmax.",
            ("problem", "loss"),
        )
    return loss


def outputs(loss: LossKind, examples: Examples) -> int:
    """Return how many numbers a network gives for every example."""
    if loss == "logistic":
        return 1
    return len(examples.classes) if examples.task == "classes" else examples.targets.shape[1]
