"""What the page must know of kinds before the catalogue is there: the module state/kinds.js.

``make types`` writes it for Slalom's own kinds; where plugins add some, the server sends what it writes itself.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from slalom.catalogue.base.plugins import example
from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.datasets.base import Data
from slalom.catalogue.optimizers import OPTIMIZERS, TorchClass
from slalom.catalogue.optimizers.base import Optimizer
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.architecture import LOSS_FACTS
from slalom.catalogue.views import VIEW_KINDS

from .kept import ReadBytes

MODULE = "state/kinds.js"
"""The module's path among the page's files."""
KINDS = """/** What the page must know of kinds before the catalogue is there. Written by `make types`. Do not edit. */

/** @import { KindFacts } from "../types/page.js" */
"""
LINE = 121
"""Characters of a line, its end included."""


def source_of(name: str, read: ReadBytes) -> str:
    """Return the text of a file of the page: as it is, or where plugins add kinds what these make of it."""
    changed = with_plugins() if name == MODULE else None
    return read(name).decode() if changed is None else changed


@cache
def with_plugins() -> str | None:
    """Return the module of facts with those of plugins' kinds; None where there are none."""
    return kinds() if any(part.added for part in (PROBLEMS, OPTIMIZERS, DATASETS)) else None


def kinds() -> str:
    """Return the module of facts: networks with their usual data, rules, data, losses, and views of networks."""
    networks = {example(kind).kind: {"data": example(kind).data.kind} for kind in PROBLEMS if kind.is_network}
    optimizers = {kind.model_fields["kind"].default: facts_of_optimizer(kind) for kind in (*OPTIMIZERS, TorchClass)}
    datasets = {kind.model_fields["kind"].default: facts_of_data(kind) for kind in DATASETS}
    losses = {kind: facts._asdict() for kind, facts in LOSS_FACTS.items()}
    views = {
        kind.name: {name: getattr(kind, name) for name in ("tab", "grows", "options", "task", "log_loss")}
        for kind in VIEW_KINDS
    }
    return "\n".join(
        (
            KINDS,
            _facts("NETWORKS", networks, "Problems that are trained on examples: the data that they have by default."),
            _facts("OPTIMIZERS", optimizers, "Rules: what they need, what their rate means, and their memory."),
            _facts(
                "DATASETS",
                datasets,
                "Data: what is predicted, its view, how many classes, by which field; null and data: the file decides.",
            ),
            _facts("LOSSES", losses, "Losses: what must be predicted, and how many classes there must be; null: any."),
            _facts(
                "VIEWS", views, "Views of networks: a tab, arrays that grow, options, what they are for.", "satisfies"
            ),
        )
    )


def _facts(name: str, table: dict[str, dict[str, Any]], comment: str, tag: str = "type") -> str:
    """Return a constant of JavaScript, one kind a line, or where that is too long, one fact."""
    rows = (
        _row(kind, [f"{key}: {json.dumps(value)}" for key, value in facts.items()]) for kind, facts in table.items()
    )
    kinds = f'KindFacts["{name}"]'
    return f"/** {comment} @{tag} {{{kinds}}} */\nexport const {name} = {{\n{''.join(rows)}}};\n"


def _row(kind: str, facts: list[str]) -> str:
    row = f"  {kind}: {{ {', '.join(facts)} }},\n"
    if len(row) <= LINE:
        return row
    return f"  {kind}: {{\n{''.join(f'    {fact},' + chr(10) for fact in facts)}  }},\n"


def facts_of_optimizer(kind: type[Optimizer]) -> dict[str, Any]:
    """Return what a rule needs, what its learning rate means, and by which of its fields it remembers gradients."""
    memory = next((name for name in ("momentum", "beta1") if name in kind.model_fields), None)
    return {"hessian": kind.uses_hessian, "scale_free": kind.scale_free, "memory": memory}


def facts_of_data(kind: type[Data]) -> dict[str, Any]:
    """Return what is predicted from data of a kind, and the view that shows it; null and ``data``: the file decides.

    ``classes`` is how many classes there are, and ``counted`` the field that says so, if one does.
    """
    count = kind.class_count
    counted = count if isinstance(count, str) else None
    classes = kind.model_fields[counted].default if counted else count
    return {"task": kind.task, "view": kind.view, "classes": classes, "counted": counted}
