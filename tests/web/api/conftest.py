"""What is asked over HTTP: on every kind of store, where it is about what is stored."""

from both_stores import api, kind_of_store, on_every_kind, quiet_server, server  # noqa: F401
from postgres import KINDS

STORED = ("comparisons", "datasets", "experiments", "findings", "imports", "maps", "recorded", "sweeps", "views")
"""What the store is asked for more than its experiments' records."""


def pytest_generate_tests(metafunc):
    """Take SQLite only where nothing depends on the kind."""
    on_every_kind(metafunc, KINDS if metafunc.module.__name__.rpartition("test_")[2] in STORED else KINDS[:1])
