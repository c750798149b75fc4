"""The data that networks learn from is what torch scripts would draw, is split by the seed, and is never changed."""

import math
from importlib.resources import files

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from slalom.catalogue.datasets import (
    DATASETS,
    AnyData,
    Blobs,
    Chebyshev,
    Circles,
    Csv,
    Digits,
    Moons,
    Names,
    Spirals,
    Xor,
)
from slalom.catalogue.datasets.base import DataPart, measure, split
from slalom.catalogue.datasets.synthetic import MOST
from slalom.errors import SpecError

GENERATED = (Moons, Circles, Spirals, Xor, Blobs, Chebyshev)
LOADABLE = (*GENERATED, Digits, Names)
NEAR = 4e-6
"""Torch draws in single precision: an angle up to 10 is rounded by 4.8e-7, here and there, its noise as much again."""


def torch_moons(n, noise, seed):
    """Two moons as the lessons' scripts draw them."""
    g, half = torch.Generator().manual_seed(seed), n // 2
    t, u = torch.rand(half, generator=g) * math.pi, torch.rand(n - half, generator=g) * math.pi
    upper, lower = torch.stack([t.cos(), t.sin()], 1), torch.stack([1 - u.cos(), 0.5 - u.sin()], 1)
    points = torch.cat([upper, lower])
    points = points + noise * torch.randn(n, 2, generator=g)
    return points, torch.cat([torch.zeros(half), torch.ones(n - half)]).long()


def torch_spirals(n, arms, noise, seed):
    """Spirals as the lessons' scripts draw them."""
    g, each = torch.Generator().manual_seed(seed), n // arms
    points, radius = [], torch.linspace(0.05, 1, each)
    for c in range(arms):
        begin = c * 2 * math.pi / arms
        angle = torch.linspace(begin, begin + 4.0, each) + noise * torch.randn(each, generator=g)
        points.append(torch.stack([radius * angle.sin(), radius * angle.cos()], 1))
    return torch.cat(points), torch.arange(arms).repeat_interleave(each)


@pytest.mark.parametrize("seed", [0, 1, 7, 2**32 - 1])
@pytest.mark.parametrize(("n", "noise"), [(1000, 0.2), (1000, 0.35), (5, 0.1), (2, 0.0), (17, 0.2), (999, 0.0)])
def test_moons_are_those_of_the_lessons(n, noise, seed):
    ours, (points, classes) = Moons(n=n, noise=noise, seed=seed).load(), torch_moons(n, noise, seed)
    np.testing.assert_allclose(ours.inputs, points.numpy(), atol=NEAR)
    np.testing.assert_array_equal(ours.targets, classes.numpy(), strict=True)


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize(("n", "arms", "noise"), [(300, 3, 0.15), (900, 3, 0.2), (100, 7, 0.1), (20, 10, 0.0)])
def test_spirals_are_those_of_the_lessons(n, arms, noise, seed):
    ours = Spirals(n=n, arms=arms, noise=noise, seed=seed).load()
    points, classes = torch_spirals(n, arms, noise, seed)
    np.testing.assert_allclose(ours.inputs, points.numpy(), atol=NEAR)
    np.testing.assert_array_equal(ours.targets, classes.numpy(), strict=True)


def test_chebyshev_4_is_the_polynomial_of_the_edge_of_stability():
    ours = Chebyshev().load()
    x = np.linspace(-1, 1, 20)[:, None]
    np.testing.assert_allclose(ours.inputs, x, atol=1e-15)
    np.testing.assert_allclose(ours.targets, 8 * x**4 - 8 * x**2 + 1, atol=1e-14)
    np.testing.assert_allclose(ours.check_inputs, (x[1:] + x[:-1]) / 2, atol=1e-15)


@pytest.mark.parametrize("degree", [1, 2, 5, 20])
def test_chebyshev_polynomials_are_cosines(degree):
    ours = Chebyshev(n=50, degree=degree).load()
    np.testing.assert_allclose(ours.targets, np.cos(degree * np.arccos(ours.inputs)), atol=1e-12)


def test_noise_on_chebyshev_is_that_of_the_seed():
    g = torch.Generator().manual_seed(3)
    clean, noisy = Chebyshev().load().targets, Chebyshev(noise=0.5, seed=3).load().targets
    np.testing.assert_allclose((noisy - clean)[:, 0], 0.5 * torch.randn(20, generator=g).numpy(), atol=NEAR)


