"""The widget of notebooks: what its picture is given, and that the module that draws it needs nothing else."""

import re

import numpy as np
import pytest

import slalom
from slalom.errors import SlalomError, SpecError
from slalom.widget import MOST_ENTRIES, widget_script, widget_styles
from slalom.wire.container import read_container
from slalom.wire.frames import decode

SPEC = slalom.Comparison(
    problem=slalom.Bowl(), runs=[slalom.Run(optimizer=slalom.Sgd(lr=lr)) for lr in (0.05, 0.3)], steps=60
)


@pytest.fixture(scope="module")
def widget():
    return slalom.Widget(SPEC)


def columns(frame):
    block = decode(frame)
    return block, dict(zip(block.columns, block.data[:, 0], strict=True))


def test_it_is_given_every_number_of_its_runs(widget):
    result = slalom.simulate(SPEC)
    for i, frame in enumerate(widget.frames):
        block, found = columns(frame)
        assert (block.runs, block.step, block.stride) == ((i,), 0, 1)
        assert np.array_equal(found["loss"], result[i].loss)
        assert np.array_equal(np.stack([found["p0"], found["p1"]], axis=1), result[i].params)
    assert [run["label"] for run in widget.runs] == ["Gradient descent, lr 0.05", "Gradient descent, lr 0.3"]
    assert [run["outcome"]["kind"] for run in widget.runs] == [run.outcome.kind for run in result]
    assert {event["kind"] for event in widget.events} >= {"first_rise"}
    header, _ = read_container(widget.landscape)
    assert (header["kind"], header["shape"]) == ("bowl", [120, 160])


def test_what_varies_is_one_run_each_and_a_clock_begins_where_it_is_told():
    grid = slalom.grid(SPEC, {"run.optimizer.momentum": [0, 0.5]}, progress=False)
    shown = slalom.Widget(grid, step=7, height=200, theme="dark")
    assert (shown.step, shown.height, shown.theme, shown.playing) == (7, 200, "dark", False)
    assert [run["optimizer"]["momentum"] for run in shown.spec["runs"]] == [0, 0.5, 0, 0.5]
    assert len(shown.frames) == len(shown.runs) == 4
    assert shown.events == []
    shown.show({"problem": {"kind": "parabola"}, "runs": [{}], "steps": 4})
    assert (shown.step, len(shown.frames), shown.spec["problem"]["kind"]) == (0, 1, "parabola")
    assert read_container(shown.landscape)[0]["shape"] == [160]


def test_thinned_and_long_runs_keep_their_steps():
    long = SPEC.model_copy(update={"runs": [SPEC.runs[0]], "steps": 2 * MOST_ENTRIES})
    frame, end = map(decode, slalom.Widget(slalom.simulate(long, every=1)).frames)
    assert (frame.stride, frame.n, frame.last) == (3, 2 * MOST_ENTRIES // 3 + 1, 2 * MOST_ENTRIES - 1)
    assert (end.n, end.last) == (1, 2 * MOST_ENTRIES), "The last entry is never left out."
    (frame,) = slalom.Widget(slalom.simulate(long, every=10)).frames
    assert (decode(frame).stride, decode(frame).last) == (10, 2 * MOST_ENTRIES)


def test_networks_have_their_losses_and_no_surface():
    network = slalom.Network(data=slalom.Xor(), hidden=[2])
    shown = slalom.Widget(slalom.Comparison(problem=network, runs=[slalom.Run()], steps=2, dtype="float32"))
    assert shown.landscape == b""
    assert "train_loss" in decode(shown.frames[0]).columns


def test_a_picture_that_shows_more_of_the_surface_is_answered(widget, monkeypatch):
    sent = []
    monkeypatch.setattr(widget, "send", lambda content, buffers: sent.append((content, buffers)))
    widget._answer(widget, {"field": 3, "domain": [[-9, 9], [-5, 5]], "shape": [20, 10]}, [])
    ((content, (buffer,)),) = sent
    assert content == {"field": 3}
    assert read_container(buffer)[0]["domain"] == [[-9, 9], [-5, 5]]
    with pytest.raises(SlalomError, match="The number of points is 263,169"):
        widget._answer(widget, {"field": 4, "domain": [[-9, 9], [-5, 5]], "shape": [513, 513]}, [])
    with pytest.raises(ValueError, match="domain"):
        widget._answer(widget, {"field": 5, "domain": "wide", "shape": [20, 10]}, [])
    refused = [content for content, buffers in sent if not buffers]
    assert [content["field"] for content in refused] == [4, 5], "Whoever waits for it hears that it does not come."
    assert "263,169" in refused[0]["refused"]


def test_a_map_has_no_clock():
    vary = [{"field": f"run.optimizer.{name}", "values": [0.1]} for name in ("lr", "momentum")]
    with pytest.raises(SpecError, match=r"Draw it with slalom\.run"):
        slalom.Widget({"kind": "map", "problem": {"kind": "bowl"}, "vary": vary})


def test_the_module_needs_no_other_and_its_style_touches_nothing_else():
    script, styles = widget_script(), widget_styles()
    assert re.findall(r"^import\b|\bimport\(|https?://(?!www\.w3\.org)", script, re.MULTILINE) == []
    assert script.endswith("export default { render };\n")
    depth, outside = 0, ""
    for part in re.split(r"([{}])", re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)):
        depth += {"{": 1, "}": -1}.get(part, 0)
        outside += part if depth == 0 and part not in "{}" else ""
    selectors = [one for one in map(str.strip, outside.splitlines()) if one]
    assert selectors
    assert [one for one in selectors if not one.startswith((".slalom-widget", "@media"))] == []
    assert ":root" not in styles
