"""Hostile but legal specs over HTTP: simulated, stored, run to their ends and told, by one server."""

import os
import random

import httpx
import pytest
from legal_specs import legal

COUNT = int(os.environ.get("SLALOM_LEGAL_SPECS", "8"))
SEED = int(os.environ.get("SLALOM_LEGAL_SEED", "0"))
"""How many specs are tried, and which; the settings of a longer search."""
AT_ONCE = 8
PATIENCE = 300
"""Seconds in which so many small experiments end on a busy machine."""


@pytest.fixture(scope="module")
def address(serving, tmp_path_factory):
    process, address = serving.start(tmp_path_factory.mktemp("legal") / "slalom.db")
    try:
        serving.warm(address)
        yield address
    finally:
        assert serving.stop(process) == 0


@pytest.mark.parametrize("first", range(0, COUNT, AT_ONCE))
def test_what_is_legal_is_simulated_stored_and_run_to_its_end(address, first):
    with httpx.Client(base_url=address, timeout=PATIENCE) as client:
        begun = {}
        for number in range(first, min(first + AT_ONCE, COUNT)):
            spec = legal(random.Random(f"http {SEED} {number}"))
            body = spec.model_dump_json(by_alias=True, exclude_unset=True)
            kind = {"Content-Type": "application/json"}
            if spec.kind == "comparison":
                answer = client.post("/api/simulate", content=body, headers=kind)
                assert answer.status_code in (200, 413, 422), (answer.status_code, answer.text, body)
            answer = client.post("/api/experiments", content=body, headers=kind)
            assert answer.status_code == 201, (answer.status_code, answer.text, body)
            begun[answer.json()["id"]] = body
        for id, body in begun.items():
            found = client.get(f"/api/experiments/{id}", params={"wait": PATIENCE}).json()
            assert found["status"] == "done", (found, body)
            assert "could not be determined" not in str(found), body
            assert client.get(f"/api/experiments/{id}/thumbnail").status_code == 200, body
