"""The client whose methods are awaited does what the other one does."""

import asyncio

import numpy as np
import pytest

from slalom import AsyncClient, ClientError, simulate

SPEC = {"problem": {"kind": "bowl"}, "runs": [{"optimizer": {"kind": "adam", "lr": 0.1}}], "steps": 30}


def test_an_experiment_from_beginning_to_end(server):
    async def live():
        async with AsyncClient(server) as client:
            here, there = await asyncio.gather(client.simulate(SPEC), client.run(SPEC, progress=False))
            parts = [part async for part in client.follow(there.provenance.experiment)]
            listed = [record["id"] async for record in client.list()]
            with pytest.raises(ClientError, match="There is no experiment"):
                await client.get("nope")
            grid = await client.grid(SPEC, {"run.optimizer.lr": [0.1, 0.2]}, progress=False)
            (previewed,) = [one async for one in client.preview([SPEC])]
            with pytest.raises(ClientError):
                await client.lead({"cursor": {"step": 1}})
            return here, there, parts, listed, grid, previewed

    here, there, parts, listed, grid, previewed = asyncio.run(live())
    assert np.array_equal(grid[0].loss, here[0].loss)
    assert np.array_equal(previewed[0].loss, here[0].loss)
    assert np.array_equal(here[0].loss, simulate(SPEC)[0].loss)
    assert np.array_equal(here[0].loss, there[0].loss)
    assert parts[-1]["type"] == "done"
    assert there.provenance.experiment in listed


def test_a_task_that_is_cancelled_cancels_its_experiment(server):
    async def live():
        async with AsyncClient(server) as client:
            begun = asyncio.get_running_loop().create_future()
            follow = client.follow

            async def told(id, **kwargs):
                begun.set_result(id)
                async for part in follow(id, **kwargs):
                    yield part

            client.follow = told
            task = asyncio.create_task(client.run(SPEC | {"steps": 1_000_000}, progress=False))
            id = await begun
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.get(id, wait=30)

    assert asyncio.run(live())["status"] == "cancelled"
