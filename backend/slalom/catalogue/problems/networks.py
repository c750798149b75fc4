"""Problems whose function is a network's loss on data: what is chosen of it, and what is recorded while it learns."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from slalom.catalogue.datasets import AnyData, Moons, Names
from slalom.catalogue.datasets.base import Examples, Uploads, no_uploads

from .activations import Activation
from .architecture import Architecture, Init, Layer, LossKind, Tensor, outputs, resolved
from .base import TRACE_COLUMNS, Interval, Problem

__all__ = ["Architecture", "Character", "Layer", "Learned", "Network", "Tensor"]

WIDEST = 1024
"""Units in one hidden layer."""
DEEPEST = 8
"""Hidden layers."""
LONGEST_CONTEXT = 8
"""Letters seen at a time: longer than most names, and few enough to hold a large list's windows in memory."""
WIDEST_EMBEDDING = 64
"""Numbers per letter."""

MEASURED = (
    *("train_loss", "val_loss", "train_accuracy", "val_accuracy"),
    *("plane_x", "plane_y", "off_plane", "cosine", "snr"),
)
"""What is recorded of every network besides COLUMNS: where measured, else the last value."""

Width = Annotated[int, Field(ge=1, le=WIDEST)]
Hidden = Annotated[tuple[Width, ...], Field(strict=False, max_length=DEEPEST, fail_fast=True)]
"""Units of every hidden layer, written as a JSON list."""

INITIAL = ("init", "init_scale", "init_seed")
"""The fields that choose initial parameters and nothing else: runs of one experiment may differ in them."""


MENU = ("kind", "data", "context", "embedding", "hidden", "activation", "negative_slope", "loss", *INITIAL)
"""The fields in the order in which a form shows them: from the data through the layers to the first parameters."""


def _in_menu_order(schema: dict[str, Any]) -> None:
    schema["properties"] = {name: schema["properties"][name] for name in MENU if name in schema["properties"]}


class Learned(Problem):
    """What networks have in common: data, layers, and initial parameters."""

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_in_menu_order, defer_build=True)

    is_network: ClassVar[bool] = True
    text: ClassVar[None] = None
    formula: ClassVar[None] = None

    data: Any
    """The examples it learns from."""
    hidden: Hidden = (16,)
    """Units of every hidden layer, first to last; an empty list makes a linear model."""
    activation: Activation = "tanh"
    """What every hidden unit does with its sum; gelu is z Φ(z), Φ the normal distribution, gelu_tanh its approximation
    by tanh."""
    negative_slope: float = Field(0.01, ge=0, le=1)
    """Slope of leaky_relu below 0; the others have none."""
    init: Init = "torch"
    """How initial parameters are drawn: PyTorch's default, standard normal, or to keep the signal's size (xavier and
    kaiming, with the gain of the hidden layers for the output too, and biases of 0). Gains are those of
    torch.nn.init.calculate_gain; it names none for gelu, which has that of relu, and sin, which has 1."""
    init_scale: float = Field(1.0, gt=0, le=1000)
    """Every initial parameter is multiplied by this."""
    init_seed: int | None = Field(None, ge=0, le=2**32 - 1)
    """Draws the initial parameters, as torch.manual_seed does; the seed of the run, which also orders its mini-batches,
    if not given. "Program" in Export, and docs/reference.md, say how exactly."""

    @property
    def group(self) -> str:
        return "Real training"

    @property
    def dimension(self) -> None:
        """Known only with the data: see ``blueprint``."""
        return

    @property
    def start(self) -> tuple[float, ...]:
        return ()

    @property
    def domain(self) -> tuple[Interval, ...]:
        return ()

    @property
    def variables(self) -> tuple[str, ...]:
        return ()

    @property
    def columns(self) -> tuple[str, ...]:
        layers = len(self.hidden) + 1 + self.embeds
        ratios = tuple(f"ratio{i}" for i in range(layers))
        return (*TRACE_COLUMNS, *MEASURED, *ratios, *(f"saturated{i}" for i in range(len(self.hidden))))

    @property
    def embeds(self) -> bool:
        """Whether its first layer is an embedding."""
        return False

    @property
    def space(self) -> Hashable:
        return (self.kind, *(value for name, value in self if name not in INITIAL))

    def examples(self, uploads: Uploads = no_uploads) -> Examples:
        """Return what it is trained on; ``uploads`` gives the text of a user's own file.

        Raises SpecError where there is no such file, or it does not suit.
        """
        raise NotImplementedError

    def blueprint(self, examples: Examples) -> Architecture:
        """Return its layers on these examples.

        Raises SpecError where its loss does not suit their targets.
        """
        raise NotImplementedError

    def _with_parameters(self, layers: Architecture) -> Architecture:
        """Return layers with what the problem says of their units and of their first parameters."""
        return layers._replace(init=self.init, init_scale=self.init_scale, negative_slope=self.negative_slope)


class Network(Learned):
    """A network of layers: it learns to tell classes apart, or to predict numbers.

    Every layer takes weighted sums of the one before; the activation between them lets it bend. What is minimised is
    the mean loss over the training data, or over a mini-batch of them; the validation data are only looked at.
    """

    kind: Literal["network"] = "network"
    title: ClassVar[str] = "Network"
    source: ClassVar[str] = "Rumelhart, Hinton, Williams 1986, doi:10.1038/323533a0"

    data: AnyData = Moons.model_construct()
    """The examples it learns from."""
    loss: LossKind | None = None
    """What is minimised: cross-entropy of a softmax (classes), of one logistic output (two classes), or the mean
    squared error; what suits the data if not given."""

    def examples(self, uploads: Uploads = no_uploads) -> Examples:
        return self.data.load(uploads)

    def blueprint(self, examples: Examples) -> Architecture:
        loss = resolved(self.loss, examples)
        widths = (examples.inputs.shape[1], *self.hidden, outputs(loss, examples))
        return self._with_parameters(Architecture(widths, self.activation, loss))


class Character(Learned):
    """A network that writes names: from the last few letters it predicts the next one.

    Every letter becomes a few numbers (its embedding), which are learned with everything else. Guessing evenly costs
    ln 27 = 3.30; whoever knows only how frequent letters are, 2.8.
    """

    kind: Literal["character"] = "character"
    title: ClassVar[str] = "Character model"
    source: ClassVar[str] = "Bengio, Ducharme, Vincent, Jauvin 2003, jmlr.org/papers/v3/bengio03a"

    data: Names = Names.model_construct()
    """The names it learns from."""
    context: int = Field(3, ge=1, le=LONGEST_CONTEXT)
    """How many letters it sees."""
    embedding: int = Field(10, ge=1, le=WIDEST_EMBEDDING)
    """How many numbers stand for a letter."""
    hidden: Hidden = (200,)
    """Units of every hidden layer, first to last; an empty list makes a linear model."""

    @property
    def embeds(self) -> bool:
        return True

    def examples(self, uploads: Uploads = no_uploads) -> Examples:
        return self.data.load(uploads, self.context)

    def blueprint(self, examples: Examples) -> Architecture:
        symbols, context, size = len(examples.classes), self.context, self.embedding
        widths = (context * size, *self.hidden, symbols)
        return self._with_parameters(Architecture(widths, self.activation, "softmax", symbols, context, size))
