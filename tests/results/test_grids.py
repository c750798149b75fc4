"""Grids: every combination of up to three fields, as arrays with an axis for each."""

import math

import numpy as np
import pytest

import slalom
from slalom.errors import SpecError
from slalom.results.grids import grid_spec

BOWL = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 12}
LR, MOMENTUM, X = "run.optimizer.lr", "run.optimizer.momentum", "run.start.0"


@pytest.fixture(scope="module")
def grid():
    return slalom.grid(BOWL, {LR: [0.05, 0.3], MOMENTUM: np.array([0.0, 0.5, 0.9]), X: range(1, 5)}, progress=False)


def test_a_run_is_where_its_values_say(grid):
    assert grid.shape == grid.kinds.shape == grid.final.shape == (2, 3, 4)
    assert len(grid) == 24
    for place in np.ndindex(grid.shape):
        run = grid[place]
        rule = grid.spec.lanes()[np.ravel_multi_index(place, grid.shape)].run.optimizer
        i, j, k = place
        assert run.value == [[0.05, 0.3][i], [0.0, 0.5, 0.9][j], k + 1]
        assert (rule.lr, rule.momentum, run.params[0, 0]) == tuple(run.value)
        alone = slalom.simulate(BOWL | {"runs": [{"optimizer": rule, "start": [k + 1, *run.params[0, 1:]]}]})[0]
        assert np.array_equal(alone.loss, run.loss)
        assert (grid.kinds[place], grid.final[place]) == (alone.outcome.kind, alone.loss[-1])


def test_traces_are_arrays_too(grid):
    assert grid.loss.shape == (2, 3, 4, 13)
    assert grid.params.shape == (2, 3, 4, 13, 2)
    assert np.array_equal(grid.column("lr")[1, 0, 0], np.full(13, 0.3))
    table = grid.table()
    assert list(table) == [LR, MOMENTUM, X, "kind", "step", "final"]
    assert {len(column) for column in table.values()} == {24}
    assert table[MOMENTUM][:6].tolist() == [0, 0, 0, 0, 0.5, 0.5]
    assert grid.frame("pandas")[X].tolist() == [1, 2, 3, 4] * 6


def test_it_shows_what_came_of_its_runs(grid):
    kinds, counts = np.unique(grid.kinds.astype(str), return_counts=True)
    for kind, count in zip(kinds, counts, strict=True):
        assert f"{count} {kind}" in repr(grid)
        assert f"{count} {kind}" in grid._repr_html_()
    assert "lr × momentum × start[0], 24 values" in grid.spec.title
    assert [run.label for run in grid.result][:2] == [
        "Gradient descent, lr 0.05, momentum 0, start[0] 1",
        "Gradient descent, lr 0.05, momentum 0, start[0] 2",
    ]
    with pytest.raises(IndexError, match="give them all"):
        grid[1, 2]


def test_its_figure_has_the_colours_of_a_map_and_a_picture_for_every_third_value(grid):
    figure = grid.figure("dark").to_dict()
    assert [heat["type"] for heat in figure["data"]] == ["heatmap"] * 4
    assert [title["text"] for title in figure["layout"]["annotations"]] == [f"start[0] {x}" for x in range(1, 5)]
    assert np.array(figure["data"][2]["text"]).tolist() == grid.kinds[:, :, 2].T.tolist()
    flat = {"kind": "map", "problem": BOWL["problem"], "run": BOWL["runs"][0], "steps": BOWL["steps"]}
    axes = {LR: [0.05, 0.3], MOMENTUM: [0.0, 0.5, 0.9]}
    vary = [{"field": field, "values": values} for field, values in axes.items()]
    cells = slalom.run(flat | {"vary": vary}, progress=False).figure().data[0]
    (mine,) = slalom.grid(BOWL, axes, progress=False).figure().data
    np.testing.assert_allclose(mine.z, cells.z, atol=1)
    lines = slalom.grid(BOWL, {LR: [0.05, 0.3]}, progress=False).figure()
    assert [line["type"] for line in lines.to_dict()["data"]] == ["scatter"] * 2


