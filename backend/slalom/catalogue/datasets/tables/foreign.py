"""Files of other programs that are no tables of text: Weka's are read, of all others is said how to save them."""

from __future__ import annotations

import re

from slalom.errors import SpecError

_SAVE = 'Open it in the program that made it, and save the table as CSV (spreadsheets call it "CSV UTF-8").'
_SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook (.xlsx), or another packed file",
    b"\xd0\xcf\x11\xe0": "an Excel workbook (.xls)",
    b"\x1f\x8b": "packed (.gz)",
    b"BZh": "packed (.bz2)",
    b"\xfd7zXZ": "packed (.xz)",
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow",
    b"\x89HDF": "HDF5",
    b"\x93NUMPY": "a NumPy array (.npy)",
    b"\x80\x04\x95": "a Python pickle",
    b"SQLite format 3": "an SQLite database",
    b"MATLAB 5.0": "a MATLAB file (.mat)",
    b"$FL2": "an SPSS file (.sav)",
    b"<stata_dta>": "a Stata file (.dta)",
    b"%PDF": "a PDF",
    b"{\\rtf": "a text document (.rtf)",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}
"""How files begin that are no text."""
_MARKUP = {r"<": "HTML or XML", r"[\[{]\s*[\[{\"]": "JSON"}
_END_OF_ROW = re.compile(r"\\\\(?:\[[^]]*\])?\s*(?:\\[a-z]+(?:\{[^}]*\})?\s*)*$")
_RULES = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|cline\{[^}]*\})")
_AMPERSAND = re.compile(r"\s*(?<!\\)&\s*")
_OUTSIDE = ("\\begin", "\\end", "\\caption", "\\label", "\\centering")
_SPARSE = re.compile(rb"\s*[-+\d.,eE]+(?:\s+\d+:[-+\d.eE]+)+\s*$")
_DATA = re.compile(r"^[ \t]*@data[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ATTRIBUTE = re.compile(r"^[ \t]*@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))", re.IGNORECASE | re.MULTILINE)


def check_is_text(content: bytes) -> None:
    """Raise SpecError where a file is of a kind that another program has to turn into a table first."""
    for signature, what in _SIGNATURES.items():
        if content.startswith(signature):
            raise SpecError(f"This file is {what}, not text. {_SAVE}")
    start = content[:1024].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    for signature, what in _MARKUP.items():
        if re.match(signature, start):
            raise SpecError(f"This file is {what}, not a table. Give one row for every example, with commas between.")
    line = content.split(b"\n", 1)[0].rstrip(b"\r")
    if _SPARSE.match(line):
        raise SpecError(
            "This file is LIBSVM's: it names the number of every value that is not 0. Give one column for every value, "
            "with the zeros."
        )


def without_latex(whole: str) -> str:
    r"""Return the rows of a table of LaTeX with tabs between their cells; any other text as it is.

    >>> without_latex("\\toprule\nx & y \\\\ \\hline\n1 & 2 \\\\\n")
    '\nx\ty\n1\t2\n'
    """
    if "\\\\" not in whole or "&" not in whole:
        return whole
    lines = whole.splitlines()
    rows = sum("&" in line and _END_OF_ROW.search(line) is not None for line in lines)
    if not 2 * rows > sum(bool(line.strip()) for line in lines) > 0:
        return whole
    bare = (_RULES.sub("", _END_OF_ROW.sub("", line)).strip() for line in lines)
    return "\n".join("" if line.startswith(_OUTSIDE) else _AMPERSAND.sub("\t", line) for line in bare) + "\n"


def with_attributes_as_header(whole: str) -> str:
    r"""Return a file of Weka, which describes its columns one by one, with a header instead; any other as it is.

    >>> with_attributes_as_header("@RELATION a\n@ATTRIBUTE 'x y' REAL\n@ATTRIBUTE k {u,v}\n@DATA\n1,u\n")
    '\n\n\n"x y","k"\n1,u\n'
    """
    start = _DATA.search(whole)
    names = _ATTRIBUTE.findall(whole, 0, start.start()) if start else []
    if start is None or not names:
        return whole
    header = ",".join('"' + "".join(name).replace('"', '""') + '"' for name in names)
    return "\n" * whole[: start.start()].count("\n") + header + whole[start.end() :]
