"""The page in a browser, once a server listens."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from urllib.parse import quote

from slalom.settings import Settings, is_loopback


def wants_browser(settings: Settings) -> bool:
    """Return whether somebody sits here: a terminal on a desktop, and a server for one person."""
    desktop = sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return desktop and sys.stdout.isatty() and settings.mode == "local" and is_loopback(settings.host)


def open_browser(settings: Settings, port: int) -> None:
    """Open the page, with the token that it needs; the browser waits until the server answers."""
    host = settings.host if is_loopback(settings.host) else "127.0.0.1"
    token = f"?token={quote(settings.token.get_secret_value(), safe='')}" if settings.token else ""
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}{settings.base_path}/{token}"
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
