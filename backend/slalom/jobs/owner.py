"""Who is responsible for an experiment: the identity of a server process, and whether it is surely gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def identity(pid: int | None = None) -> str:
    """Return ``host:pid:start`` of a process, of this one by default; no other process has ever had the same."""
    pid = pid or os.getpid()
    return f"{socket.gethostname()}:{pid}:{_start(pid)}"


def is_gone(owner: str) -> bool:
    """Return whether a process has surely ended; False where it lives, or runs on another host, or cannot be asked."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit() or os.name != "posix":
        return False
    return not _exists(int(rest)) or identity(int(rest)) != owner


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _start(pid: int) -> str:
    """Return when a process started, as far as the system tells: a process id alone is used again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        state, ticks = fields[0], fields[19]
        return "ended" if state in "ZX" else Path("/proc/sys/kernel/random/boot_id").read_text()[:8] + ticks
    except (OSError, IndexError):
        return "0"
