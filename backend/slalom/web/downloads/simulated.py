"""A spec computed by a warm process, and its numbers in Python."""

from __future__ import annotations

import asyncio
from typing import Any

from slalom.catalogue.experiments import AnyExperiment
from slalom.jobs.fair_queue import Asker
from slalom.jobs.shared_answers import SharedAnswers
from slalom.jobs.worker_pool import NOBODY
from slalom.web.http.interactive import Allowed, collected
from slalom.wire.frames import decode

from .traces import assemble, trace_as_values


async def simulated(pool: SharedAnswers, spec: AnyExperiment, may: Allowed, asker: Asker = NOBODY) -> dict[str, Any]:
    """Return ``{"runs": [...]}`` as POST /api/simulate answers it, with columns as arrays."""
    frames, final = await collected(pool.request("spec", may.text, asker=asker, seconds=may.seconds))
    return await asyncio.to_thread(_values, spec, frames, final["outcomes"])


def _values(spec: AnyExperiment, frames: list[bytes], outcomes: list[Any]) -> dict[str, Any]:
    return trace_as_values(spec, assemble(spec, map(decode, frames)), outcomes)
