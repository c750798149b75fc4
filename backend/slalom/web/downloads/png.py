"""A picture as a PNG file, with nothing but the standard library (W3C recommendation, 10 November 2003)."""

from __future__ import annotations

import struct
import zlib

import numpy as np


def as_png(pixels: np.ndarray) -> bytes:
    """Return a picture, uint8 of shape (height, width, 4), red, green, blue and opacity, as a PNG file."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 4 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = (_part(b"IHDR", head), _part(b"IDAT", zlib.compress(rows.tobytes())), _part(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
