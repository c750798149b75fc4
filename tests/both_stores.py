"""Fixtures with which the tests of a folder run on every kind of store: its ``conftest.py`` imports them.

It also says in ``pytest_generate_tests`` which ``kind_of_store`` each test is for.
"""

import time

import httpx
import pytest
from house import quiet_on
from postgres import KINDS

HOUSES = 8
"""Databases of Postgres that are used in turn: emptying one is quicker than making another."""
PATIENCE = 120.0
"""Seconds that a real server on a busy machine may take to answer."""
GOING_ON = ("queued", "running")
LONGEST = 600.0
"""Seconds after which an experiment that has not ended is a fault, however busy the machine is."""


class Client(httpx.Client):
    """An HTTP client; where it is to wait for the end of an experiment, it asks until that has come."""

    def get(self, url, *, params=None, **given):
        answer, asked = super().get(url, params=params, **given), time.monotonic()
        while "wait" in (params or ()) and answer.is_success and answer.json()["status"] in GOING_ON:
            assert time.monotonic() - asked < LONGEST, answer.text
            answer = super().get(url, params=params, **given)
        return answer


def client_of(address):
    """Return an HTTP client of a real server; each request has its own connection, which nobody ends meanwhile."""
    return Client(base_url=address, timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0))


def on_every_kind(metafunc, kinds=KINDS):
    """Have a test run on these kinds of store, if it has one at all."""
    if "kind_of_store" in metafunc.fixturenames:
        metafunc.parametrize("kind_of_store", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def kind_of_store(request):
    """The kind of store: SQLite, and Postgres where it is installed."""
    return request.param


@pytest.fixture(scope="session")
def server(kind_of_store, served):
    """Return the address of a real server on a store of that kind."""
    return served(kind_of_store)


@pytest.fixture(scope="session")
def api(server):
    """Yield an HTTP client of that server."""
    with client_of(server) as client:
        yield client


@pytest.fixture(scope="session")
def quiet_server(kind_of_store, request):
    """Return a function that runs a house without workers on a store of that kind, the same one for the same folder."""
    stores = {}

    def quiet_server(folder, **settings):
        if folder not in stores:
            sqlite = kind_of_store == "sqlite"
            name = f"house{len(stores) % HOUSES}"
            stores[folder] = (
                f"sqlite:///{folder}/slalom.db" if sqlite else request.getfixturevalue("postgres").fresh(name)
            )
        return quiet_on(stores[folder], **settings)

    return quiet_server
