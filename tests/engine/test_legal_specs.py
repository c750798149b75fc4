"""Hostile but legal specs: whatever the catalogue allows, with boundary values, is computed, judged and written."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import pytest
from legal_specs import legal

from slalom.engine.runners import runner_of
from slalom.wire.frames import encode

COUNT = int(os.environ.get("SLALOM_LEGAL_SPECS", "75"))
SEED = int(os.environ.get("SLALOM_LEGAL_SEED", "0"))
"""How many specs are tried, and which; the settings of a longer search."""
CHUNK = 15
"""Specs of one test."""


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
def test_what_is_legal_is_computed_judged_and_written(first, caplog):
    for number in range(first, min(first + CHUNK, COUNT)):
        spec = legal(random.Random(f"{SEED} {number}"))
        runner = runner_of(spec)
        said: list[Any] = []
        for seq, tick in enumerate(runner.frames()):
            said += [event._asdict() for event in tick.events]
            for block in tick.blocks:
                assert encode(block, seq + 1)
        found = runner.result()
        said += [found.findings, [outcome.model_dump(mode="json") for outcome in found.outcomes or ()]]
        assert "could not be determined" not in json.dumps(said, allow_nan=False), spec.model_dump_json()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