def test_listed_runs_come_first_and_seeds_last_and_shorter_runs_end_with_nan():
    spec = BOWL | {
        "runs": [{"optimizer": {"kind": "sgd"}}, {"optimizer": {"kind": "adam"}}],
        "seeds": 2,
        "seed": 2**32 - 1,
    }
    grid = slalom.grid(spec | {"steps": 800}, {LR: {"from": 0.01, "to": 2.0, "n": 3}}, progress=False)
    assert grid.axes == {"run": [0, 1], LR: [0.01, 1.005, 2.0], "seed": [2**32 - 1, 0]}
    assert (grid.shape, grid[1, 0, 1].seed, grid[1, 0, 1].index) == ((2, 3, 2), 0, 1)
    ended = grid.loss[0, 2, 0]
    assert math.isinf(grid.final[0, 2, 0])
    assert np.isnan(ended[len(grid[0, 2, 0].loss) :]).all()
    assert (grid.kinds[0, 2, 0], grid.steps[0, 2, 0]) == ("diverged", grid[0, 2, 0].outcome.step)


def test_whole_rules_and_their_rates_vary_together():
    rules = [slalom.Sgd(), slalom.Adam()]
    grid = slalom.grid(BOWL, {"run.optimizer": rules, LR: [0.1, 0.2]}, progress=False)
    lanes = grid.spec.lanes()
    assert [(lane.run.optimizer.kind, lane.run.optimizer.lr) for lane in lanes] == [
        ("sgd", 0.1), ("sgd", 0.2), ("adam", 0.1), ("adam", 0.2),
    ]  # fmt: skip
    assert len(grid.table()["run.optimizer"]) == 4
    assert grid.figure().data[0].x == ("sgd", "adam")


@pytest.mark.parametrize(
    ("axes", "sentence", "loc"),
    [
        ({}, "No field varies", ("vary",)),
        ({LR: [0.1], "run.optimizer": [{"kind": "adam"}]}, "run.optimizer vary first", ("vary", 1, "field")),
        ({LR: [0.1], MOMENTUM: [-2.0]}, "run.optimizer.momentum = -2.0 does not fit", ("vary", 1, "values")),
        ({LR: [0.1], "run.optimizer.nope": [2.0]}, "There is no field 'run.optimizer.nope'", ("vary", 1, "field")),
        ({LR: [0.1], "seed": [-1]}, "seed = -1 does not fit", ("vary", 1, "values")),
        ({LR: [0.1], "run.batch_size": [4]}, "no examples to batch", ("vary", 1, "batch_size")),
        ({LR: [0.1], MOMENTUM: [0.1], X: [1], "run.start.1": [1]}, "at most 3", ("vary",)),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(axes, sentence, loc):
    with pytest.raises(SpecError, match=sentence) as refused:
        grid_spec(BOWL, axes)
    assert refused.value.loc == loc


def test_a_field_varies_once():
    vary = [{"field": LR, "values": [0.1]}, {"field": LR, "values": [0.2]}]
    with pytest.raises(SpecError, match="varies twice"):
        slalom.simulate(BOWL | {"vary": vary})


def test_only_comparisons_have_grids():
    with pytest.raises(SpecError, match="A range test has no grid"):
        slalom.grid({"kind": "range_test", "problem": {"kind": "bowl"}}, {LR: [0.1]})


def test_hundreds_of_runs_come_in_one_call():
    axes = {LR: np.geomspace(1e-3, 1, 6), MOMENTUM: np.linspace(0, 0.9, 6), X: np.linspace(-4, 4, 6)}
    grid = slalom.grid(BOWL | {"steps": 60}, axes, progress=False)
    assert grid.loss.shape == (6, 6, 6, 61)
    assert set(grid.kinds.ravel()) >= {"converged", "diverged"}
