"""Stores and files of every earlier revision, served: listed, streamed, downloaded, gone on from, taken again."""

import contextlib
import hashlib
import io
import json
import pickle

import httpx
import numpy as np
import pytest
from earlier import EXPORTED, REVISIONS, answers, older
from websockets.sync.client import connect

from slalom.engine.worker import work
from slalom.storage.tables import chunk, dataset, keep

COMPARED = ("id", "kind", "name", "status", "steps_done", "created")
SAID = ("sweep", "range", "map")
"""Answers that are made of what is stored, and may have become longer."""
PARTS = (
    "trace",
    "map",
    "cell?x=0&y=0",
    "range",
    "findings",
    "sweep",
    "detail?run=0&first=0&count=5",
    "parameters?run=0",
)
PARTS += ("thumbnail", "views/data", "views/boundary", "views/plane")
KINDS = {".json": "application/json"}


def digest(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("revision", REVISIONS)
def test_it_is_listed_streamed_downloaded_forked_and_exported(revision, tmp_path, quiet_server):
    older(revision, tmp_path)
    then = answers(revision)
    with quiet_server(tmp_path) as house, httpx.Client(base_url=house.http, timeout=60) as client:
        listed = [item["id"] for item in client.get("/api/experiments").json()["items"]]
        assert [id for id in listed if id in then["list"]] == then["list"]
        for kind, was in then["experiments"].items():
            url = f"/api/experiments/{was['record']['id']}"
            now = client.get(url).json()
            assert {name: now[name] for name in COMPARED} == {name: was["record"][name] for name in COMPARED}, kind
            assert [one["kind"] for one in now["outcomes"] or []] == was["record"]["outcomes"]
            for download, expected in was["downloads"].items():
                answer = client.get(f"{url}/{download}")
                assert answer.status_code == 200, (kind, download, answer.text)
                # What is said of numbers may be more than then; the numbers are the same.
                assert digest(answer.content) == expected or download in SAID, (kind, download)
            with connect(f"{house.ws}{url}/stream?ack=0") as socket:
                messages = list(socket)
            assert [digest(one) for one in messages if isinstance(one, bytes)] == was["frames"], kind
            assert json.loads(messages[-1])["type"] == "done"
        for id, about in then["datasets"].items():
            assert {name: client.get(f"/api/datasets/{id}").json()[name] for name in ("id", "name")} == {
                name: about[name] for name in ("id", "name")
            }
        goes_on(house, client, then["experiments"])
        comes_back(client, f"/api/experiments/{then['experiments']['comparison']['record']['id']}")


def goes_on(house, client, experiments):
    """Fork a run at an entry, and compute the rest here."""
    for kind in {"comparison", "network", "own table"} & experiments.keys():
        url = f"/api/experiments/{experiments[kind]['record']['id']}"
        made = client.post(f"{url}/fork", json={"run": 0, "step": 5})
        assert made.status_code == 201, made.text
        id = made.json()["id"]
        work(house.settings.store, id)
        record = client.get(f"/api/experiments/{id}").json()
        assert (record["status"], record["error"]) == ("done", None)
        (parent, *_), (fork,) = (client.get(f"{one}/trace").json()["runs"] for one in (url, f"/api/experiments/{id}"))
        assert fork["loss"] == pytest.approx(parent["loss"][5:], rel=1e-5)


def comes_back(client, url):
    """Export an experiment, and import what was exported."""
    for format, kind in (("json", "application/json"), ("npz", "application/octet-stream")):
        exported = client.get(f"{url}/trace", params={"format": format, "spec": "true"}).content
        imported = client.post("/api/experiments/import", content=exported, headers={"Content-Type": kind})
        assert imported.status_code == 201, imported.text
        again = f"/api/experiments/{imported.json()['id']}/trace"
        assert numbers(client.get(again)) == numbers(client.get(f"{url}/trace"))


def numbers(answer):
    """Return the columns of every run, and of what came of it its kind: older outcomes say less."""
    return [run | {"outcome": run["outcome"]["kind"]} for run in answer.json()["runs"]]


@pytest.mark.parametrize("file", EXPORTED, ids=lambda file: file.name)
def test_what_an_earlier_version_exported_is_imported(file, tmp_path, quiet_server):
    with quiet_server(tmp_path) as house, httpx.Client(base_url=house.http, timeout=60) as client:
        kind = KINDS.get(file.suffix, "application/octet-stream")
        made = client.post("/api/experiments/import", content=file.read_bytes(), headers={"Content-Type": kind})
        assert made.status_code == 201, made.text
        assert made.json()["status"] == "done"
        found = client.get(f"/api/experiments/{made.json()['id']}/trace").json()["runs"]
        if file.suffix == ".slalom":
            assert (len(found[0]["loss"]), found[0]["loss"][-1] < found[0]["loss"][0]) == (40, True)
        else:
            was = json.loads(file.with_suffix(".json").read_text())["runs"]
            assert [run["loss"] for run in found] == [run["loss"] for run in was]


class Bomb:
    """What makes a file wherever it is unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return open, (str(self.file), "w")


def bombs(file):
    """The bomb as files of pickles come: alone, as an array, in an archive."""
    yield pickle.dumps(Bomb(file))
    for write in (np.save, lambda buffer, values: np.savez(buffer, loss=values, params=values, length=values)):
        buffer = io.BytesIO()
        write(buffer, np.array([Bomb(file)], object))
        yield buffer.getvalue()


def test_nothing_that_is_stored_is_unpickled(tmp_path, quiet_server):
    older(REVISIONS[-1], tmp_path)
    file = tmp_path / "exploded"
    with quiet_server(tmp_path) as house, httpx.Client(base_url=house.http, timeout=60) as client:
        made = answers(REVISIONS[-1])["experiments"]
        ids = [made[kind]["record"]["id"] for kind in ("comparison", "network", "map")]
        for bomb in bombs(file):
            with house.store.database.write() as connection:
                for column in (chunk.c.payload, keep.c.payload, dataset.c.text):
                    connection.execute(column.table.update().values({column: bomb}))
            for id in ids:
                for part in PARTS:
                    with contextlib.suppress(httpx.TransportError):  # An answer that had begun already is broken off.
                        client.get(f"/api/experiments/{id}/{part}")
                with connect(f"{house.ws}/api/experiments/{id}/stream?ack=0") as socket:
                    assert [*socket]
                fork = client.post(f"/api/experiments/{id}/fork", json={"run": 0, "step": 5})
                if fork.status_code == 201:
                    work(house.settings.store, fork.json()["id"])
            for kind in ("application/json", "application/octet-stream"):
                sent = client.post("/api/experiments/import", content=bomb, headers={"Content-Type": kind})
                assert sent.status_code == 422
        assert client.get("/healthz").status_code == 200
    assert not file.exists()
    pickle.loads(next(bombs(file))).close()
    assert file.exists()
