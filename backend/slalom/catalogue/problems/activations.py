"""What a hidden unit may do with its sum: what torch calls it, which gain suits it, and when such a unit is idle."""

from __future__ import annotations

from typing import Literal, NamedTuple

Activation = Literal["tanh", "relu", "sigmoid", "gelu", "gelu_tanh", "leaky_relu", "sin", "none"]

SATURATED = 0.97
"""A tanh beyond this, either way, is saturated: its slope is below 6 %. A sigmoid is half of 1 + tanh."""
SILENT_BELOW = -2.25
"""A sum below which the slope of GELU is below 6 %, and vanishes from there on."""


class Facts(NamedTuple):
    """What there is to know of an activation besides its arithmetic."""

    module: str
    """The layer of torch.nn, as text; {slope} stands for the negative slope. Empty where there is none."""
    gain: str
    """What torch.nn.init.calculate_gain calls it; where torch names no gain, what it is nearest to."""
    idle: str
    """What its outputs are where they hardly react any more, for a sentence; empty where that does not happen."""


ACTIVATIONS: dict[Activation, Facts] = {
    "tanh": Facts("nn.Tanh()", "tanh", f"saturated (beyond ±{SATURATED})"),
    "relu": Facts("nn.ReLU()", "relu", "0"),
    "sigmoid": Facts("nn.Sigmoid()", "sigmoid", f"saturated (within {(1 - SATURATED) / 2:.3f} of 0 or 1)"),
    "gelu": Facts("nn.GELU()", "relu", f"silent (their sums are below {SILENT_BELOW})"),
    "gelu_tanh": Facts('nn.GELU("tanh")', "relu", f"silent (their sums are below {SILENT_BELOW})"),
    "leaky_relu": Facts("nn.LeakyReLU({slope})", "leaky_relu", ""),
    "sin": Facts("Sine()", "linear", ""),
    "none": Facts("", "linear", ""),
}
