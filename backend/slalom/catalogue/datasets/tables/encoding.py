"""The bytes of a user's file as text: which encoding they are in, and what is no text at all."""

from __future__ import annotations

import re

from slalom.errors import SpecError

BYTE_ORDER_MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""The longest first; that of UTF-8 is a character like others, and dropped after decoding."""
BYTES_LOOKED_AT = 16_384
"""Bytes that show an encoding which says nothing of itself."""
WESTERN = "windows-1252"
"""What Western spreadsheets write that do not write Unicode; Latin-1 is part of it."""
FOREIGN = 0.4
"""Share of the letters outside ASCII from which on a text is in a script of its own."""
FEWEST_FOREIGN = 8
"""Letters that can show it."""
_OUTSIDE_ASCII = re.compile(rb"[\x80-\xff]")
_LETTER = re.compile(rb"[A-Za-z]")


def encoding_of(text: bytes) -> str:
    """Return the name of the encoding of a text: what its byte order mark says, else UTF-8, else what fits best.

    >>> encoding_of("größe".encode()), encoding_of("größe".encode("latin-1")), encoding_of("a".encode("utf-16"))
    ('utf-8', 'windows-1252', 'utf-16')
    """
    for mark, name in BYTE_ORDER_MARKS.items():
        if text.startswith(mark):
            return name
    start = text[:BYTES_LOOKED_AT]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = start[first::2].count(0), start[1 - first :: 2].count(0)
        if len(start) >= 4 and not others and 2 * zeros > len(start) // 2:
            return name
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return _older(text)
    return "utf-8"


def _older(text: bytes) -> str:
    """Return an encoding of one byte a letter, or of an East Asian script.

    Of Western letters few are outside ASCII; of those of other scripts most.
    """
    lines = [line for line in re.split(rb"[\r\n]+", text[: 4 * BYTES_LOOKED_AT]) if _OUTSIDE_ASCII.search(line)]
    sample = b"\n".join(lines)[:BYTES_LOOKED_AT]
    outside = len(_OUTSIDE_ASCII.findall(sample))
    if outside < FEWEST_FOREIGN or outside < FOREIGN * (outside + len(_LETTER.findall(sample))):
        return WESTERN
    from charset_normalizer import from_bytes

    words = dict.fromkeys(re.findall(rb"[\x80-\xff]+", sample))  # Digits around single words hide what these are.
    found = from_bytes(sample).best() or from_bytes(b"\n".join(words)).best()
    name = found.encoding if found else WESTERN
    try:
        text.decode(name)
    except UnicodeDecodeError:
        return WESTERN
    return name.replace("cp125", "windows-125").replace("_", "-")


def decoded(text: bytes, encoding: str | None = None) -> str:
    """Return text as Unicode, without its byte order mark; its encoding is found where it is not given.

    Raises SpecError where it cannot be decoded, or has a NUL character.
    """
    name = encoding or encoding_of(text)
    try:
        whole = text.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        tried = "neither UTF-8 nor Windows-1252" if name == WESTERN else f"not {name.upper()}"
        raise SpecError(
            f"Line {line} is {tried}: it has the byte 0x{text[error.start]:02x}. "
            'Save the file as UTF-8 (spreadsheets call it "CSV UTF-8").'
        ) from None
    if "\0" in whole:
        line = whole.count("\n", 0, whole.index("\0")) + 1
        raise SpecError(f"Line {line} has a NUL character: this is not a text file. Save it as text, in UTF-8.")
    return whole
