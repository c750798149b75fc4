"""Draw the gallery's small pictures from its presets, computed by the engine: ``python -m tests.gallery_pictures``.

Writes ``frontend/gallery/<preset>.svg``, 480 x 300. What stands still has the class of its ink, a trail the number of
its run: the page colours both by its theme; a file that is looked at alone is grey.
"""

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent

ROOT = Path(__file__).parents[1]
WIDTH, HEIGHT, EDGE, BEYOND = 480, 300, 14, 4000
FILLED = ' fill="gray" stroke="none"'
READ = 'import { GALLERY } from "./frontend/state/presets.js"; console.log(JSON.stringify(GALLERY));'
SVG = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 300"'
HEAD = f'<svg {SVG} fill="none" stroke="gray" stroke-width="3" aria-hidden="true">'


def presets():
    """Return the gallery's presets as the page has them."""
    command = ["node", "--input-type=module", "--eval", READ]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def columns_of(spec):
    """Run a spec and return the columns of each of its runs."""
    descent = Descent(Comparison.model_validate(spec))
    blocks = [block for tick in descent for block in tick.blocks]
    return [_joined([block for block in blocks if run in block.runs], run) for run in range(len(spec["runs"]))]


def _joined(blocks, run):
    parts = [block.data[:, block.runs.index(run)] for block in blocks]
    return dict(zip(blocks[0].columns, np.concatenate(parts, axis=1), strict=True))


class Frame:
    """From numbers to the picture's whole pixels."""

    def __init__(self, across, up):
        self.low = np.array([across[0], up[0]], float)
        self.span = np.array([across[1] - across[0], up[1] - up[0]], float)

    def path(self, x, y):
        """Return an SVG path through the points that can be seen, and a little beyond."""
        share = (np.stack([x, y], axis=1) - self.low) / self.span
        points = [EDGE, HEIGHT - EDGE] + share * [WIDTH - 2 * EDGE, 2 * EDGE - HEIGHT]
        whole = np.rint(np.clip(points[np.isfinite(points).all(axis=1)], -BEYOND, BEYOND)).astype(int)
        whole = whole[np.r_[True, np.abs(np.diff(whole, axis=0)).sum(axis=1) > 0]]
        kept = np.r_[True, np.abs(np.diff(whole, axis=0)).sum(axis=1) > 4]
        kept[-1] = True
        return "M" + "L".join(f"{a} {b}" for a, b in whole[kept])


def contours(frame, f, levels):
    """Return one path of the lines of equal height, by marching squares with straight pieces."""
    x = np.linspace(*(frame.low[0] + frame.span[0] * np.array([-0.04, 1.04])), 61)
    y = np.linspace(*(frame.low[1] + frame.span[1] * np.array([-0.06, 1.06])), 41)
    z = f(x[None, :], y[:, None])
    return "".join(frame.path(*np.transpose(piece)) for level in levels for piece in joined(pieces(x, y, z - level)))


def pieces(x, y, z):
    """Yield the straight pieces on which z is 0, two points each."""
    for j, i in np.ndindex(z.shape[0] - 1, z.shape[1] - 1):
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
        ends = []
        for (a, b), (c, d) in pairwise(corners):
            if (z[b, a] > 0) != (z[d, c] > 0):
                t = z[b, a] / (z[b, a] - z[d, c])
                ends.append((round(x[a] + t * (x[c] - x[a]), 9), round(y[b] + t * (y[d] - y[b]), 9)))
        yield from zip(ends[::2], ends[1::2], strict=False)


def joined(found):
    """Join pieces that share an end into lines."""
    near = {}
    for one, other in found:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    while near:
        start = min(near, key=lambda point: (len(near[point]), point))
        line = [start]
        while near.get(line[-1]):
            following = near[line[-1]].pop()
            near[following].remove(line[-1])
            line.append(following)
        near = {point: ends for point, ends in near.items() if ends}
        yield line


def on_map(runs, domain, f, levels):
    """Paths on their landscape."""
    frame = Frame(*domain)
    trails = [[i, frame.path(run["p0"], run["p1"])] for i, run in enumerate(runs)]
    return [["line", contours(frame, f, levels)], *trails]


