"""Addresses that somebody writes into the settings: an origin, the path behind a proxy, a proxy, a Ray cluster."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

USUAL_PORT = {"http": 80, "https": 443}
"""The port that an address of a scheme need not name."""
SEGMENT = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+", re.ASCII)
"""What stands between two slashes of a path: RFC 3986 without the semicolon, at which a cookie's path would end."""
HOST_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]*:[0-9a-f:.]*", re.ASCII)
EVERY_PROXY = "*"
"""Whoever connects is a proxy of ours."""


def as_origin(text: str) -> str:
    """Return a web origin as browsers write it: scheme and host in lower case, no usual port.

    >>> as_origin("HTTPS://Class.example:443/")
    'https://class.example'

    Raises ValueError for what is none, ``null`` and ``*`` among it.
    """
    parts = _web_address(text, "an origin, such as https://class.example")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"{text!r} has more than scheme, host and port; an origin is like https://class.example")
    return _origin_of(parts)


def as_public_url(text: str) -> str:
    """Return the address under which others open Slalom, without a slash at its end.

    >>> as_public_url("https://Hub.example/user/ann/proxy/8000/")
    'https://hub.example/user/ann/proxy/8000'

    Raises ValueError for what is none.
    """
    if not text:
        return ""
    parts = _web_address(text, "an address, such as https://class.example/slalom")
    if parts.query or parts.fragment:
        raise ValueError(f"{text!r} has more than scheme, host and path; leave out what begins with ? or #")
    try:
        return _origin_of(parts) + as_root_path(parts.path)
    except ValueError as error:
        raise ValueError(f"{text!r}: {error}") from None


def as_root_path(text: str) -> str:
    """Return the path below which a proxy has Slalom, without a slash at its end; "" for the root.

    >>> as_root_path("/slalom/")
    '/slalom'

    Raises ValueError for what is no such path.
    """
    path = text.removesuffix("/")
    segments = path.split("/")[1:]
    plain = all(SEGMENT.fullmatch(one) and one not in (".", "..") and "%2f" not in one.lower() for one in segments)
    if path and not (path.startswith("/") and plain):
        raise ValueError(f"{text!r} is no path; it begins with a slash and has names between slashes, such as /slalom")
    return path


def as_proxy(text: str) -> str:
    """Return the address of a proxy, or a network of them in CIDR notation; ``*`` stands for whoever connects.

    >>> as_proxy("10.0.0.7/8")
    '10.0.0.0/8'

    Raises ValueError for what is none.
    """
    if text == EVERY_PROXY:
        return text
    try:
        return str(ipaddress.ip_network(text, strict=False) if "/" in text else ipaddress.ip_address(text))
    except ValueError:
        advice = "give an address such as 127.0.0.1, a network such as 10.0.0.0/8, or * for whoever connects"
        raise ValueError(f"{text!r} is no address of a proxy; {advice}") from None


def as_ray_address(text: str) -> str:
    """Return the address of a Ray cluster's head: host and port.

    >>> as_ray_address("head:6379")
    'head:6379'

    Raises ValueError for what is none, and for ``ray://``, over which no server can be part of a cluster.
    """
    host, _, port = text.rpartition(":")
    if text.startswith("ray://"):
        raise ValueError(f"{text!r} is for remote clients; give host and port of the head, such as head:6379")
    if text and not (HOST_NAME.fullmatch(host.strip("[]").lower()) and port.isdigit() and 0 < int(port) < 2**16):
        raise ValueError(f"{text!r} is no address of a Ray cluster; give host and port of its head, such as head:6379")
    return text


def origin_of(url: str) -> str:
    """Return the origin of an address that has been read."""
    return _origin_of(urlsplit(url))


def _web_address(text: str, wanted: str) -> SplitResult:
    """Return the parts of an address with scheme and host; raises ValueError for what is none."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(f"{text!r} is not {wanted}") from None
    if parts.scheme not in USUAL_PORT:
        raise ValueError(f"{text!r} is not {wanted}: it must begin with http:// or https://")
    if not HOST_NAME.fullmatch(host) or port == 0 or "@" in parts.netloc or parts.netloc.endswith(":"):
        raise ValueError(f"{text!r} is not {wanted}: it names no host, or more than host and port")
    return parts


def _origin_of(parts: SplitResult) -> str:
    host = parts.hostname or ""
    port = "" if parts.port in (None, USUAL_PORT[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
