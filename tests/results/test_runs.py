"""Results: columns, tables, provenance, and figures that follow the page."""

import json
import math
import re
import subprocess
import sys
import types
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import slalom
from slalom.errors import SlalomError
from slalom.results.floats import with_floats
from slalom.results.provenance import local_provenance
from slalom.results.runs import answered, labels_of, recorded_runs, simulation
from slalom.results.scales import Course, exit_of, loss_scale, share_span
from slalom.results.spec import read_spec
from slalom.results.style import COLORS, DASHES, INK, UNSELECTED, color_of, dash_of, mixed
from slalom.results.table import as_frame
from slalom.wire.frames import Block

FRONTEND = Path(__file__).parents[2] / "frontend"
PALETTE = (FRONTEND / "plot/palette.js").read_text()
SPEC = {
    "problem": {"kind": "bowl"},
    "runs": [
        {"optimizer": {"kind": "sgd", "lr": 0.3}},
        {"optimizer": {"kind": "sgd", "lr": 0.05}, "label": "slow & <b>"},
    ],
    "steps": 400,
}


@pytest.fixture(scope="module")
def result():
    return slalom.simulate(SPEC)


def test_a_run_is_a_mapping_of_columns_and_what_is_known_of_it(result):
    run = result[0]
    assert set(run) == {*run.columns, "params", "label", "index", "value", "seed", "outcome"}
    assert len(run) == len(list(run))
    assert dict(run)["loss"] is run.loss
    assert run.params.shape == (len(run.loss), 2)
    assert run.loss[-1] == math.inf
    assert run["outcome"]["nonfinite"] == run.outcome.nonfinite == len(run.loss) - 1
    assert math.isinf(with_floats({"x": run["loss"].tolist()})["x"][-1])
    with pytest.raises(KeyError, match="'los': a run has loss, lr"):
        run["los"]


def test_a_table_has_a_row_for_every_run_and_entry(result, monkeypatch):
    table = result.table()
    assert {len(column) for column in table.values()} == {sum(len(run.loss) for run in result)}
    assert table["step"][len(result[0].loss) :][:2].tolist() == [0, 1]
    assert list(table)[:3] + list(table)[-2:] == ["run", "label", "step", "p0", "p1"]
    made = types.ModuleType("polars")
    made.DataFrame = dict
    made.__spec__ = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "polars", made)
    assert result.frame("polars")["loss"][0] == result[0].loss[0]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SlalomError, match="There is no pandas here to make a table with"):
        as_frame(table, "pandas")


def test_what_varies_is_in_the_labels():
    spec = read_spec(
        {"problem": {"kind": "bowl"}, "runs": [{}], "seeds": 2, "vary": [{"field": "problem.kappa", "values": [2, 9]}]}
    )
    assert labels_of(spec, spec.lanes())[1:3] == [
        "Gradient descent, lr 0.001, kappa 2, seed 1",
        "Gradient descent, lr 0.001, kappa 9, seed 0",
    ]


@pytest.mark.parametrize("every", [1, 3, 7])
@pytest.mark.parametrize("cuts", [(), (1,), (2, 5, 9), tuple(range(1, 12))])
def test_blocks_are_put_together_wherever_they_are_cut(every, cuts):
    spec = read_spec({"problem": {"kind": "parabola"}, "runs": [{}, {}], "steps": 11})
    names = spec.recorded_columns
    whole = np.arange(len(names) * 2 * 12, dtype=float).reshape(len(names), 2, 12)
    edges = [0, *cuts, 12]
    blocks = [Block(a, (0, 1), names, whole[:, :, a:b]) for a, b in pairwise(edges)]
    found = recorded_runs(spec, blocks, every)
    assert np.array_equal(found[1].columns["loss"], whole[0, 1, ::every])
    assert np.array_equal(found[0].params[:, 0], whole[names.index("p0"), 0, ::every])
    assert all(len(one.columns["loss"]) == 0 for one in recorded_runs(spec, [], every))


