"""Which routes are asked whether a request is theirs: those of the same part of the API, or those of none."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send


def part_of(path: str) -> str:
    """Return the part of the API that a path belongs to, "" where it is a page's or a file's.

    >>> part_of("/api/experiments/{id}/stream"), part_of("/api/room"), part_of("/css/style.css")
    ('/api/experiments', '/api/room', '')
    """
    return "/".join(path.split("/", 3)[:3]) if path.startswith("/api/") else ""


def by_parts(router: APIRouter) -> ASGIApp:
    """Return what answers as a router does, and asks no route of another part: for a file that would be a hundred."""
    parts = {
        part: APIRouter(
            routes=[route for route in router.routes if part_of(getattr(route, "path", "")) == part],
            default=router.default,
        )
        for part in {"", *(part_of(getattr(route, "path", "")) for route in router.routes)}
    }

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        part = router.app if scope["type"] == "lifespan" else parts.get(part_of(scope["path"]), router.default)
        await part(scope, receive, send)

    return ask
