"""Hostile bodies, the same ones every time, over every route and both sockets: nothing is the server's fault."""

import asyncio

import httpx
from bench.bombard import bombard
from bench.server import serving

BODIES, SEED = 1500, 20_000


def test_hostile_bodies_are_refused_and_the_server_stays_well(tmp_path):
    with serving(tmp_path / "log", SLALOM_QUEUE_PER_CLIENT="1000") as server:
        tally = asyncio.run(bombard(server.port, BODIES, SEED))
        assert httpx.get(f"{server.url}/healthz", timeout=60).json()["status"] == "ok"
        print(dict(tally.statuses), dict(tally.codes))
    assert (tally.errors, tally.dropped) == ([], [])
    assert tally.sent >= BODIES
    # Enough came through, and enough was refused, for this to say something.
    assert min(tally.statuses[status] for status in ("200", "400", "422")) > 20
    assert tally.codes["1000"] > 20
    assert "Traceback" not in (tmp_path / "log").read_text(errors="replace")
