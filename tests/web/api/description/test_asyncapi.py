"""The WebSockets describe themselves completely, and what goes over them is as described."""

import json
import re
from pathlib import Path

import pytest
from app_routes import routes_of
from classroom import SECRET, Person
from jsonschema import Draft7Validator, Draft202012Validator
from starlette.routing import WebSocketRoute
from websockets.sync.client import connect

from slalom.settings import Settings
from slalom.web.api.description.asyncapi import CHANNELS, describe_sockets
from slalom.web.app import create_app
from slalom.web.http.message_schemas import MESSAGES

DESCRIPTION = describe_sockets("localhost:8000")
SPEC = {
    "kind": "comparison",
    "problem": {"kind": "parabola"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1.6}}],
    "steps": 2000,
}


def parts(value):
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def at(reference):
    """Return what a reference leads to."""
    found = DESCRIPTION
    for key in reference.removeprefix("#/").split("/"):
        found = found[key]
    return found


def test_it_is_a_description_by_the_schema_of_asyncapi():
    schema = json.loads((Path(__file__).parents[3] / "data/asyncapi/3.0.0.json").read_text())
    validator = Draft7Validator(schema)
    validator.validate(DESCRIPTION)
    (channel,) = (name for name, channel in DESCRIPTION["channels"].items() if "bindings" in channel)
    for broken in (
        DESCRIPTION | {"asyncapi": "2.6.0"},
        DESCRIPTION | {"operations": {"x": {"action": "publish", "channel": {"$ref": "#/channels/room"}}}},
        DESCRIPTION | {"channels": {channel: DESCRIPTION["channels"][channel] | {"adress": "/"}}},
        {name: part for name, part in DESCRIPTION.items() if name != "info"},
    ):
        assert not validator.is_valid(broken)


def test_every_socket_is_a_channel_and_no_other():
    routes = {route.path for route in routes_of(create_app(Settings()), WebSocketRoute)}
    assert {channel["address"] for channel in DESCRIPTION["channels"].values()} == routes
    for channel in DESCRIPTION["channels"].values():
        assert re.findall(r"{(\w+)}", channel["address"]) == list(channel.get("parameters", {}))


def test_every_reference_leads_somewhere():
    references = [one["$ref"] for one in parts(DESCRIPTION) if "$ref" in one]
    assert len(references) > 100
    for reference in references:
        assert at(reference)


def test_every_message_is_in_it_and_sent_or_received():
    names = {model.__name__ for model in MESSAGES} | {"Ack", "PreviewRequest", "StageMessage", "AckMessage", "Frame"}
    assert DESCRIPTION["components"]["messages"].keys() == names
    told = {one["$ref"].rpartition("/")[2] for o in DESCRIPTION["operations"].values() for one in o["messages"]}
    assert told == names
    assert {o["action"] for o in DESCRIPTION["operations"].values()} == {"send", "receive"}
    assert len(DESCRIPTION["operations"]) == 2 * len(CHANNELS)


def test_the_address_of_the_server_is_the_one_that_was_asked(api):
    assert api.get("/asyncapi.json").json()["servers"]["slalom"]["host"] == api.base_url.netloc.decode()
    elsewhere = describe_sockets("x.example", secure=True, prefix="/slalom")["servers"]["slalom"]
    assert [elsewhere[name] for name in ("host", "protocol", "pathname")] == ["x.example", "wss", "/slalom"]


def validator(name):
    return Draft202012Validator(at(f"#/components/schemas/{name}") | {"components": DESCRIPTION["components"]})


def fits(channel, message):
    """Return the messages of a channel that a text is one of."""
    sent = [one["$ref"].rpartition("/")[2] for one in DESCRIPTION["operations"][f"send_{channel}"]["messages"]]
    return [name for name in sent if name != "Frame" and validator(name).is_valid(message)]


def header_of(frame):
    return json.loads(frame[4 : 4 + int.from_bytes(frame[:4], "little")])


def test_a_stream_says_what_is_described(api, server):
    id = api.post("/api/experiments", json=SPEC).json()["id"]
    with connect(f"{server.replace('http', 'ws')}/api/experiments/{id}/stream?ack=0") as socket:
        messages = list(socket)
    for message in messages:
        if isinstance(message, bytes):
            validator("FrameHeader").validate(header_of(message))
    said = [fits("stream", json.loads(message)) for message in messages if isinstance(message, str)]
    assert (said[0], said[-1]) == (["StreamHello"], ["StreamDone"])
    assert said[1:-1]
    assert all(one == ["StreamEvent"] for one in said[1:-1])


@pytest.mark.parametrize(
    ("asked", "answers"),
    [({"id": 1, "spec": SPEC}, {"PreviewDone"}), ({"id": 2, "spec": SPEC | {"steps": 0}}, {"PreviewProblem"})],
)
def test_a_preview_says_what_is_described(server, asked, answers):
    assert validator("PreviewRequest").is_valid(asked) == (asked["spec"]["steps"] > 0)
    with connect(f"{server.replace('http', 'ws')}/api/preview") as socket:
        socket.send(json.dumps(asked))
        said = set()
        while not said & answers:
            message = socket.recv(timeout=60)
            if isinstance(message, bytes):
                assert header_of(message)["request"] == asked["id"]
            else:
                (name,) = fits("preview", json.loads(message))
                said.add(name)
    assert said <= answers | {"PreviewWaiting"}


def test_a_room_says_what_is_described(quiet):
    teacher = Person(quiet(mode="class", token=SECRET), SECRET)
    names = {"stage": "StageState", "room": "RoomState", "problem": "StageProblem", "sync": "StageSync"}
    names |= {"poll": "PollState", "offers": "OfferState"}
    with teacher.live() as ear:
        said = [{"type": "stage", "revision": 0, "change": {"highlight": "loss"}}]
        said += [{"type": "ack", "revision": 0}, {"type": "stage", "revision": -1, "change": {}}]
        for message in said:
            ear.say(**message)
        poll = {"kind": "choice", "question": "Which?", "options": ["a", "b"]}
        assert teacher.post("/polls", json=poll).status_code == 201
        for kind, name in names.items():
            message = ear.hear(kind)
            validator(name).validate(message)
            assert fits("room", message) == [name]
    assert [bool(validator(name).is_valid(said[i])) for i, name in enumerate(("StageMessage", "AckMessage"))] == [
        True,
        True,
    ]
    assert not validator("StageMessage").is_valid(said[2])
