"""What is asked over HTTP: on every kind of store."""

from both_stores import api, kind, quiet_server, server  # noqa: F401
