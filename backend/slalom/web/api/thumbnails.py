"""Experiments as small pictures: a few entries of a few runs, made from a few chunks however long it ran."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from slalom.catalogue.experiments import EXPERIMENTS_BY_KIND
from slalom.storage.tables import TERMINAL
from slalom.web.http.dependencies import ServerDep, json_answer, response_schema
from slalom.web.http.stored import ExperimentId
from slalom.web.live.downsample import downsample
from slalom.web.static.files import FOREVER
from slalom.wire.frames import Block, as_list, decode, with_steps

CHUNKS = 64
"""Chunks that are read."""
RUNS = 8
"""Runs that are drawn: of more, some that are evenly spread."""
THUMBNAIL_ENTRIES = 96
"""Entries of a run."""
THUMBNAIL_DIGITS = 4
"""Significant digits of a loss."""

router = APIRouter(prefix="/api/experiments", tags=["experiments"])


@router.get(
    "/{id}/thumbnail", response_class=Response, responses=response_schema("Thumbnail", "A few entries of a few runs.")
)
def get_thumbnail(id: ExperimentId, server: ServerDep) -> Response:
    """Return the losses of an experiment as they are drawn in a list: few runs with few entries each."""
    record = server.store.experiments.get(id)
    has_entries = "trace" in EXPERIMENTS_BY_KIND[record.kind].offers
    blocks = (decode(chunk.payload) for chunk in (server.store.chunks.sample(id, CHUNKS) if has_entries else ()))
    cache = FOREVER.replace("public", "private") if record.status in TERMINAL else "no-store"
    return json_answer({"runs": outlines(blocks)}, headers={"Cache-Control": cache})


def outlines(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Return a few runs of blocks, each with its ends and the extremes of its loss between them."""
    parts: dict[int, list[np.ndarray]] = {}
    for block in blocks:
        if "loss" not in block.columns:
            continue
        whole = with_steps(block)
        places = [whole.columns.index(name) for name in ("step", "loss")]
        losses = whole._replace(columns=("step", "loss"), data=whole.data[places])
        for position, run in enumerate(losses.runs):
            parts.setdefault(run, []).append(losses.data[:, position])
    return [_outline(run, np.concatenate(parts[run], axis=1)) for run in _spread(sorted(parts))]


def _spread(runs: list[int]) -> list[int]:
    return sorted({runs[(len(runs) - 1) * i // (RUNS - 1)] for i in range(RUNS)}) if runs else []


def _outline(run: int, table: np.ndarray) -> dict[str, Any]:
    thin = downsample(Block(0, (run,), ("step", "loss"), table[:, None], 0), THUMBNAIL_ENTRIES).data[:, 0]
    losses = np.array([float(f"{loss:.{THUMBNAIL_DIGITS}g}") for loss in thin[1]])
    return {"run": run, "step": thin[0].astype(int).tolist(), "loss": as_list(losses)}
