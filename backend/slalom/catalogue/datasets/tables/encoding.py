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
EAST_ASIAN = ("gb18030", "big5", "cp932", "euc_jp", "cp949")
"""Encodings of two bytes a letter that spreadsheets write."""
_ONLY_KATAKANA = ("shift_jis", "shift_jis_2004", "shift_jisx0213", "cp932")
"""Those in which nearly every byte is a letter, of half width."""
_NAMES = {"gb18030": "GBK (GB 18030)", "big5": "Big5", "cp932": "Shift-JIS", "cp949": "EUC-KR", "euc-jp": "EUC-JP"}
FEWEST_WORDS, STAND_ALONE = 3, 0.9
"""Words that can show letters of two bytes, and the share of them that stand alone, without a Latin letter or a digit
beside them, as Western letters do not."""
_INSIDE = r"(?<=[^\W\d_])[³¹¿¼¾º£¯](?=[^\W\d_])|(?<!\w)[£¯¥](?=[a-zó])"
"""Signs of Windows-1252 that stand among the letters of a word, where Windows-1250 has letters."""
OTHER_LATIN = (
    ("windows-1250", ((_INSIDE, 2),), "å"),
    ("windows-1250", (("[šžŠŽ]", 2), ("[ìøùòïð]", 3)), "[ãåëæ]"),
    ("windows-1250", (("[õû]", 3), ("[áíó]", 1)), "[ãåëæ]|õe"),
    ("windows-1254", (("[a-z][þð]|[Ýý]", 3), ("[çüÇ]", 1)), "[áéíóúæ]"),
)
"""Encodings of Latin letters; what of which, all of it read as Windows-1252, there is at least so much in each; and
what speaks against it. They are Polish and Romanian, Czech, Hungarian, Turkish."""
HEBREW = re.compile(rb"(?:[^\x80-\xff]|[\xe0-\xfa](?<![\xea\xed\xef\xf3\xf5])|[\xea\xed\xef\xf3\xf5](?![\x80-\xff]))*")
"""No letters but Hebrew ones of Windows-1255, whose final forms stand at the ends of words alone."""
_WORD = re.compile(rb"(?<![\x80-\xff])[\x80-\xff][\x40-\x7e\x80-\xff]*")
_TWO_BYTES = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe])+(?![A-Za-z\x80-\xff])")
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
    if b"\x1b$" in start and _decodes(text, "iso2022_jp"):
        return "iso-2022-jp"
    return "utf-8" if _decodes(text, "utf-8") else _older(text)


def encoding_name(encoding: str) -> str:
    """Return what people call an encoding.

    >>> encoding_name("cp932"), encoding_name("windows-1252"), encoding_name("utf-16")
    ('Shift-JIS', 'Windows-1252', 'UTF-16')
    """
    return _NAMES.get(encoding) or (encoding.capitalize() if encoding.startswith("windows") else encoding.upper())


def _decodes(text: bytes, name: str) -> bool:
    try:
        text.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _older(text: bytes) -> str:
    """Return an encoding of one byte a letter, or of an East Asian script.

    Of Western letters few are outside ASCII; of those of other scripts most.
    """
    lines = [line for line in re.split(rb"[\r\n]+", text[: 4 * BYTES_LOOKED_AT]) if _OUTSIDE_ASCII.search(line)]
    sample = b"\n".join(lines)[:BYTES_LOOKED_AT]
    if not any(map(str.isalpha, set(sample.decode(WESTERN, "ignore")) - set(map(chr, range(128))))):
        return WESTERN  # Signs of currency, degrees, quotes, and blanks that do not break.
    outside = len(_OUTSIDE_ASCII.findall(sample))
    if outside < FEWEST_FOREIGN or outside < FOREIGN * (outside + len(_LETTER.findall(sample))):
        return _east_asian(text, sample) or _latin(text, sample)
    if HEBREW.fullmatch(sample) and len(set(re.findall(rb"[\x80-\xff]+", sample))) >= FEWEST_WORDS:
        return "windows-1255"
    from charset_normalizer import from_bytes

    words = dict.fromkeys(re.findall(rb"[\x80-\xff]+", sample))  # Digits around single words hide what these are.
    found = from_bytes(sample).best() or from_bytes(b"\n".join(words)).best()
    if found and found.encoding in _ONLY_KATAKANA and _is_half_width(str(found)):
        found = from_bytes(sample, cp_exclusion=list(_ONLY_KATAKANA)).best()
    name = found.encoding if found else WESTERN
    if not _decodes(text, name):
        return _east_asian(text, sample) or WESTERN
    return _usual(name, text)


def _latin(text: bytes, sample: bytes) -> str:
    """Return the encoding of Latin letters, one byte each, in which words look like words."""
    read = sample.decode(WESTERN, "replace")
    for name, shown, against in OTHER_LATIN:
        known = all(len(re.findall(what, read)) >= least for what, least in shown)
        if known and not re.search(against, read) and _decodes(text, name):
            return name
    return WESTERN


def _east_asian(text: bytes, sample: bytes) -> str:
    """Return the encoding of two bytes a letter in which words stand between those of ASCII; nothing where none do."""
    words = [(match.start(), match[0]) for match in _WORD.finditer(sample)]
    alone = sum(
        not sample[max(0, at - 1) : at].isalnum() and _TWO_BYTES.match(sample, at) is not None for at, _ in words
    )
    whole = sum(len(_OUTSIDE_ASCII.findall(word)) > 1 for _, word in words)
    if len(words) < FEWEST_WORDS or alone < STAND_ALONE * len(words) or 10 * whole < len(words):
        return ""
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=list(EAST_ASIAN)).best()
    return _usual(found.encoding, text) if found and _decodes(text, found.encoding) else ""


def _usual(name: str, text: bytes) -> str:
    """Return the name of an encoding, of those that are part of each other the one that spreadsheets write."""
    if (
        name == "cp949"
        and _decodes(text, "gb18030")
        and any("\u4e00" <= letter <= "\u9fff" for letter in text.decode(name))
    ):
        name = "gb18030"  # Korean tables have no Chinese signs.
    if name in ("gbk", "gb2312"):
        name = "gb18030"
    return (
        {"johab": "cp949", "euc_kr": "cp949", "cp1125": "cp866"}.get(name, name)
        .replace("cp125", "windows-125")
        .replace("_", "-")
    )


def _is_half_width(text: str) -> bool:
    """Return whether most letters outside ASCII are Katakana of half width, as no table of today has them."""
    outside = [letter for letter in text if letter > "\x7f"]
    return 2 * sum("\uff61" <= letter <= "\uff9f" for letter in outside) > len(outside)


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
