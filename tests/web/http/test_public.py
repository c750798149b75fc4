"""On a public server every route of an experiment or a data set is tried on another's, shared and not."""

import httpx
import pytest
from app_routes import routes_of
from fastapi.routing import APIRoute

from slalom.settings import Settings
from slalom.storage.tables import dataset, experiment
from slalom.web.app import create_app

OF_A_THING = sorted(
    (method, route.path)
    for route in routes_of(create_app(Settings()), APIRoute)
    if route.path.startswith(("/api/experiments/{id}", "/api/datasets/{id}"))
    for method in route.methods - {"HEAD", "OPTIONS"}
)
CHANGES = {
    ("PATCH", ""): {"shared": True},
    ("DELETE", ""): None,
    **{("POST", f"/{what}"): None for what in ("cancel", "pause", "resume", "restore")},
}
"""What changes the thing itself, and what is sent for it."""


@pytest.fixture(scope="module")
def park(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("public"), mode="public", auth=False) as house:
        browsers = [httpx.Client(base_url=house.http, headers={"Origin": house.http}, timeout=30) for _ in range(2)]
        for browser in browsers:
            browser.get("/", headers={"Accept": "text/html"})
        yield house, *browsers
        for browser in browsers:
            browser.close()


@pytest.mark.parametrize("shared", [False, True])
def test_nobody_renames_deletes_cancels_or_forks_away_what_is_anothers(park, shared):
    house, victim, other = park
    spec = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}
    made = victim.post("/api/experiments", json=spec)
    file = victim.post("/api/datasets", content=b"x,y\n1,2\n2,4\n", headers={"Content-Type": "text/csv"})
    things = {"experiments": made.json()["id"], "datasets": file.json()["id"]}
    for name, id in things.items():
        assert victim.patch(f"/api/{name}/{id}", json={"shared": shared}).json()["shared"] is shared
    before = kept(house, things)
    assert len(OF_A_THING) > 20
    for method, template in OF_A_THING:
        name = template.split("/")[2]
        rest = template.removeprefix(f"/api/{name}/{{id}}")
        path = f"/api/{name}/{things[name]}{rest.replace('{kind}', 'data')}"
        body = CHANGES.get((method, rest)) or ({"run": 0, "step": 0} if rest == "/fork" else {"target": "y"})
        answer = other.request(method, path, **({} if method in ("GET", "DELETE") else {"json": body}))
        place = (method, path, answer.status_code, answer.text[:200])
        if not shared:
            assert answer.status_code == 404, place
        elif (method, rest) in CHANGES:
            assert answer.status_code == 403, place
        elif rest in ("", "/fork"):
            assert answer.status_code in (200, 201), place
        assert kept(house, things) == before, place
    assert victim.patch(f"/api/experiments/{things['experiments']}", json={"name": "mine"}).status_code == 200


def kept(house, things):
    with house.store.database.read() as connection:
        return [
            [*connection.execute(table.select().where(table.c.id == things[name]))]
            for table, name in ((experiment, "experiments"), (dataset, "datasets"))
        ]


def test_nobody_lets_the_server_import_a_class(park):
    _, victim, _ = park
    rule = {"kind": "torch", "path": "torch.optim.SGD"}
    spec = {"problem": {"kind": "parabola"}, "runs": [{}, {"optimizer": rule}], "steps": 3}
    made = victim.post("/api/experiments", json=spec | {"runs": [{}]}).json()["id"]
    fork = {"run": 0, "step": 1, "runs": [{"optimizer": rule}]}
    asked = [("/api/experiments", spec), ("/api/simulate", spec), ("/api/simulate/steps", spec), ("/api/script", spec)]
    for route, body in [*asked, (f"/api/experiments/{made}/fork", fork)]:
        answer = victim.post(route, json=body)
        assert (answer.status_code, answer.json()["title"]) == (403, "Not on this server"), route
        assert answer.json()["errors"][0]["loc"][-2:] == ["optimizer", "path"]
        assert "The class torch.optim.SGD is code that would run on this server" in answer.json()["detail"]
    assert "torch" not in {one["kind"] for one in victim.get("/api/catalogue").json()["optimizers"]}
