"""Routes of training loops that run elsewhere: begun, sent frame by frame, and ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slalom.results.spec import Spec, as_sent

from .answers import ExperimentAnswer
from .route import Call, Request, route, segment

RECORDED_LOOPS = "/api/experiments"


class RecordedRoutes:
    """Methods of recorded loops."""

    @route
    def record(self, spec: Spec, name: str = "") -> Call[ExperimentAnswer]:
        """Create an experiment whose entries will be sent, and return it; ``spec`` is of the kind "recorded"."""
        answer = yield Request("POST", f"{RECORDED_LOOPS}/recorded", json={"spec": as_sent(spec), "name": name})
        return answer.json()

    @route
    def send_frame(self, id: str, frame: bytes) -> Call[None]:
        """Append a frame to an experiment that is recorded; its header has the events of the same entries."""
        yield Request(
            "POST", f"{RECORDED_LOOPS}/{segment(id)}/frames", content=frame, media_type="application/octet-stream"
        )

    @route
    def beat(self, id: str) -> Call[None]:
        """Say that a loop that is recorded goes on, where there is nothing to append for a while."""
        yield Request("POST", f"{RECORDED_LOOPS}/{segment(id)}/beat")

    @route
    def end(self, id: str, status: str = "done", outcomes: Sequence[Any] | None = None) -> Call[ExperimentAnswer]:
        """End an experiment that was recorded, with what came of it, and return it."""
        answer = yield Request(
            "POST", f"{RECORDED_LOOPS}/{segment(id)}/end", json={"status": status, "outcomes": outcomes}
        )
        return answer.json()
