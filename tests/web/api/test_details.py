"""A part of a long trace: its ends and extremes, however it was stored, and what is not there."""

import httpx
import numpy as np
import pytest

from slalom.wire.frames import decode


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    """A server with an experiment of 40 chunks of 300 entries of two runs; random numbers."""
    with quiet_server(tmp_path_factory.mktemp("house")) as running:
        running.id = running.create(chunks=40, n=300)
        blocks = [decode(chunk.payload) for chunk in running.store.chunks.read(running.id, 0, 100)]
        running.whole = np.concatenate([block.data for block in blocks], axis=2)
        yield running


def ask(house, **query):
    return httpx.get(f"{house.http}/api/experiments/{house.id}/detail", params=query)


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 299), (299, 300), (4567, 5678), (11_990, 99_999), (600, 600)])
def test_few_steps_are_all_there(house, first, last):
    block = decode(ask(house, first=first, last=last).content)
    expected = house.whole[:, :, first : last + 1]
    assert block.columns[0] == "step"
    np.testing.assert_array_equal(block.data[0, 0], np.arange(first, first + expected.shape[2]))
    np.testing.assert_array_equal(block.data[1:], expected)


def test_of_many_steps_the_ends_and_the_extremes_are(house):
    block = decode(ask(house, first=1000, last=9000).content)
    assert block.n == 2000
    expected = house.whole[0, :, 1000:9001]
    for run in range(2):
        steps, loss = block.data[:2, run]
        assert (steps[0], steps[-1]) == (1000, 9000)
        assert (loss.min(), loss.max()) == (expected[run].min(), expected[run].max())
        np.testing.assert_array_equal(loss, house.whole[0, run, steps.astype(int)])


def test_what_is_not_there_is_refused(house):
    for query, status in (({"first": 12_000}, 404), ({"first": 5, "last": 4}, 404), ({"first": -1}, 422)):
        assert ask(house, **query).status_code == status
    spec = '{"kind": "map", "problem": {"kind": "bowl"}, "run": {}, "vary": []}'
    id = house.store.experiments.create(kind="map", name="", spec=spec.replace("[]", VARY), owner="test").id
    assert httpx.get(f"{house.http}/api/experiments/{id}/detail").status_code == 404


VARY = '[{"field": "run.optimizer.lr", "values": [1]}, {"field": "run.optimizer.momentum", "values": [0]}]'
