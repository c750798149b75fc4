"""What a package index is told: the README, with addresses that lead somewhere from there.

``SLALOM_SOURCE`` is the address of the repository that a release is made from. With it, pictures and links of the
README are addresses within that repository, and the project has its URLs. Without it, there is nowhere to point to:
pictures are left out, and links are their text.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?:)([^)]+)\)\n\n?", re.M)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)]+)\)")


def told_elsewhere(text: str, source: str | None) -> str:
    """Return a README as it is read where its repository is not: ``source`` is that repository's address."""
    if source is None:
        return LINK.sub(r"\1", PICTURE.sub("", text))
    text = PICTURE.sub(lambda found: found[0].replace(found[1], f"{source}/raw/HEAD/{found[1]}"), text)
    return LINK.sub(rf"[\1]({source}/blob/HEAD/\2)", text)


class IndexMetadata(MetadataHookInterface):
    """The fields of the project that depend on where it is published."""

    def update(self, metadata: dict[str, object]) -> None:
        """Add the README, and the project's addresses."""
        source = os.environ.get("SLALOM_SOURCE", "").rstrip("/") or None
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": told_elsewhere(text, source)}
        metadata["urls"] = {} if source is None else urls_of(source)


def urls_of(source: str) -> dict[str, str]:
    """Return the addresses of the project, within its repository."""
    return {
        "Source": source,
        "Documentation": f"{source}/blob/HEAD/docs/index.md",
        "Changelog": f"{source}/blob/HEAD/CHANGELOG.md",
        "Issues": f"{source}/issues",
    }
