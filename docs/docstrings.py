"""What the reference shows of the package: settings of choices without their mathematics, and answers as they come.

An extension of griffe, which mkdocs.yml names.
"""

from __future__ import annotations

from typing import Any

import griffe

CATALOGUE = ("slalom.catalogue.", "slalom.settings.")
"""Where classes are lists of settings."""


class PublicNames(griffe.Extension):
    """Leaves out methods of what has settings, and says what a route of the client returns."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Keep the settings of a choice: what else its class has is for those who write another one."""
        if cls.path.startswith(CATALOGUE):
            for name, member in list(cls.members.items()):
                if not member.is_attribute or "ClassVar" in str(member.annotation) or member.annotation is None:
                    del cls.members[name]

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        """Show what a caller of a route gets: a route itself yields requests."""
        if any(str(decorator.value) == "route" for decorator in func.decorators):
            func.decorators = []
            returned = func.returns
            if isinstance(returned, griffe.ExprSubscript):
                func.returns = returned.slice
