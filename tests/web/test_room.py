"""What a server accepts and keeps: bounds of the queue and of the store, and room that comes back."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from slalom.storage.quota import ROW

SPEC = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 99}
TRACE = 8 * 8 * 100
"""Bytes of its trace: 8 columns, 100 entries."""


def post(house, spec=SPEC):
    return httpx.post(f"{house.http}/api/experiments", json=spec, timeout=60)


def test_exactly_so_many_are_accepted_however_many_ask_at_once(quiet):
    house = quiet(queue_per_client=20)
    limits = httpx.Limits(max_connections=64)
    with httpx.Client(timeout=60, limits=limits) as client, ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(lambda _: client.post(f"{house.http}/api/experiments", json=SPEC), range(64)))
    refused = [answer.json() for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers].count(201) == 20
    assert len(refused) == 44
    assert {(one["limit"], one["value"], one["setting"]) for one in refused} == {(20, 21, "SLALOM_QUEUE_PER_CLIENT")}


def test_a_fork_stands_in_the_same_queue(quiet):
    house = quiet(queue_per_client=2)
    parent = post(house).json()["id"]
    fork = f"{house.http}/api/experiments/{parent}/fork"
    assert [httpx.post(fork, json={"run": 0, "step": 0}).status_code for _ in range(2)] == [201, 429]


@pytest.mark.parametrize(("setting", "status"), [("store_bytes", 507), ("store_bytes_per_client", 429)])
def test_what_has_no_room_is_refused_with_the_numbers_and_what_to_do(quiet, setting, status):
    size = len(stored(quiet())) + ROW + TRACE
    for spare, answers in ((-1, [201, status]), (0, [201, 201]), (1, [201, 201])):
        house = quiet(**{setting: 2 * size + spare})
        assert [post(house).status_code for _ in range(2)] == answers
        refused = post(house)
        body = refused.json()
        assert refused.status_code == status
        assert (body["limit"], body["setting"]) == (2 * size + spare, f"SLALOM_{setting.upper()}")
        assert body["value"] > body["limit"]
        assert "?purge=true" in body["detail"]
        file = {"content": b"a,b\n" + b"1,2\n3,4\n" * 2000, "headers": {"content-type": "text/csv"}}
        assert httpx.post(f"{house.http}/api/datasets", **file).status_code == status


def stored(house):
    return house.store.experiments.get(post(house).json()["id"]).spec


def test_what_is_purged_is_gone_at_once_and_its_room_is_free(quiet):
    house = quiet(store_bytes=20_000)
    first, second = post(house).json()["id"], post(house).json()["id"]
    assert post(house).status_code == 507
    one = f"{house.http}/api/experiments/{first}"
    assert httpx.delete(one, params={"purge": "true"}).status_code == 204
    assert httpx.post(f"{one}/restore").status_code == 404
    assert house.store.experiments.states([first, second]).keys() == {second}
    assert post(house).status_code == 201


def test_what_was_deleted_gives_way_to_what_is_new(quiet):
    house = quiet(store_bytes=20_000)
    first = post(house).json()["id"]
    post(house)
    httpx.delete(f"{house.http}/api/experiments/{first}")
    house.append(second := house.create(), 100)
    house.finish(second)
    httpx.delete(f"{house.http}/api/experiments/{second}")
    assert post(house).status_code == 201
    assert first not in house.store.experiments.states([first]), "the oldest went"


def test_an_experiment_that_needs_more_than_there_is_fails_with_a_sentence_and_others_go_on(serving, tmp_path):
    """Its kept states are more than what was set aside for its trace."""
    network = {
        "problem": {"kind": "network", "data": {"kind": "moons"}, "hidden": [256, 256]},
        "runs": [{"optimizer": {"kind": "adam"}, "batch_size": 8}],
        "steps": 400,
    }
    process, address = serving.start(tmp_path / "slalom.db", SLALOM_STORE_BYTES="3000000", SLALOM_WORKERS="2")
    try:
        api = f"{address}/api/experiments"
        big, small = (httpx.post(api, json=spec, timeout=60).json()["id"] for spec in (network, SPEC))
        ended = {id: httpx.get(f"{api}/{id}", params={"wait": 60}, timeout=70).json() for id in (big, small)}
    finally:
        serving.stop(process)
    assert ended[small]["status"] == "done"
    assert ended[big]["status"] == "failed"
    assert "at most 3,000,000 are allowed here" in ended[big]["error"]
    assert "SLALOM_STORE_BYTES" in ended[big]["error"]


def test_the_limits_say_what_may_be_stored(quiet):
    limits = httpx.get(f"{quiet(store_bytes=12345).http}/api/limits").json()
    assert limits["store_bytes"] == {"value": 12345, "setting": "SLALOM_STORE_BYTES"}
    assert {"store_bytes_per_client", "free_bytes", "downloads", "landscapes"} < limits.keys()


# Lists


def sweep(n=4096):
    values = [round(0.001 + 1e-5 * i, 6) for i in range(n)]
    return {"problem": {"kind": "bowl"}, "runs": [{}], "vary": [{"field": "run.optimizer.lr", "values": values}]}


OUTCOME = {"kind": "converged", "step": 1, "because": "x" * 600, "evidence": {}}


def test_a_list_of_sweeps_has_no_outcomes_and_few_values(quiet):
    house = quiet()
    for _ in range(40):
        id = house.store.experiments.create(kind="comparison", name="", spec=json.dumps(sweep()), owner="o").id
        house.store.experiments.claim(id, "w")
        house.store.experiments.finish(id, "done", json.dumps([OUTCOME] * 4096))
    began = time.perf_counter()
    answer = httpx.get(f"{house.http}/api/experiments", params={"limit": 40})
    print(f"{len(answer.content):,} bytes in {1e3 * (time.perf_counter() - began):.0f} ms")
    items = answer.json()["items"]
    assert len(answer.content) < 200_000
    assert len({item["id"] for item in items}) == 40
    for item in items:
        assert item["outcomes"] is None
        assert item["outcome_counts"] == {"converged": 4096}
        assert item["spec"]["vary"][0]["values"] == sweep(32)["vary"][0]["values"]
        assert item["abridged"]
    whole = httpx.get(f"{house.http}/api/experiments/{id}").json()
    assert len(whole["outcomes"]) == len(whole["spec"]["vary"][0]["values"]) == 4096


@pytest.mark.parametrize(("n", "whole"), [(31, True), (32, True), (33, False)])
def test_what_is_listed_whole(quiet, n, whole):
    house = quiet()
    id = house.store.experiments.create(kind="comparison", name="", spec=json.dumps(sweep(n)), owner="o").id
    house.store.experiments.claim(id, "w")
    house.store.experiments.finish(id, "done", json.dumps([OUTCOME] * n))
    (item,) = httpx.get(f"{house.http}/api/experiments").json()["items"]
    assert (item["outcomes"] == [OUTCOME] * n) is whole
    assert item["abridged"] is not whole
    assert len(item["spec"]["vary"][0]["values"]) == min(n, 32)
