"""The parts of Slalom that the client is made of: from the whole package, or from this source distribution."""

from __future__ import annotations

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientParts(BuildHookInterface):
    """Adds the parts that pyproject.toml lists."""

    def initialize(self, version: str, build_data: dict[str, dict[str, str]]) -> None:
        """Say where every part comes from, and where it goes."""
        here = Path(self.root)
        source = here / "slalom" if (here / "PKG-INFO").exists() else here.parents[1] / "backend/slalom"
        for part in self.config["parts"]:
            build_data["force_include"][str(source / part)] = f"slalom/{part}"