def test_circles_without_noise_have_radius_1_and_one_half():
    data = Circles(noise=0, n=101).load()
    radius = np.linalg.norm(data.inputs, axis=1)
    np.testing.assert_allclose(radius, np.where(data.targets == 0, 1, 0.5), atol=1e-6)
    assert np.bincount(data.targets).tolist() == [50, 51]


def test_xor_without_noise_is_decided_by_the_signs():
    data = Xor(noise=0).load()
    np.testing.assert_array_equal(data.targets, (data.inputs[:, 0] * data.inputs[:, 1] < 0).astype(int))
    assert abs(data.targets.mean() - 0.5) < 0.05
    assert np.abs(data.inputs).max() <= 1


def test_blobs_lie_around_evenly_spaced_centres():
    data = Blobs(n=3001, blobs=5, noise=0.1).load()
    counts = np.bincount(data.targets)
    assert counts.max() - counts.min() <= 1
    for c in range(5):
        here, centre = data.inputs[data.targets == c], np.exp(2j * np.pi * c / 5)
        np.testing.assert_allclose(here.mean(axis=0), [centre.real, centre.imag], atol=0.02)
        np.testing.assert_allclose(here.std(axis=0), 0.1, atol=0.01)


@pytest.mark.parametrize("kind", [Moons, Circles, Xor, Blobs, Spirals])
def test_validation_points_are_more_of_the_same_kind_and_others(kind):
    data = kind(n=1000).load()
    assert 245 <= len(data.check_inputs) <= 250
    assert not (data.inputs[:, None] == data.check_inputs).all(axis=2).any()
    here = [np.abs(part).mean() for part in (data.inputs, data.check_inputs)]
    assert here[0] == pytest.approx(here[1], rel=0.15)
    assert set(data.check_targets) == set(data.targets)


@pytest.mark.parametrize("kind", LOADABLE)
def test_every_data_set_has_the_shapes_it_promises(kind):
    data = kind().load()
    n, m = len(data.inputs), len(data.check_inputs)
    assert data.inputs.shape[1:] == data.check_inputs.shape[1:] == data.mean.shape == data.scale.shape
    assert (len(data.targets), len(data.check_targets)) == (n, m)
    if data.task == "classes":
        assert data.targets.dtype == data.check_targets.dtype == np.int64
        both = np.concatenate([data.targets, data.check_targets])
        assert sorted(set(both)) == list(range(len(data.classes)))
    else:
        assert data.targets.shape[1] == data.check_targets.shape[1] == 1
        assert data.targets.dtype == np.float64
        assert data.classes == ()
    assert data.inputs.dtype == (np.int64 if kind is Names else np.float64)
    assert len(data.features) == data.inputs.shape[1]
    if kind is not Names:
        assert f"{n:,} " in data.about
        assert f" {m:,} " in data.about


@pytest.mark.parametrize("kind", LOADABLE)
def test_the_same_settings_give_the_same_data_and_another_seed_another(kind):
    assert kind().load() is kind().load()
    one, two = kind(seed=1).load(), kind(seed=2).load()
    assert (kind is Chebyshev) == np.array_equal(one.inputs, two.inputs)


