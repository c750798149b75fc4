"""Small pictures of experiments: few entries of few runs, whatever there is."""

import httpx
import numpy as np
import pytest

from slalom.web.api.thumbnails import CHUNKS, RUNS, THUMBNAIL_ENTRIES, outlines
from slalom.wire.frames import Block


def block(step, runs, losses):
    return Block(step, tuple(runs), ("lr", "loss"), np.stack([np.zeros_like(losses), losses]))


def test_a_short_run_is_given_whole():
    (one,) = outlines([block(0, [0], np.array([[3.0, 2.0]])), block(2, [0], np.array([[1.0]]))])
    assert one == {"run": 0, "step": [0, 1, 2], "loss": [3.0, 2.0, 1.0]}


def test_a_long_run_keeps_its_ends_and_its_peak():
    losses = np.ones((1, 5000))
    losses[0, 3210] = 1e9
    (one,) = outlines([block(0, [0], losses)])
    assert len(one["step"]) == len(one["loss"]) == THUMBNAIL_ENTRIES
    assert (one["step"][0], one["step"][-1], max(one["loss"])) == (0, 4999, 1e9)


def test_of_many_runs_some_are_drawn_the_first_and_the_last_among_them():
    runs = [one["run"] for one in outlines([block(0, range(100), np.ones((100, 3)))])]
    assert len(runs) == RUNS
    assert (runs[0], runs[-1]) == (0, 99)


def test_infinities_are_said_in_words():
    (one,) = outlines([block(0, [0], np.array([[1.0, np.inf, np.nan]]))])
    assert one["loss"] == [1.0, "inf", "nan"]


def test_a_run_that_ended_early_has_fewer_entries():
    first, second = outlines([block(0, [0, 1], np.ones((2, 2))), block(2, [1], np.ones((1, 2)))])
    assert (first["step"], second["step"]) == ([0, 1], [0, 1, 2, 3])


def test_what_has_no_losses_has_no_outline():
    assert outlines([Block(0, (0,), ("other",), np.zeros((1, 1, 3)))]) == []


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("house")) as running:
        yield running


def test_an_ended_experiment_is_asked_for_once_and_a_running_one_again(house):
    id = house.create(chunks=3)
    url = f"{house.http}/api/experiments/{id}/thumbnail"
    assert httpx.get(url).headers["cache-control"] == "no-store"
    house.finish(id)
    answer = httpx.get(url)
    assert "immutable" in answer.headers["cache-control"]
    assert [one["step"] for one in answer.json()["runs"]] == [[*range(12)]] * 2


@pytest.mark.parametrize("chunks", [CHUNKS - 1, CHUNKS, CHUNKS + 1, 100])
def test_few_chunks_are_read_and_the_last_one_always(house, chunks):
    id = house.create(chunks=chunks, n=2)
    assert len([*house.store.chunks.sample(id, CHUNKS)]) == min(chunks, CHUNKS)
    runs = httpx.get(f"{house.http}/api/experiments/{id}/thumbnail").json()["runs"]
    assert [(run["step"][0], run["step"][-1]) for run in runs] == [(0, 2 * chunks - 1)] * 2


def test_an_experiment_without_entries_has_no_runs_and_an_unknown_one_no_thumbnail(house):
    assert httpx.get(f"{house.http}/api/experiments/{house.create()}/thumbnail").json() == {"runs": []}
    assert httpx.get(f"{house.http}/api/experiments/{'0' * 16}/thumbnail").status_code == 404


def test_a_list_can_be_searched_with_words_of_bounded_length(house):
    id = house.create(spec='{"problem":{"kind":"parabola"},"runs":[{},{}],"steps":9}')
    house.store.experiments.rename(id, "A quite special one & more")
    url = f"{house.http}/api/experiments"
    assert [one["id"] for one in httpx.get(url, params={"search": "special & parab"}).json()["items"]] == [id]
    assert httpx.get(url, params={"search": "nothing of that name"}).json() == {"items": [], "next": None}
    for length, status in ((99, 200), (100, 200), (101, 422)):
        assert httpx.get(url, params={"search": "a" * length}).status_code == status
    assert httpx.get(url, params={"search": "a\0b"}).status_code == 422
