"""A part of a long trace as a frame: what a picture needs that looks closely at some steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.errors import NotFound
from slalom.storage.store import Store
from slalom.web.http.concurrency import in_turn, still_wanted
from slalom.web.http.dependencies import REFUSALS, ServerDep
from slalom.web.http.stored import ExperimentId, stored
from slalom.web.live.overview import Overview, readable
from slalom.wire.frames import Block, steps_of

LAST_STEP = 2**31
EARLIER = 8
"""Chunks before the one in which a step is found that are read too: those of other runs may begin earlier."""

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

_Step = Annotated[int, Query(ge=0, le=LAST_STEP)]
FRAME: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "A frame."},
    **REFUSALS,
}


@router.get("/{id}/detail", response_class=Response, responses=FRAME)
async def get_detail(
    id: ExperimentId, request: Request, server: ServerDep, first: _Step = 0, last: _Step = LAST_STEP
) -> Response:
    """Return the entries from ``first`` to ``last`` as a frame: at most 2,000 of every run, ends and extremes kept."""
    await run_in_threadpool(stored, server.store, id, "trace")
    frame = await in_turn(request, server.downloads, lambda: closely(server.store, id, first, last))
    return Response(frame, media_type="application/octet-stream")


def closely(store: Store, id: str, first: int, last: int) -> bytes:
    """Return a part of a trace as a frame; raises NotFound where it has no such entries."""
    seen = max(0, chunk_of(store, id, first) - 1 - EARLIER)
    part, empty = Overview(seen), True
    while chunks := store.chunks.read(id, seen, 1):
        still_wanted()
        block = readable(chunks[0])
        if block.step > last:
            break
        seen = chunks[0].seq
        for some in between(block, first, last):
            part.add(some)
            empty = False
    if empty:
        sentence = f"The experiment {id} has no entries from {first} to {last} so far. Ask for others."
        raise NotFound("entry", id, sentence)
    part.seq = seen
    return part.frame()


def between(block: Block, first: int, last: int) -> Iterator[Block]:
    """Yield the entries of a block from step ``first`` to ``last``: each run by itself where their steps differ."""
    if block.stride:
        data = block.data[:, :, max(0, first - block.step) : last + 1 - block.step]
        if data.shape[2]:
            yield block._replace(step=max(first, block.step), data=data)
        return
    for place, steps in enumerate(steps_of(block)):
        inside = (steps >= first) & (steps <= last)
        if inside.any():
            data = block.data[:, place : place + 1][:, :, inside]
            yield block._replace(step=int(steps[inside][0]), runs=block.runs[place : place + 1], data=data)


def chunk_of(store: Store, id: str, step: int) -> int:
    """Return the last chunk that begins at a step or before it; chunks are in the order of their steps."""
    low, high = 1, max(1, store.chunks.last(id))
    while low < high:
        middle = (low + high + 1) // 2
        found = store.chunks.read(id, middle - 1, 1)
        if found and readable(found[0]).step <= step:
            low = middle
        else:
            high = middle - 1
    return low
