"""What the program of every earlier revision of the tables wrote: its store, its answers, and what it exported."""

import gzip
import json
from pathlib import Path

STORED = Path(__file__).parent / "data/stored"
REVISIONS = sorted(file.name.partition(".")[0] for file in (STORED / "revisions").glob("*.db.gz"))
EXPORTED = sorted((STORED / "exported").iterdir())
"""Files of the first revision that wrote such a one."""


def older(revision, folder):
    """Write the store of a revision into a folder; return its path."""
    path = folder / "slalom.db"
    path.write_bytes(gzip.decompress((STORED / f"revisions/{revision}.db.gz").read_bytes()))
    return path


def answers(revision):
    """What the server of then answered, of every kind of experiment; bytes as their SHA-256."""
    return json.loads((STORED / f"revisions/{revision}.json").read_text())
