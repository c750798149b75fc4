"""Range tests, maps and sweeps as results: what they say, their tables and their figures."""

import math

import numpy as np
import pytest

import slalom
from slalom.analysis.sweep import summarize
from slalom.catalogue.experiments.map import CELL_KINDS
from slalom.engine.descent import Descent
from slalom.errors import SlalomError
from slalom.results.floats import with_floats
from slalom.results.spec import read_spec
from slalom.results.style import INK
from slalom.results.sweeps import SweepResult

RANGE = {"kind": "range_test", "problem": {"kind": "bowl"}, "run": {}, "steps": 200, "seeds": 2, "lr_to": 10}
MAP = {
    "kind": "map",
    "problem": {"kind": "bowl"},
    "run": {"optimizer": {"kind": "sgd"}},
    "steps": 60,
    "vary": [
        {"field": "run.optimizer.lr", "from": 0.01, "to": 1, "n": 6, "scale": "log"},
        {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 4},
    ],
}


def test_a_range_test_has_a_rate_its_reason_and_a_figure():
    found = slalom.run(RANGE).findings
    assert found.lr == found["recommended"]["lr"]
    assert found.because in repr(found)
    assert found.suggestions["sweep"] is not None
    assert set(found.band) == {"lr", "min", "low", "median", "high", "max"}
    assert len(found.climbs) == 2
    figure = found.figure()
    used = [line for line in figure.data if line.name and line.name.endswith(", to use")]
    assert {line.x[0] for line in used} == {found.lr}
    assert {line.line.color for line in used} == {INK["light"].good}
    with pytest.raises(SlalomError, match="that of a spec"):
        found.apply(None)
    assert figure.layout.xaxis.type == "log"
    assert [shape.type for shape in figure.layout.shapes] == ["rect"]
    assert len(found.table()["name"]) == len(found["rules"]) == 9
    assert found._repr_html_().startswith("<p>")


def test_where_no_rate_trains_there_is_a_reason_and_still_a_figure():
    spec = RANGE | {"problem": {"kind": "formula", "text": "log(x)"}, "run": {"start": [1e-300]}, "seeds": 1}
    found = slalom.simulate(spec).findings
    assert found.lr is None
    assert found.because
    assert found.figure().data


def test_a_map_has_its_cells_in_words_colours_and_rows():
    found = slalom.run(MAP)
    assert found.columns["kind"].shape == found.kinds.shape == (4, 6)
    assert found.kinds[0, 0] == CELL_KINDS[int(found.columns["kind"][0, 0])]
    table = found.table()
    assert table["run.optimizer.lr"][7] == found.x[1]
    assert table["run.optimizer.momentum"][7] == found.y[1]
    heat, border, *colors = found.figure().data
    assert np.array(heat.z).shape == (4, 6)
    assert heat.colorscale[0][1] == "rgb(196,186,112)"
    assert border.line.dash == "dash"
    assert {one.name for one in colors} == set(found.kinds.ravel())
    assert found.figure().layout.xaxis.type == "log"
    assert "diverged" in repr(found)
    assert "<td>diverged</td>" in found._repr_html_()


def test_a_sweep_has_its_best_value_and_crosses_where_runs_diverged():
    vary = [{"field": "run.optimizer.lr", "values": [0.01, 0.1, 0.5]}]
    spec = read_spec(
        {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd"}}], "steps": 400, "vary": vary}
    )
    descent = Descent(spec)
    blocks = [block for tick in descent for block in tick.blocks]
    outcomes = [outcome.model_dump(mode="json") for outcome in descent.outcomes]
    found = SweepResult(with_floats(summarize(spec, lambda: blocks, outcomes)))
    assert found.best == 0.1
    assert "0.1" in found.because
    assert math.isinf(found.table()["final"][2])
    line, crosses = found.figure().data
    assert np.isnan(line.y[2])
    assert (crosses.x, crosses.marker.symbol) == ((0.5,), "x")
    assert "<td>run 1</td><td>0.1</td>" in found._repr_html_()
    assert repr(found) == "<sweep of run.optimizer.lr: 3 values, best 0.1>"
    assert found.figure().layout.xaxis.title.text == "lr"


def test_the_axis_of_a_sweep_is_what_varies():
    def drawn(**about):
        spec = read_spec({"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "sgd"}}], "steps": 4} | about)
        descent = Descent(spec)
        blocks = [block for tick in descent for block in tick.blocks]
        outcomes = [outcome.model_dump(mode="json") for outcome in descent.outcomes]
        figure = SweepResult(with_floats(summarize(spec, lambda: blocks, outcomes))).figure()
        return figure.layout.xaxis.title.text, figure.data[0].x

    two = [{"field": f"run.optimizer.{name}", "values": [0.1, 0.2]} for name in ("lr", "momentum")]
    assert drawn(vary=two) == ("lr × momentum", ("0.1, 0.1", "0.1, 0.2", "0.2, 0.1", "0.2, 0.2"))
    assert drawn(vary=[{"field": "run.start.0", "values": [1, 2]}])[0] == "start[0]"
    assert drawn(runs=[{}, {}]) == ("run", ("1",))


@pytest.mark.parametrize("progress", [True, False])
def test_a_bar_is_drawn_where_it_is_wanted_and_on_standard_error(capsys, progress):
    slalom.run(MAP, progress=progress)
    said = capsys.readouterr()
    assert said.out == ""
    assert bool(said.err) is progress