def test_an_answer_of_single_precision_keeps_its_bits():
    spec = read_spec({"problem": {"kind": "parabola"}, "runs": [{}], "dtype": "float32"})
    numbers = np.array([0.1, np.inf, np.nan, 1e-45], "f4")
    row = json.loads(json.dumps([one if math.isfinite(one) else str(one) for one in numbers.tolist()]))
    found = answered(spec, {"loss": row, "params": [[one] for one in row]})
    assert found.columns["loss"].tobytes() == numbers.tobytes()
    assert found.params[:, 0].tobytes() == numbers.tobytes()


def test_a_result_says_how_it_was_computed_and_is_computed_again_from_that(result):
    about = result.provenance
    assert (about.version, about.dtype, about.seed, about.experiment) == (slalom.__version__, "float64", 0, None)
    assert f"numpy {np.__version__}" in about.computed_by
    again = slalom.simulate(json.loads(json.dumps(about.spec)))
    assert [run.loss.tobytes() for run in again] == [run.loss.tobytes() for run in result]


def test_in_a_notebook_it_is_a_table_without_markup_of_labels(result):
    text = result._repr_html_()
    assert "slow &amp; &lt;b&gt;" in text
    assert "diverged at step" in text


def test_colours_are_those_of_the_page():
    for theme in ("light", "dark"):
        (colors,) = re.findall(rf"^  {theme}: (\[.*?\]),$", PALETTE, re.M)
        assert tuple(json.loads(colors)) == COLORS[theme]
        inks = re.search(rf"^  {theme}: {{\n(.*?)\n  }},$", PALETTE, re.M | re.S)[1]
        assert {name: dict(re.findall(r'(\w+): "(#\w+)"', inks))[name] for name in INK[theme]._fields} == INK[
            theme
        ]._asdict()
        assert f'{theme}: "{UNSELECTED[theme]}"' in PALETTE
    assert json.loads(re.search(r"DASHES = (.*?);", PALETTE)[1]) == [list(dash) for dash in DASHES]


PAGE_SAYS = f"""
import {{ lossScale, edgeScale }} from "{FRONTEND.as_uri()}/plot/ranges.js";
import {{ styleOf, mix }} from "{FRONTEND.as_uri()}/plot/palette.js";
const numbers = {{ inf: Infinity, nan: NaN }};
const [losses, kinds, cases] = JSON.parse(process.argv[1], (_, x) => numbers[x] ?? x);
const columnsOf = (i) => new Map([["loss", Float64Array.from(losses[i])]]);
const runOf = (i) => ({{ n: 6, columns: columnsOf(i), outcome: {{ kind: kinds[i] }}, step: 0, stride: 1 }});
const scales = cases.map(([several, log, best]) => lossScale(several.map(runOf), log, best));
const styles = [...Array(12).keys()].map((i) => styleOf(i, "light"));
const shareOf = ([low, high]) => edgeScale([{{ low, high, positive: low || high }}]);
const shares = [[0.5, 2], [1, 50], [0, 1e6]].map(shareOf);
console.log(JSON.stringify([scales, styles, shares, mix("#0072b2", "#ffffff", 0.62)]));
"""


def test_runs_look_and_axes_span_as_on_the_page():
    losses = [
        [16.0, 4.0, 1.0, 0.25, 0.01, 0.0],
        [16.0, 1e3, 1e9, 1e30, math.inf, math.nan],
        [16.0, 17.0, 15.0, 1e6, 2.0, 3.0],
        [-3.0, -4.0, 5.0, -6.5, -6.5, -6.5],
    ]
    kinds = ["converged", "diverged", "unfinished", "unfinished"]
    cases = [
        (several, log, best)
        for several in ([0, 1], [0, 2], [1], [3], [0, 3])
        for log in (True, False)
        for best in (None, -7.0)
    ]
    words = [[one if math.isfinite(one) else ("inf" if one > 0 else "nan") for one in row] for row in losses]
    command = ["node", "--input-type=module", "-e", PAGE_SAYS, json.dumps([words, kinds, cases])]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    scales, styles, shares, blend = json.loads(answer.stdout)
    for (several, log, best), expected in zip(cases, scales, strict=True):
        scale = loss_scale([Course(np.array(losses[i]), kinds[i] == "diverged") for i in several], log, best)
        assert [*scale.span, scale.shift] == pytest.approx([*expected["range"], expected["shift"]]), (
            several,
            log,
            best,
        )
    assert [color_of(i, "light") for i in range(12)] == [style["color"] for style in styles]
    dashes = [",".join(f"{length}px" for length in style["dash"]) or "solid" for style in styles]
    assert [dash_of(i) for i in range(12)] == dashes
    found = [share_span([np.array(values, float)]) for values in ([0.5, 2], [1, 50], [0, 1e6])]
    assert [list(span) for span, _ in found] == [pytest.approx(one["range"]) for one in shares]
    assert [log for _, log in found] == [one["log"] for one in shares]
    assert mixed("#0072b2", "#ffffff", 0.62) == blend


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 5, 1], (None, None, "inf")),
        ([1, 5, 20], (2, None, "inf")),
        ([1, 50, 2, 50, math.inf], (3, 4, "inf")),
        ([math.nan], (0, 0, "NaN")),
    ],
)
def test_a_run_leaves_the_picture_where_it_stays_outside(values, expected):
    assert exit_of(np.array(values, float), 10) == expected


