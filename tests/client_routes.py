"""Every route of the clients, with arguments to call it by, and servers that answer nothing or are busy."""

import inspect
import re
from contextlib import suppress

import httpx

from slalom.client import Client, ClientError
from slalom.client.experiments import ExperimentRoutes
from slalom.client.library import LibraryRoutes
from slalom.client.recorded import RecordedRoutes
from slalom.client.room import RoomRoutes
from slalom.client.route import route

PREFIX = "http://here/user/ada/proxy/8000"
ROUTES = {
    name: member
    for group in (ExperimentRoutes, RecordedRoutes, LibraryRoutes, RoomRoutes)
    for name, member in vars(group).items()
    if isinstance(member, route)
}
GIVEN = {
    "id": "0kz3vq5j8d1c", "spec": {"problem": {"kind": "parabola"}, "runs": [{}]}, "run": 0, "step": 1, "name": "n",
    "ids": ["a", "b"], "data": "a\nb\n", "x": 0, "y": 0, "kind": "plane", "slug": "s", "n": 0, "values": {},
    "title": "t", "text": "t", "problem": {"kind": "parabola"}, "code": "K7MPQ2", "secret": "s", "nickname": "Ada",
    "poll": {"kind": "choice"}, "state": "closed", "value": 0, "challenge": {"preset": "rosenbrock"}, "attempt": {},
    "submission": "a", "frame": b"",
}  # fmt: skip
"""An argument of every name that routes need."""


def arguments(member):
    needed = [p for p in inspect.signature(member.__wrapped__).parameters.values() if p.default is p.empty]
    return [GIVEN[p.name] for p in needed if p.name != "self" and p.kind is p.POSITIONAL_OR_KEYWORD]


def asked(name, member, given=None):
    """The first request of every kind that a route sends to a server that answers nothing."""
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(404, json={"status": 404, "detail": "Nothing."})

    with Client(PREFIX, transport=httpx.MockTransport(answer)) as client, suppress(ClientError, KeyError):
        getattr(client, name)(*(arguments(member) if given is None else given))
    return seen


def matches(template, path):
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)


class Busy:
    """A server that is busy a few times, or does not answer, before it does."""

    def __init__(self, *faults):
        self.faults, self.seen = list(faults), 0

    def __call__(self, request):
        self.seen += 1
        if not self.faults:
            return httpx.Response(200, json={"id": "x", "items": []})
        fault = self.faults.pop(0)
        if isinstance(fault, Exception):
            raise fault
        return fault
