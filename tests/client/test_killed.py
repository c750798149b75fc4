"""A server that is killed in the middle of a run and started again: whoever waits for the run is told."""

import signal

import httpx
import numpy as np
import pytest

from slalom.client import Client, ClientError

SPEC = {
    "problem": {"kind": "rosenbrock"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-6}}],
    "steps": 1_000_000,
}
"""So many steps that it is on its way for a while on any machine."""


def test_a_run_that_a_killed_server_has_interrupted_is_no_result(serving, tmp_path):
    process, address = serving.start(tmp_path / "slalom.db")
    servers, seen = [process], []

    def kill_once(block):
        seen.append(block)
        if len(servers) == 1:
            servers[0].send_signal(signal.SIGKILL)
            servers[0].wait()
            servers[0].stdout.close()
            again, same = serving.start(tmp_path / "slalom.db", "--port", str(httpx.URL(address).port))
            servers.append(again)
            assert same == address

    try:
        with Client(address) as client:
            with pytest.raises(ClientError, match=r"The server stopped at step .* Start it again; everything") as told:
                client.run(SPEC, progress=False, on_block=kill_once)
            assert told.value.status == 503
            (record,) = client.list()
            assert record["status"] == "interrupted"
            kept = client.trace(record["id"])[0]
            followed = np.concatenate([block.data[block.columns.index("loss"), 0] for block in seen])
            assert np.array_equal(kept.loss[: len(followed)], followed), "Nothing that was streamed is lost."
    finally:
        assert serving.stop(servers[-1]) == 0
