"""Streams: on every kind of store."""

from both_stores import api, kind_of_store, on_every_kind, quiet_server, server  # noqa: F401


def pytest_generate_tests(metafunc):
    """Take them all."""
    on_every_kind(metafunc)
