"""What the server says when it starts: where it is, who can do what, and the most important limits."""

from __future__ import annotations

import io
from urllib.parse import quote

from slalom import __version__
from slalom.lan import UNSPECIFIED, lan_address
from slalom.settings import Settings, is_loopback

QR_MARGIN = 2
"""Modules of margin around the code: enough on a screen."""


def banner(settings: Settings, port: int, code: str | None = None) -> str:
    """Return what the server says; ``code`` is that of the room, in class mode."""
    if settings.mode == "class":
        return "\n".join((_of_the_class(settings, port, code or ""), *_about(settings)))
    host = _bracketed(settings.host)
    if settings.token:
        who = "Everybody who has the token can use it: open the address with /?token=... once."
    elif is_loopback(settings.host):
        who = "Only programs and people on this computer can use it."
    else:
        who = "EVERYBODY who reaches this address can use it (--no-auth)."
    address = f"http://{host}:{port}{settings.base_path}/"
    lines = [f"Slalom {__version__}, {settings.mode} mode: {address}", who]
    if settings.public_url:
        lines.append(f"Others open it at {settings.public_url}/")
    return "\n".join((*lines, *_about(settings)))


def _of_the_class(settings: Settings, port: int, code: str) -> str:
    """Return where teacher and students go: the teacher's secret stands behind #, which no browser sends anywhere."""
    host = lan_address() if settings.host in UNSPECIFIED else settings.host
    address = settings.public_url or f"http://{_bracketed(host)}:{port}{settings.base_path}"
    students = f"Students: {address}/join with the code {code}"
    if not settings.auth:
        students = f"Students: {address}/ (--no-auth: EVERYBODY who reaches this address)"
    lines = [f"Slalom {__version__}, class mode: {address}/", students, qr_text(f"{address}/join?code={code}")]
    if settings.token:
        secret = quote(settings.token.get_secret_value(), safe="")
        lines.append(f"Teacher, and nobody else (shown this once): {address}/teach#{secret}")
    if is_loopback(host) and not settings.public_url:
        lines.append("This computer is on no network: students cannot reach it. Connect it, or say --host ADDRESS.")
    return "\n".join(lines)


def qr_text(text: str) -> str:
    """Return a QR code for a terminal."""
    import segno  # Not above: seldom needed, and the start is measured.

    drawn = io.StringIO()
    segno.make_qr(text).terminal(drawn, border=QR_MARGIN, compact=True)
    return drawn.getvalue().rstrip("\n")


def _about(settings: Settings) -> tuple[str, str]:
    limits = (
        f"Limits: {settings.steps:,} steps, {settings.runs} runs, {settings.queue_per_client} waiting experiments each"
    )
    store = settings.store.partition("@")[2] or settings.store
    return f"{limits}; all of them: /api/limits", f"Experiments are kept in {store}. Stop with Ctrl+C."


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
