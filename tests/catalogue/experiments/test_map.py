"""Maps on paper: which cells there are, what varies in each, where theory has the border, and how they are coloured."""

import numpy as np
import pytest

from slalom.catalogue.admission import check
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.map import CELL_COLUMNS, CELL_KINDS, Map
from slalom.catalogue.experiments.map_colours import SHADES, coloured, palette
from slalom.errors import LimitExceeded
from slalom.settings import Limits

LR = {"field": "run.optimizer.lr", "from": 0.001, "to": 1, "scale": "log", "n": 10}
MOMENTUM = {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 7}


def spec_of(across=LR, up=MOMENTUM, **rest):
    return SPEC.validate_python({"kind": "map", "problem": {"kind": "bowl"}, "vary": [across, up], **rest})


@pytest.mark.parametrize(
    ("limit", "value", "change"),
    [("map_cells", 70, {}), ("map_run_steps", 70 * 30, {"steps": 30}), ("steps", 30, {"steps": 30})],
)
def test_limits_of_maps_hold_at_their_edges(limit, value, change):
    spec = spec_of(**change)
    check(spec, Limits(**{limit: value + 1}))
    check(spec, Limits(**{limit: value}))
    with pytest.raises(LimitExceeded) as error:
        check(spec, Limits(**{limit: value - 1}))
    assert (error.value.limit, error.value.value) == (value - 1, value)


def test_columns_are_what_every_cell_says():
    spec = spec_of()
    cells = np.arange(70)
    columns = spec.columns(cells)
    for cell, (_, run) in zip(cells, spec.runs_of(cells.tolist()), strict=True):
        assert run.optimizer.lr == columns.lr[cell]
        assert run.optimizer.momentum == columns.optimizer.momentum[cell]


def test_cells_whose_momentum_is_zero_are_stepped_apart():
    spec = spec_of()
    sizes = sorted(len(group) for group in spec.groups(np.arange(70)))
    assert sizes == [10, 60]


def test_a_million_cells_are_laid_out_in_columns():
    spec = spec_of(LR | {"n": 1024}, MOMENTUM | {"n": 1024})
    last = list(spec.levels())[-1][1]
    assert len(last) == 1024 * 1024 * 3 // 4
    assert spec.columns(last).start.shape == (2, len(last))


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        ({"kind": "sgd", "nesterov": True, "momentum": 0.5}, lambda b: 2 * (1 + b) / (1 + 2 * b)),
        ({"kind": "sgd"}, lambda b: 2 * (1 + b)),
        ({"kind": "sgd", "weight_decay": 8.0}, lambda b: 2 * (1 + b) * 12 / 20),
    ],
)
def test_the_border_is_the_limit_that_the_rule_owns(rule, limit):
    spec = spec_of(up=MOMENTUM | {"from": 0.1}, run={"optimizer": rule})
    for lr, momentum in spec.border():
        assert lr == pytest.approx(limit(momentum) / 12)


def test_the_border_lies_across_where_the_rate_goes_upwards():
    assert [(x, y) for y, x in spec_of().border()] == spec_of(MOMENTUM, LR).border()


@pytest.mark.parametrize(
    "spec",
    [
        {"run": {"optimizer": {"kind": "adam"}}, "up": {"field": "run.optimizer.beta1", "from": 0, "to": 0.9, "n": 3}},
        {"problem": {"kind": "formula", "text": "x**2"}},
        {"run": {"clip_norm": 1.0}},
        {"across": {"field": "run.start.0", "from": 0, "to": 1, "n": 3}},
    ],
)
def test_where_theory_is_silent_there_is_no_border(spec):
    assert spec_of(**spec).border() == []


def test_kinds_are_told_apart_by_lightness_alone():
    light = palette() @ [0.2126, 0.7152, 0.0722]
    by_kind = dict(zip(CELL_KINDS, light, strict=True))
    assert by_kind["diverged"].max() + 20 < min(by_kind[kind].min() for kind in CELL_KINDS if kind != "diverged")
    assert by_kind["converged"].min() > max(by_kind[kind].max() for kind in CELL_KINDS if kind != "converged") + 10
    assert all((np.diff(shades) >= 0).all() for shades in light)
    assert light.shape == (len(CELL_KINDS), SHADES)


def test_what_is_not_known_is_transparent():
    columns = np.full((len(CELL_COLUMNS), 2), np.nan)
    columns[0, 1] = CELL_KINDS.index("unfinished")
    assert coloured(columns, 10)[:, 3].tolist() == [0, 255]


def test_a_map_survives_being_stored():
    spec = spec_of()
    assert isinstance(spec, Map)
    assert SPEC.validate_json(spec.model_dump_json(by_alias=True)) == spec
