"""Embed links: who may make one, for what, for how long, and what a guest may do then."""

import httpx
import pytest

TOKEN = "a-long-secret"
ALLOWED = {"frame_ancestors": "https://platform.example"}
SPEC = {"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("embedding"), token=TOKEN, **ALLOWED) as house:
        yield house


@pytest.fixture
def owner(house):
    with httpx.Client(base_url=house.http, headers={"Authorization": f"Bearer {TOKEN}"}) as owner:
        yield owner


def guest_of(house, link):
    """Return what a browser sends that has opened a link: over plain HTTP only browsers send such cookies here."""
    opened = httpx.get(link)
    assert opened.status_code == 303
    cookies = dict(text.partition(";")[0].split("=", 1) for text in opened.headers.get_list("set-cookie"))
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()), "Origin": house.http}
    return opened.headers["location"], httpx.Client(base_url=house.http, headers=headers)


def test_a_guest_of_a_lesson_computes_and_sees_what_is_their_own(house, owner):
    hidden = owner.post("/api/experiments", json=SPEC).json()["id"]
    answer = owner.post("/api/embed", json={"lesson": "momentum"})
    assert (answer.status_code, answer.json()["days"]) == (201, 180)
    path, guest = guest_of(house, answer.json()["url"])
    with guest:
        assert path == "./lessons/momentum"
        assert guest.get(path.removeprefix(".")).status_code == 200
        assert guest.get("/api/room").json()["role"] == "guest"
        assert guest.get("/api/lessons/momentum").status_code == 200
        assert guest.get(f"/api/experiments/{hidden}").status_code == 404
        mine = guest.post("/api/experiments", json=SPEC).json()
        assert mine["mine"]
        assert [one["id"] for one in guest.get("/api/experiments").json()["items"]] == [mine["id"]]
        assert guest.post("/api/embed", json={"lesson": "momentum"}).status_code == 403


def test_an_experiment_is_shared_by_its_link(house, owner):
    id = owner.post("/api/experiments", json=SPEC).json()["id"]
    path, guest = guest_of(house, owner.post("/api/embed", json={"experiment": id, "days": 1}).json()["url"])
    with guest:
        assert path == f"./?experiment={id}"
        assert guest.get(f"/api/experiments/{id}").json()["shared"]
        assert guest.patch(f"/api/experiments/{id}", json={"name": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"lesson": "momentum", "days": 0}, 422),
        ({"lesson": "momentum", "days": 1}, 201),
        ({"lesson": "momentum", "days": 399}, 201),
        ({"lesson": "momentum", "days": 400}, 201),
        ({"lesson": "momentum", "days": 401}, 422),
        ({"lesson": "no-such-lesson"}, 404),
        ({"experiment": "000000000000"}, 404),
        ({"experiment": "../../x"}, 404),
        ({}, 422),
        ({"lesson": "momentum", "experiment": "000000000000"}, 422),
    ],
)
def test_a_link_is_for_one_thing_that_is_there_and_some_days(owner, wish, status):
    assert owner.post("/api/embed", json=wish).status_code == status


@pytest.mark.parametrize("change", [lambda url: url[:-1], lambda url: url.replace("ticket=e", "ticket=f"),
                                    lambda url: url.partition("?")[0], lambda url: url + "x" * 2000])  # fmt: skip
def test_a_link_that_is_not_whole_lets_nobody_in(owner, change):
    url = owner.post("/api/embed", json={"lesson": "momentum"}).json()["url"]
    answer = httpx.get(change(url))
    assert answer.status_code in (403, 422)
    assert "set-cookie" not in answer.headers


def test_a_link_that_has_expired_says_so(house):
    for seconds in (-1, 0):
        ticket = house.app.state.server.visitors.new_ticket("/", seconds)
        answer = httpx.get(f"{house.http}/embed?ticket={ticket}")
        assert (answer.status_code, "expired" in answer.text) == (403, True)


def test_where_no_page_may_show_it_there_is_no_link(quiet):
    answer = httpx.post(f"{quiet().http}/api/embed", json={"lesson": "momentum"})
    assert (answer.status_code, "SLALOM_FRAME_ANCESTORS" in answer.json()["detail"]) == (409, True)


def test_in_public_mode_a_link_is_for_ones_own_experiment(quiet):
    house = quiet(mode="public", auth=False, **ALLOWED)
    other = house.create()
    id = httpx.post(f"{house.http}/api/experiments", json=SPEC).json()["id"]
    assert httpx.post(f"{house.http}/api/embed", json={"experiment": id}).status_code == 201
    assert httpx.post(f"{house.http}/api/embed", json={"experiment": other}).status_code == 404
    house.store.experiments.share(other, True)
    assert httpx.post(f"{house.http}/api/embed", json={"experiment": other}).status_code == 403


def test_the_token_is_kept_within_a_frame_where_a_page_may_show_it(house):
    given = httpx.get(f"{house.http}/", params={"token": TOKEN}).headers["set-cookie"]
    assert given.endswith("HttpOnly; SameSite=None; Secure; Partitioned")
