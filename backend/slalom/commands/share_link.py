"""A link from *Share* as the spec that is in it; ``frontend/state/link.js`` writes links."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from slalom.errors import SpecError

_VERSION = "1"
_SINGLE = 4
"""The mark of runs in single precision."""
_FNV_START, _FNV_FACTOR, _WORD = 0x811C9DC5, 0x01000193, 2**32 - 1
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TORN = "This link is damaged or cut off: its check does not fit. Copy it once more from Share, whole."


def is_link(text: str) -> bool:
    """Return whether a text is a link, or what of one comes after its ``#``."""
    return text.startswith(("http://", "https://", f"#{_VERSION}."))


def experiment_in(link: str) -> tuple[str, str] | None:
    """Return the address of the server and the id of the experiment that a link names, None where it names none.

    >>> experiment_in("http://127.0.0.1:8000/map?experiment=abc123")
    ('http://127.0.0.1:8000/', 'abc123')
    """
    try:
        parts = urlsplit(link)
    except ValueError as error:
        raise SpecError(f"{link} is no link ({error}). Copy one from Share.") from error
    ids = parse_qs(parts.query).get("experiment")
    if not ids:
        return None
    path = parts.path.rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{path}/", ids[0]


def spec_in(link: str) -> dict[str, Any]:
    """Return the spec that a link holds, as JSON has it; raises SpecError where it is damaged or holds none."""
    state = link.partition("#")[2].partition("&")[0]
    if not state:
        raise SpecError("This link holds no set-up: it has no part after a #. Copy one from Share.")
    version, _, rest = state.partition(".")
    payload, _, check = rest.partition(".")
    if version != _VERSION or check != _check(payload):
        raise SpecError(_TORN)
    try:
        return _spec(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
    except (binascii.Error, UnicodeDecodeError, ValueError, TypeError, IndexError) as error:
        raise SpecError(_TORN) from error


def _spec(value: list[Any]) -> dict[str, Any]:
    problem, runs, steps, seed, _, marks, *more = value
    device = more[0] if more else "auto"
    return {
        "problem": _choice(problem),
        "runs": [_run(run) for run in runs],
        "steps": steps,
        "seed": seed,
        "dtype": "float32" if marks & _SINGLE else "float64",
        "device": device,
    }


def _choice(value: Any) -> dict[str, Any]:
    kind, settings = (value, {}) if isinstance(value, str) else value
    return {"kind": kind, **settings}


def _run(value: list[Any]) -> dict[str, Any]:
    optimizer, schedule, rest = (*value, *[0, {}][len(value) - 1 :])
    return {"optimizer": _choice(optimizer), **({"schedule": _choice(schedule)} if schedule else {}), **rest}


def _check(payload: str) -> str:
    """Return the FNV-1a sum of a payload, 32 bits as 7 characters."""
    total = _FNV_START
    for character in payload:
        total = ((total ^ ord(character)) * _FNV_FACTOR) & _WORD
    digits = ""
    while total:
        total, last = divmod(total, 36)
        digits = _DIGITS[last] + digits
    return digits.rjust(7, "0")
