"""The API from Python: every route as a method, numbers as floats and arrays, refusals as exceptions.

``Client`` waits for every answer; ``AsyncClient`` has the same methods, each to be awaited.
"""

from __future__ import annotations

from .awaiting import AsyncClient
from .blocking import Client
from .refusal import ClientError

__all__ = ["AsyncClient", "Client", "ClientError"]
