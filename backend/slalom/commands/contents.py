"""Files as bytes: tables, arrays, pictures, films and pages."""

from __future__ import annotations

import csv as tables
import html
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .outputs import Computed


def csv(table: Mapping[str, Any]) -> bytes:
    """Return a table as CSV; numbers with all their digits, infinities as ``inf``, what is not there as nothing."""
    text = io.StringIO()
    writer = tables.writer(text, lineterminator="\n")
    writer.writerow(table)
    columns = [column.tolist() if isinstance(column, np.ndarray) else column for column in table.values()]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def npz(arrays: Mapping[str, Any], comment: bytes) -> bytes:
    """Return arrays as NPZ, with the comment that makes the page's *Import* take it."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    if comment:
        with zipfile.ZipFile(file, "a") as archive:
            archive.comment = comment
    return file.getvalue()


def page(figures: Iterable[Any], title: str) -> bytes:
    """Return figures as one page that needs no network."""
    parts = [figure.to_html(full_html=False, include_plotlyjs=i == 0) for i, figure in enumerate(figures)]
    name = html.escape(title)
    head = (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>\n</head>\n<body>\n'
    )
    return (head + "\n".join(parts) + "\n</body>\n</html>\n").encode()


def drawn_sheet(format: str, figures: Sequence[Any], content: Computed, title: str, width: float) -> bytes:
    """Return figures on one sheet as a picture or a film."""
    from slalom.figures.film import FILM_DOTS, save_film
    from slalom.figures.sheet import PrintedSheet

    sheet = PrintedSheet(figures, width, title, content.captions)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"slalom.{format}"
        if format in FILM_DOTS:
            save_film(sheet, path, format)
        else:
            sheet.save(path, format, content.provenance)
        return path.read_bytes()
