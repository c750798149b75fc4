"""The workbench's picture in a notebook: the way over the surface, the losses, and a clock that plays them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import anywidget
import numpy as np
import traitlets

from slalom.catalogue.base.choice import as_json
from slalom.catalogue.experiments.map import Map
from slalom.catalogue.experiments.recorded import RecordedModel
from slalom.catalogue.problems import AnyProblem
from slalom.engine.lockstep.interfaces import Event
from slalom.errors import SlalomError, SpecError
from slalom.local import run
from slalom.results.grids import GridResult
from slalom.results.runs import RunResult, SimulationResult
from slalom.results.spec import Spec, read_spec
from slalom.settings import Limits, refuse
from slalom.web.api.landscape import Landscape, landscape_frame
from slalom.web.static.bundle import script_of
from slalom.web.static.files import frontend
from slalom.wire.frames import Block, encode

SHAPE = [160, 120]
"""Points of a surface along its variables, until the picture asks for others."""
MOST_ENTRIES = 20_000
"""Entries of a run that are sent to the picture; of longer ones each second, third, ... as it draws no more."""
WIDGET_SHEETS = ("css/style.css", "css/controls.css", "css/transport.css")
"""Of the page; within a widget they are about the widget alone."""
ENTRY = "widget/widget.js"
OF_ALL_RUNS = {"problem", "steps", "seed", "dtype", "device"}
"""What all runs of a spec have in common."""


def _read(path: str) -> str:
    return (frontend() / path).read_text("utf-8")


def widget_script() -> str:
    """Return the module that draws a widget: one that needs no other, and exports what anywidget asks for."""
    return script_of(ENTRY, _read).text.replace("export function", "function") + "export default { render };\n"


def widget_styles() -> str:
    """Return the style sheets of the page, within the widget's element, and those of its own."""
    page = "\n".join(map(_read, WIDGET_SHEETS)).replace(":root", "&").replace("\nhtml {", "\n& {")
    return f".slalom-widget {{\n{page}\n}}\n{_read('widget/widget.css')}"


class Widget(anywidget.AnyWidget):
    """The runs of a result, or of a spec that is computed at once, as the workbench shows them.

    ``Widget(slalom.simulate(spec))``, or ``Widget(spec)``: on a surface the way over it, the losses, and a clock with
    play, pause and a slider. ``widget.step`` and ``widget.playing`` are the clock's, both ways; ``widget.show(other)``
    shows other runs. Networks have their losses alone: what they look like inside is at a server.
    """

    _esm = widget_script()
    _css = widget_styles()

    spec: traitlets.Dict[str, Any] = traitlets.Dict(help="What was computed.").tag(sync=True)
    runs: traitlets.List[dict[str, Any]] = traitlets.List(help="Label and outcome of every run.").tag(sync=True)
    events: traitlets.List[dict[str, Any]] = traitlets.List(help="What happened on the way.").tag(sync=True)
    landscape: traitlets.Bytes = traitlets.Bytes(
        b"", help="The surface as the API answers it; empty of a network."
    ).tag(sync=True)
    frames: traitlets.List[bytes] = traitlets.List(
        help="Every entry of the runs, as the stream of an experiment has them."
    ).tag(sync=True)
    step: traitlets.Int[int, int] = traitlets.Int(0, min=0, help="Where the clock rests.").tag(sync=True)
    playing: traitlets.Bool[bool, bool | int] = traitlets.Bool(False, help="Whether the clock plays.").tag(sync=True)
    theme: traitlets.Enum[str] = traitlets.Enum(("system", "light", "dark"), "system", help="Of the picture.").tag(
        sync=True
    )
    height: traitlets.Int[int, int] = traitlets.Int(320, min=120, max=2000, help="Of each picture, in pixels.").tag(
        sync=True
    )

    def __init__(self, of: SimulationResult | GridResult | Spec, **traits: Any) -> None:
        self.result, shown = _shown(of)
        super().__init__(**shown | traits)
        self.on_msg(self._answer)

    def show(self, of: SimulationResult | GridResult | Spec) -> None:
        """Show a result, or a spec that is computed here and now, from its first entry on."""
        result, shown = _shown(of)
        with self.hold_sync():
            for name, value in shown.items():
                setattr(self, name, value)
        self.result: SimulationResult = result

    def _answer(self, _: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        """Answer a picture that asks for the surface over what it shows; one that cannot be had is told to it, too."""
        asked = {name: content[name] for name in ("domain", "shape")}
        try:
            ground = _ground(self.result.spec.problem, asked)
        except (SlalomError, ValueError) as error:  # ValueError: what was asked is no surface, as pydantic says.
            self.send({"field": content["field"], "refused": str(error)}, [])
            raise
        self.send({"field": content["field"]}, [ground])


def _shown(of: SimulationResult | GridResult | Spec) -> tuple[SimulationResult, dict[str, Any]]:
    """Return the runs that are shown, and the traits that show them, the clock at its beginning."""
    result, events = _result_of(of)
    problem = result.spec.problem
    return result, {
        "spec": _spec_of(result),
        "runs": [_head(run) for run in result],
        "events": [event._asdict() | {"value": _written(event.value)} for event in events],
        "landscape": b"" if problem.is_network else _ground(problem, {"shape": SHAPE}),
        "step": 0,
        "playing": False,
        "frames": [frame for i in range(len(result)) for frame in _frames(result, i)],
    }


def _result_of(of: SimulationResult | GridResult | Spec) -> tuple[SimulationResult, list[Event]]:
    """Return the runs that are shown, and what happened on the way where they are computed for it."""
    if isinstance(of, GridResult):
        return of.result, []
    if isinstance(of, SimulationResult):
        return of, []
    spec, events = read_spec(of), list[Event]()
    if isinstance(spec, Map):
        raise SpecError("A map has no clock. Draw it with slalom.run(spec).figure().", ("kind",))
    return run(spec, on_event=events.append), events


def _ground(problem: AnyProblem | RecordedModel, asked: dict[str, Any]) -> bytes:
    """Return a surface as the pictures read it."""
    wish = Landscape.model_validate(asked | {"problem": problem})
    refuse(Limits(), "landscape_points", math.prod(wish.sides), "The number of points")
    return landscape_frame(wish)


def _spec_of(result: SimulationResult) -> dict[str, Any]:
    """Return the set-up as the pictures read it: every run that was computed as one that is listed."""
    shared = result.spec.model_dump(mode="json", by_alias=True, include=OF_ALL_RUNS)
    return shared | {"runs": [lane.run.model_dump(mode="json", by_alias=True) for lane in result.spec.lanes()]}


def _head(run: RunResult) -> dict[str, Any]:
    return {"label": run.label, "outcome": run.outcome and run.outcome.model_dump(mode="json")}


def _frames(result: SimulationResult, i: int) -> Iterator[bytes]:
    """Yield the entries of a run as a frame, and in one of its own the last entry where that is between two of them."""
    run = result[i]
    last = len(run.loss) - 1
    apart = max(1, math.ceil((last + 1) / MOST_ENTRIES))
    names = (*run.columns, *(f"p{k}" for k in range(run.params.shape[1])))
    data = np.stack([*run.columns.values(), *run.params.T])[:, None]
    yield encode(Block(0, (i,), names, data[..., ::apart], apart * result.every), i + 1)
    if last % apart:
        yield encode(Block(last * result.every, (i,), names, data[..., -1:], apart * result.every), i + 1)


def _written(value: float | None) -> float | str | None:
    return None if value is None else as_json(value)