@pytest.mark.parametrize("kind", LOADABLE)
def test_shared_data_cannot_be_written_to(kind):
    for array in kind().load():
        if isinstance(array, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


@pytest.mark.parametrize("kind", [*GENERATED, Digits])
def test_standardised_inputs_have_mean_0_and_deviation_1_and_can_be_undone(kind):
    raw, data = kind(scaling="raw").load(), kind(scaling="standard").load()
    changing = np.ptp(raw.inputs, axis=0) > 0
    np.testing.assert_allclose(data.inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.inputs.std(axis=0), changing, atol=1e-12)
    np.testing.assert_allclose(data.inputs * data.scale + data.mean, raw.inputs, atol=1e-12)
    np.testing.assert_allclose(data.check_inputs * data.scale + data.mean, raw.check_inputs, atol=1e-12)
    assert not raw.mean.any()
    assert (raw.scale == 1).all()


def test_a_constant_column_is_divided_by_1_also_where_its_mean_is_rounded():
    values = np.stack([np.full(1001, 0.1), np.arange(1001.0)], axis=1)
    mean, scale = measure(values, "standard")
    assert scale[0] == 1
    assert not (values[:, 0] - mean[0]).any()


def test_digits_are_the_shipped_pictures():
    data = Digits(scaling="raw", validation=0).load()
    assert data.inputs.shape == (1797, 64)
    assert data.check_inputs.shape == (0, 64)
    assert (data.inputs.min(), data.inputs.max()) == (0, 16)
    assert np.bincount(data.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.inputs[0].reshape(data.image)[0].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert data.targets[:10].tolist() == list(range(10))


@pytest.mark.parametrize("share", [0, 0.1, 0.2, 0.9])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 1797])
def test_a_split_loses_nothing_and_leaves_something_to_train_on(n, share):
    whole = DataPart(np.arange(n)[:, None].astype(float), np.arange(n))
    train, check = split(whole, share, seed=4)
    assert sorted([*train.targets, *check.targets]) == list(range(n))
    assert len(train.targets) >= 1
    assert (len(check.targets) >= 1) == (share > 0 and n > 1)
    assert abs(len(check.targets) - share * n) <= 1
    np.testing.assert_array_equal(train.inputs[:, 0], train.targets)


def test_a_split_is_fixed_by_its_seed():
    whole = DataPart(np.arange(100)[:, None].astype(float), np.arange(100))
    same = [split(whole, 0.2, seed)[1].targets.tolist() for seed in (0, 0, 1)]
    assert same[0] == same[1] != same[2]


BOUNDS = [
    *((kind, "n", low, MOST) for kind, low in zip(GENERATED, (2, 2, 20, 2, 20, 2), strict=True)),
    *((kind, "seed", 0, 2**32 - 1) for kind in (*GENERATED, Digits, Csv, Names)),
    (Spirals, "arms", 2, 10),
    (Blobs, "blobs", 2, 10),
    (Chebyshev, "degree", 1, 20),
]


@pytest.mark.parametrize(("kind", "field", "low", "high"), BOUNDS)
def test_whole_numbers_have_bounds(kind, field, low, high):
    for good in (low, low + 1, high - 1, high):
        kind(**{field: good})
    for bad in (low - 1, high + 1, 1.5, True, "3"):
        with pytest.raises(ValidationError):
            kind(**{field: bad})


@pytest.mark.parametrize("kind", GENERATED)
def test_the_smallest_and_the_largest_can_be_drawn(kind):
    smallest = {"n": 20 if kind in (Spirals, Blobs) else 2}
    for n in (smallest["n"], MOST):
        data = kind(n=n, noise=10.0).load()
        assert np.isfinite(data.inputs).all()
        assert len(data.check_inputs) >= 1


@pytest.mark.parametrize("kind", [Digits, Csv, Names])
def test_the_share_for_validation_has_bounds(kind):
    for good in (0, 0.5, 0.9):
        kind(validation=good)
    for bad in (-0.01, 0.91, float("nan")):
        with pytest.raises(ValidationError):
            kind(validation=bad)


def test_a_kind_names_its_data_set_and_names_stand_apart():
    adapter = TypeAdapter(AnyData)
    for kind in DATASETS:
        assert kind.title
        assert kind.source
        assert kind.licence
        if kind is not Names:
            assert adapter.validate_python({"kind": kind.model_fields["kind"].default}) == kind()
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": "names"})


def test_shipped_files_say_where_they_are_from():
    folder = files("slalom.catalogue.datasets") / "shipped"
    names = {file.name for file in folder.iterdir()}
    assert names == {"digits.csv.gz", "digits.source.txt", "names.txt", "names.source.txt"}
    for stem in ("digits", "names"):
        text = folder.joinpath(f"{stem}.source.txt").read_text(encoding="utf-8")
        assert "Source:" in text
        assert "Licence:" in text


def test_a_table_of_nobody_is_refused_with_what_to_do():
    with pytest.raises(SpecError, match=r"No table has been chosen\. Upload one") as caught:
        Csv().load()
    assert caught.value.loc == ("problem", "data", "id")
    for data in (Csv(id="d123"), Names(id="d123")):
        with pytest.raises(SpecError, match=r"There is no data set 'd123'\. Upload it"):
            data.load()
