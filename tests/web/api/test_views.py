"""Views over HTTP: a bundle from a warm process, or a refusal that says what there is instead."""

import httpx
import pytest
from kept_networks import LINE, MOONS, train

from slalom.catalogue.views import VIEW_KINDS
from slalom.client import Client
from slalom.engine.views import answer_view
from slalom.storage.store import Store
from slalom.web.api.views import MOST_FRAMES
from slalom.wire.arrays import unpack_arrays

SURFACE = {"problem": {"kind": "parabola"}, "runs": [{}]}


@pytest.fixture(scope="module")
def house(tmp_path_factory, serving):
    """Yield the address of a server, its store, and an experiment in it that was trained and kept by hand."""
    path = tmp_path_factory.mktemp("views") / "slalom.db"
    store = Store.open(f"sqlite:///{path}")
    made = train(store, MOONS, runs=2)
    store.experiments.finish(made.id, "done", "[]")
    process, address = serving.start(path)
    with httpx.Client(base_url=address, timeout=60) as http:
        yield http, store, made.id
    store.close()
    assert serving.stop(process) == 0


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


def test_a_view_is_the_bundle_that_the_engine_makes(house):
    http, store, id = house
    answer = http.get(f"/api/experiments/{id}/views/plane?run=1&frames=5&after=2&directions=random&seed=3")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/octet-stream")
    wish = {"id": id, "kind": "plane", "run": 1, "frames": 5, "after": 2, "directions": "random", "seed": 3}
    assert answer.content == answer_view(store, wish)
    header, arrays = unpack_arrays(answer.content)
    assert (header["run"], header["steps"], header["directions"]) == (1, [3, 5, 7, 9, 12], "random")
    assert (len(answer.content) - sum(values.nbytes + -values.nbytes % 8 for values in arrays.values())) % 8 == 0


def test_the_python_client_decodes_a_view(house):
    http, _, id = house
    with Client(str(http.base_url)) as client:
        header, arrays = client.view(id, "inside", parameter=4)
    assert header["parameter_name"] == "0.weight[2, 0]"
    assert arrays["p_value"].shape == (13,)


def test_the_description_names_every_kind(house):
    http, _, _ = house
    operation = http.get("/openapi.json").json()["paths"]["/api/experiments/{id}/views/{kind}"]["get"]
    (kind,) = (one for one in operation["parameters"] if one["name"] == "kind")
    names = [kind.name for kind in VIEW_KINDS]
    assert ", ".join(names) in kind["description"]
    assert len({*names, "data"}) == len(names) + 1


@pytest.mark.parametrize(("frames", "status"), [(0, 422), (1, 200), (MOST_FRAMES, 200), (MOST_FRAMES + 1, 422)])
def test_frames_are_1_to_200(house, frames, status):
    http, _, id = house
    answer = http.get(f"/api/experiments/{id}/views/boundary?frames={frames}")
    assert answer.status_code == status
    if status == 200:
        assert len(unpack_arrays(answer.content)[0]["steps"]) == min(frames, 13)
    else:
        assert answer.json()["errors"][0]["loc"] == ["query", "frames"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("run=2", "There is no run 2; the runs are 0 to 1."),
        ("run=-1", "query.run"),
        ("after=-2", "query.after"),
        ("directions=up", "query.directions"),
        ("seed=4294967296", "query.seed"),
        ("parameter=-1", "query.parameter"),
        ("parameter=27", "There is no parameter 27; the network has parameters 0 to 26."),
    ],
)
def test_what_is_out_of_range_is_refused_with_what_there_is(house, query, detail):
    http, _, id = house
    status, said = refusal(http.get(f"/api/experiments/{id}/views/inside?{query}"))
    assert status == 422
    assert detail in said


@pytest.mark.parametrize("kind", ["bird", "curve", "samples", "plane%2F..", "PLANE"])
def test_a_view_that_does_not_fit_is_not_found_and_those_that_do_are_named(house, kind):
    http, _, id = house
    status, said = refusal(http.get(f"/api/experiments/{id}/views/{kind}"))
    assert status == 404
    if "%" not in kind:
        assert said == (
            f"There is no view '{kind}' of the experiment {id}. There are: plane, boundary, guesses, surprise, inside."
        )


def test_an_experiment_that_is_absent_deleted_or_no_network_has_no_views(house):
    http, store, _ = house
    assert refusal(http.get("/api/experiments/absent000000/views/plane"))[0] == 404
    gone = train(store, LINE, steps=1).id
    store.experiments.finish(gone, "cancelled", "[]")
    assert http.get(f"/api/experiments/{gone}/views/curve").status_code == 200
    assert http.delete(f"/api/experiments/{gone}").status_code == 204
    assert refusal(http.get(f"/api/experiments/{gone}/views/curve"))[0] == 404
    surface = http.post("/api/experiments", json=SURFACE).json()["id"]
    status, said = refusal(http.get(f"/api/experiments/{surface}/views/plane"))
    assert status == 404
    assert "minimises a parabola" in said


def test_many_viewers_at_once_all_see_the_same(house):
    from concurrent.futures import ThreadPoolExecutor

    http, _, id = house
    with ThreadPoolExecutor(8) as viewers:
        answers = list(viewers.map(lambda _: http.get(f"/api/experiments/{id}/views/plane").content, range(24)))
    assert len(set(answers)) == 1


def test_where_too_many_wait_the_answer_is_busy(quiet):
    here = quiet()
    id = here.create(spec='{"problem": {"kind": "network"}, "runs": [{}]}')
    answer = httpx.get(f"{here.http}/api/experiments/{id}/views/plane")
    assert refusal(answer)[0] == 503
    assert answer.headers["retry-after"] == "2"
