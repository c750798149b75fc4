"""A house without workers for the tests of the web: see ``tests/house.py``."""

from contextlib import ExitStack

import pytest
from house import quiet_on


@pytest.fixture(scope="session")
def quiet_server():
    """Return a function that runs such a server on a folder, for as long as its context lasts."""
    return lambda folder, **settings: quiet_on(f"sqlite:///{folder}/slalom.db", **settings)


@pytest.fixture
def quiet(tmp_path_factory, quiet_server):
    """Return a function that starts such a server with some settings; all of them end with the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(quiet_server(tmp_path_factory.mktemp("house"), **settings))
