"""How every table is read, and which file it is of: what is stored is read as it was, whatever later rules say."""

import csv
import io
import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns and write down how stored tables are read; released migrations are never edited."""
    op.add_column("dataset", sa.Column("reading", sa.Text))
    op.add_column("dataset", sa.Column("source", sa.String(32)))
    connection = op.get_bind()
    ids = connection.scalars(sa.text("SELECT id FROM dataset WHERE kind = 'csv'")).all()
    for id in ids:
        query = sa.text("SELECT about, text FROM dataset WHERE id = :id")
        about, text = connection.execute(query, {"id": id}).one()
        found = json.loads(about)
        if not found.keys() >= {"about", "columns", "task"}:
            continue
        reading = json.dumps(_reading(found, bytes(text)))
        connection.execute(
            sa.text("UPDATE dataset SET reading = :reading WHERE id = :id"), {"reading": reading, "id": id}
        )
    op.create_index("ix_dataset_source", "dataset", ["source"])


def downgrade() -> None:
    """Forget both columns; readings of another's file are removed, as they have no text of their own."""
    op.execute("DELETE FROM dataset WHERE source IS NOT NULL")
    op.drop_index("ix_dataset_source", "dataset")
    op.drop_column("dataset", "reading")
    op.drop_column("dataset", "source")


def _reading(about: dict, text: bytes) -> dict:
    """Return how a table was read: every column but the last is an input of numbers, the last is predicted."""
    encoding = "utf-16" if text.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    whole = text.decode(encoding, "replace").removeprefix("\ufeff")
    separator = max(",;\t", key=lambda mark: _fitness(whole, mark))
    decimal = "either" if separator == ";" else "."
    numbering = "The first column only counts the rows" in about.get("about", "")
    header = "The first row names the columns." in about.get("about", "")
    width = about["columns"] + numbering
    written = {"decimal": decimal, "thousands": "", "order": "", "on_missing": "drop"}
    columns = [written | {"kind": "number"} for _ in range(width)]
    if numbering:
        columns[0]["kind"] = "ignore"
    if about["task"] == "classes":
        columns[-1]["kind"] = "class"
    why = about["about"].replace(": ", "; ").rpartition("; ")[2].removesuffix(".")
    read = {"why": why, "encoding": encoding, "separator": separator, "said": 0, "comments": False, "header": header}
    return read | {"decimal": decimal, "gaps": False, "target": width - 1, "columns": columns}


def _fitness(whole: str, separator: str) -> tuple:
    """Return what made a separator the right one: several columns of which the most cells are numbers."""
    cells, widths = [], Counter()
    reader = csv.reader(io.StringIO(whole, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    try:
        for _, row in zip(range(50), reader, strict=False):
            cells += row
            widths[len(row)] += any(row)
    except csv.Error:
        pass
    width = widths.most_common(1)[0][0] if widths else 0
    numbers = sum(_is_number(cell.strip(), separator == ";") for cell in cells)
    return width > 1, numbers / max(1, len(cells)), width


def _is_number(cell: str, comma: bool) -> bool:
    if comma and "," in cell and "." not in cell:
        cell = cell.replace(",", ".")
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell
