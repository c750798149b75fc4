"""One HTML file that replays runs on a surface, with the page's own picture and controls: it needs no server.

``frontend/export/replay.js`` writes the same file in a browser, and ``frontend/export/player.js`` is what runs in it.
"""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from slalom.errors import SlalomError
from slalom.wire.arrays import pack_arrays

if TYPE_CHECKING:
    from slalom.results import RunResult, SimulationResult

PLAYER = "export/player.js"
REPLAY_STYLES = ("css/style.css", "css/controls.css", "css/parts.css", "css/transport.css", "css/player.css")
REPLAY_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""The file may do nothing but what is written in it: no network, no other files."""
_UNSEEN = frozenset({"grad_norm", "step_norm"})
"""Columns that only tables show."""
_SHAPES = {1: (400,), 2: (240, 240)}
"""Points of the ground along each variable."""
_WIDEST = 2.5
"""Times its domain that a ground can be shown, so that both axes have one scale."""


def replay_page(result: SimulationResult, title: str, theme: str = "light") -> bytes:
    """Return the file; raises SlalomError for networks, whose pictures a server makes, and without the page's files."""
    if result.spec.problem.is_network:
        raise SlalomError("A replay of a network is saved on the page: Export, Replay. Here, write the losses.")
    from slalom.web.static.bundle import script_of
    from slalom.web.static.files import frontend

    def read(name: str) -> str:
        return (frontend() / name).read_text("utf-8")

    try:
        script, styles = script_of(PLAYER, read).text, "\n".join(map(read, REPLAY_STYLES))
    except OSError as error:
        raise SlalomError(
            f"The files of the page are not here ({error}). They come with: pip install slalom."
        ) from None
    data = json.dumps(packed(recorded(result, title, theme)))
    name = html.escape(f"{title}: replay")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{REPLAY_POLICY}">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<style>
{styles}
</style>
</head>
<body>
<script type="application/json" id="data">{data}</script>
<script type="module">
{_in_script(script)}
</script>
</body>
</html>
""".encode()


def recorded(result: SimulationResult, title: str, theme: str) -> dict[str, Any]:
    """Return what the player shows: the runs, the ground below them, and how it is looked at first."""
    landscape, field = _ground(result)
    last = max(len(run.loss) for run in result) - 1
    view = {"ground": "contour", "hovered": None, "theme": theme, "picture": "data", "fact": "limit", "pair": None}
    view |= {"pauses": False, "ghost": None, "selected": 0, "log": True, "follow": False, "axis": "steps"}
    return {
        "title": title,
        "runs": [_run(i, run) for i, run in enumerate(result)],
        "landscape": landscape,
        "field": field,
        "spec": result.provenance.spec,
        "clock": {"step": last, "last": result.spec.steps, "playing": False, "speed": 1, "live": False},
        "view": view,
        "views": {"experiment": None, "directions": "path", "parameter": 0, "bundles": {}, "refused": {}},
        "events": [],
    }


def packed(value: Any) -> str:
    """Return a value with arrays in it as text that ``frontend/export/pack.js`` unpacks."""
    arrays: list[np.ndarray] = []
    plain = _without(value, arrays)
    planes = {
        str(i): np.frombuffer(one.tobytes(), "u1").reshape(-1, one.itemsize).T.ravel() for i, one in enumerate(arrays)
    }
    whole = pack_arrays({"value": plain, "dtypes": [one.dtype.str for one in arrays]}, planes)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(deflate.compress(whole) + deflate.flush()).decode()


def _without(value: Any, arrays: list[np.ndarray]) -> Any:
    """Return a value with a number in place of every array in it."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"$array": len(arrays) - 1}
    if isinstance(value, Mapping):
        return {key: _without(one, arrays) for key, one in value.items()}
    return [_without(one, arrays) for one in value] if isinstance(value, list | tuple) else value


def _run(index: int, run: RunResult) -> dict[str, Any]:
    columns = {name: np.asarray(column, "<f8") for name, column in run.columns.items() if name not in _UNSEEN}
    columns |= {f"p{i}": np.asarray(run.params[:, i], "<f8") for i in range(run.params.shape[1])}
    outcome = None if run.outcome is None else run.outcome.model_dump(mode="json")
    return {"index": index, "label": run.label, "n": len(run.loss), "outcome": outcome, "columns": columns}


def _ground(result: SimulationResult) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the landscape, and of two variables apart from it a wider one to draw, where both axes have one scale."""
    problem = result.spec.problem
    own = problem.domain
    if problem.dimension == 1:
        return _landscape(problem, own, _SHAPES[1]), None
    if problem.dimension != 2:
        return _landscape(problem, own, (2, 2)), None
    wide = [((low + high) / 2, (high - low) / 2 * _WIDEST) for low, high in own]
    field = _landscape(problem, [(centre - half, centre + half) for centre, half in wide], _SHAPES[2])
    bare = field | {"domain": [list(span) for span in own], "shape": [0, 0], "z": np.empty(0, "<f4")}
    return bare, field


def _landscape(problem: Any, domain: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the heights over the first one or two variables, as POST /api/landscape answers them."""
    from slalom.web.api.catalogue import about

    known = about(problem)
    axes = [np.linspace(low, high, n) for (low, high), n in zip(domain, shape, strict=False)]
    points = np.repeat(np.array(problem.start, float)[:, None], int(np.prod([len(axis) for axis in axes])), axis=1)
    for i, grid in enumerate(np.meshgrid(*axes)):
        points[i] = grid.ravel()
    with np.errstate(all="ignore"):
        heights = np.broadcast_to(problem.functions(np).value(points), points.shape[1:]).astype("<f4")
    return {
        "kind": problem.kind,
        "title": problem.title,
        "help": "",
        "dim": problem.dimension,
        "text": known.pop("formula"),
        **known,
        "mathml": None,
        "domain": [list(span) for span in domain[: len(axes)]],
        "shape": [len(axis) for axis in reversed(axes)],
        "z": heights,
    }


def _in_script(script: str) -> str:
    """Return a script as it can stand between <script> and </script>."""
    return re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE).replace("<!--", r"<\!--")