def on_curve(runs, domain, f, top):
    """Paths on a curve."""
    x = np.linspace(*domain, 61)
    frame = Frame(domain, (f(x).min() - 0.04 * (top - f(x).min()), top))
    trails = [[i, frame.path(run["p0"], f(run["p0"]))] for i, run in enumerate(runs)]
    return [["axis", frame.path(x, f(x))], *trails]


def over_steps(runs, column, up, convert=np.log10, last=None, guides=()):
    """A column of every run over the steps."""
    n = last or max(len(run[column]) for run in runs)
    frame = Frame((0, n), up)
    lines = [["bad", frame.path(np.array([0, n]), np.array([g, g]))] for g in guides]
    for i, run in enumerate(runs):
        picked = np.unique(np.linspace(0, min(n, len(run[column])) - 1, 161).astype(int))
        with np.errstate(divide="ignore", invalid="ignore"):
            lines.append([i, frame.path(picked, convert(run[column][picked]))])
    return lines


def handwriting():
    """Ten digits as they are in the data."""
    from slalom.catalogue.datasets import Digits

    data = Digits(scaling="raw").load()
    inks = {"low": (0.12, 0.45), "slow": (0.45, 0.8), "text": (0.8, 1.01)}
    found = {ink: "" for ink in inks}
    for digit in range(10):
        image = data.inputs[np.flatnonzero(data.targets == digit)[1]].reshape(8, 8) / 16
        left, top = 20 + 92 * (digit % 5), 60 + 98 * (digit // 5)
        for ink, (low, high) in inks.items():
            for row, column in np.argwhere((image >= low) & (image < high)):
                found[ink] += f"M{left + 9 * column} {top + 9 * row}h9v9h-9z"
    return [[f"{ink} filled", path] for ink, path in found.items()]


def drawn(preset):
    """Return the strokes of one preset's picture."""
    name, spec = preset["name"], preset["spec"]
    if name == "digits":
        return handwriting()
    runs = columns_of(spec)
    domain = spec["problem"].get("domain")
    levels = np.geomspace(0.4, 900, 12)
    pictures = {
        "overshoot": lambda: on_curve(runs, (-7.5, 7.5), np.square, 60),
        "valley": lambda: on_map(runs, domain, lambda x, y: x**2 + 10 * y**2, np.geomspace(0.3, 130, 11)),
        "rings": lambda: on_map(runs, domain, lambda x, y: x**2 + 100 * y**2, levels),
        "nesterov": lambda: over_steps(runs, "loss", (-7, 4)),
        "scale": lambda: on_map(runs, domain, lambda x, y: x**2 + 100 * y**2, levels),
        "wells": lambda: on_curve(runs, (-1.8, 2.1), lambda x: x**4 - 2 * x**2 + 0.3 * x, 8),
        "saddle": lambda: over_steps(runs, "loss", (-0.3, 0.5), np.array),
        "rosenbrock": lambda: on_map(
            runs,
            ((-1.6, 1.6), (-0.6, 1.6)),
            lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
            np.geomspace(0.4, 900, 10),
        ),
        "warmup": lambda: over_steps(runs, "loss", (-4, 2)),
        "noise": lambda: over_steps(runs, "loss", (-5, 1.4), last=1500),
        "edge": lambda: over_steps(runs, "sharpness", (0, 60), np.array, guides=(40, 20, 10)),
    }
    return pictures[name]()


def svg_of(strokes):
    """Return strokes as an SVG file; a number is the run that a stroke belongs to, a word its ink."""
    paths = [
        f'  <path class="trail" data-run="{ink}" d="{path}" />'
        if isinstance(ink, int)
        else f'  <path class="{ink}"{FILLED if "filled" in ink else ""} d="{path}" />'
        for ink, path in strokes
    ]
    return "\n".join([HEAD, *paths, "</svg>", ""])


def main():
    folder = ROOT / "frontend" / "gallery"
    folder.mkdir(exist_ok=True)
    for preset in presets():
        file = folder / f"{preset['name']}.svg"
        file.write_text(svg_of(drawn(preset)))
        print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