def texts(figure):
    return [note.text for note in figure.layout.annotations]


def test_the_figure_of_losses_is_logarithmic_and_says_where_a_run_left(result):
    figure = result.figure()
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis.range[1] < 6
    assert [line.line.color for line in figure.data] == list(COLORS["light"][:2])
    last = len(result[0].loss) - 1
    assert texts(figure)[:2] == ["▲", "∞"]
    assert re.fullmatch(rf"Gradient descent, lr 0.3: off scale at step \d+, inf at step {last}", texts(figure)[2])
    assert not any(np.isinf(np.array(line.y, float)).any() for line in figure.data)
    assert result.figure(theme="dark", log=False).layout.yaxis.type is None


def test_the_other_figures(result):
    share = result.figure("share")
    assert share.data[0].y[0] == pytest.approx(0.3 * 12 / 2)
    assert share.layout.shapes[0].y0 == 1
    path = result.figure("path")
    ways = [("scatter", "path"), ("scatter", "head")] * 2
    assert [(one.type, one.meta) for one in path.data] == [("contour", None), *ways]
    assert list(path.layout.xaxis.range) == list(result.spec.problem.domain[0])
    assert [head.marker.symbol.partition("-")[0] for head in path.data[2::2]] == ["triangle", "square"]
    assert np.abs(path.data[1].y).max() < 1e4
    assert result.figure("grad_norm").layout.yaxis.title.text == "grad norm"
    with pytest.raises(SlalomError, match="There is no picture 'beauty' of these runs"):
        result.figure("beauty")
    line = slalom.simulate({"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"kind": "sign_sgd"}}], "steps": 3})
    assert line.figure("path").data[1].y.tolist() == line[0].loss.tolist()
    with pytest.raises(SlalomError, match="No stability limit is known"):
        line.figure("share")
    many = slalom.simulate({"problem": {"kind": "quadratic", "eigenvalues": [1, 2, 3]}, "runs": [{}], "steps": 3})
    with pytest.raises(SlalomError, match="A path is drawn on a surface of one or two variables"):
        many.figure("path")


def test_the_figure_of_a_network_has_its_batches_faint_and_what_was_measured():
    spec = read_spec(
        {"problem": {"kind": "network", "data": {"kind": "moons"}}, "runs": [{"batch_size": 8}, {}], "steps": 4}
    )
    columns = {name: np.full(5, np.nan, "f4") for name in spec.recorded_columns}
    columns |= {"loss": np.linspace(1, 0.5, 5, dtype="f4"), "train_loss": np.array([1, np.nan, 0.7, np.nan, 0.5], "f4")}
    recorded = [type(recorded_runs(spec, [])[0])(columns, np.empty((5, 0), "f4"))] * 2
    figure = simulation(spec, recorded, [None, None], local_provenance(spec)).figure()
    assert [(line.name, line.line.width, len(line.x)) for line in figure.data] == [
        ("Gradient descent, lr 0.001", 1, 5),
        ("Gradient descent, lr 0.001, training loss", 2, 3),
        ("Gradient descent, lr 0.001", 2, 5),
    ]
