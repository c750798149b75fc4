"""Initial parameters: PyTorch's own by default, and the textbook's otherwise."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
import twin

from slalom.catalogue.problems.activations import Activation
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.network.initialization import initial_parameters

MLP = Architecture((30, 200, 100, 27), "tanh", "softmax")
CHARACTER = Architecture((30, 200, 27), "tanh", "softmax", 27, 3, 10)


def tensors(blueprint: Architecture, values: np.ndarray) -> dict[str, np.ndarray]:
    return {tensor.name: values[tensor.start : tensor.stop].reshape(tensor.shape) for tensor in blueprint.tensors}


@pytest.mark.parametrize("seed", [0, 1, 2147483647, 2**32 - 1])
@pytest.mark.parametrize(
    "blueprint", [MLP, CHARACTER, Architecture((2, 1), "none", "logistic")], ids=["mlp", "char", "1"]
)
def test_the_default_is_what_torch_draws_bit_by_bit(blueprint, seed):
    torch.manual_seed(seed)
    expected = torch.nn.utils.parameters_to_vector(twin.module(blueprint).parameters()).detach().numpy()
    found = initial_parameters(blueprint, seed, "float32")
    assert found.dtype == np.float32
    assert found.tobytes() == expected.tobytes()


def test_float64_runs_start_where_float32_runs_do():
    single, double = initial_parameters(MLP, 3, "float32"), initial_parameters(MLP, 3, "float64")
    assert double.dtype == np.float64
    assert np.array_equal(double, single.astype(np.float64))


@pytest.mark.parametrize("init", ["torch", "naive", "xavier", "kaiming"])
def test_everything_is_multiplied_by_the_scale(init):
    once, thrice = (
        initial_parameters(MLP._replace(init=init), 0),
        initial_parameters(MLP._replace(init=init, init_scale=3.0), 0),
    )
    assert np.array_equal(thrice, once * np.float32(3))


@pytest.mark.parametrize("init", ["torch", "naive", "xavier", "kaiming"])
def test_other_seeds_give_other_parameters(init):
    blueprint = CHARACTER._replace(init=init)
    assert np.array_equal(initial_parameters(blueprint, 5), initial_parameters(blueprint, 5))
    assert not np.array_equal(initial_parameters(blueprint, 5), initial_parameters(blueprint, 6))


@pytest.mark.parametrize("activation", get_args(Activation))
@pytest.mark.parametrize("init", ["naive", "xavier", "kaiming"])
def test_weights_have_the_spread_that_the_scheme_says(init, activation):
    blueprint = MLP._replace(init=init, activation=activation, negative_slope=0.5)
    named = {"none": "linear", "sin": "linear", "gelu": "relu", "gelu_tanh": "relu"}.get(activation, activation)
    gain = torch.nn.init.calculate_gain(named, 0.5 if named == "leaky_relu" else None)
    for name, values in tensors(blueprint, initial_parameters(blueprint, 0)).items():
        if name.endswith("bias"):
            assert not values.any()
            continue
        out, incoming = values.shape
        spread = {"naive": 1, "xavier": gain * math.sqrt(2 / (incoming + out)), "kaiming": gain / math.sqrt(incoming)}
        assert values.std() == pytest.approx(spread[init], rel=5 / math.sqrt(2 * values.size))
        assert abs(values.mean()) < 5 * spread[init] / math.sqrt(values.size)
        if init == "xavier":
            assert np.abs(values).max() <= gain * math.sqrt(6 / (incoming + out)) * (1 + 1e-6)


@pytest.mark.parametrize("init", ["torch", "naive", "xavier", "kaiming"])
def test_an_embedding_is_standard_normal_in_every_scheme(init):
    values = tensors(CHARACTER, initial_parameters(CHARACTER._replace(init=init), 0))["embedding.weight"]
    assert values.std() == pytest.approx(1, abs=0.15)
    assert np.array_equal(values, tensors(CHARACTER, initial_parameters(CHARACTER, 0))["embedding.weight"])


def test_a_naive_start_is_far_above_an_even_guess():
    """Lesson 10: over-confident logits cost 20 where knowing nothing costs ln 27 = 3.30."""
    from slalom.engine.network.model import Net

    symbols = torch.randint(27, (500, 3), generator=torch.Generator().manual_seed(1))
    targets = torch.randint(27, (500,), generator=torch.Generator().manual_seed(2))
    net = Net(CHARACTER)
    batch = net.batch(symbols, targets)
    naive, usual = (
        net.losses(torch.from_numpy(initial_parameters(CHARACTER._replace(init=init), 0))[None], batch).item()
        for init in ("naive", "torch")
    )
    assert naive > 15
    assert usual == pytest.approx(math.log(27), abs=0.2)
