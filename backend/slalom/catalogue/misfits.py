"""What does not fit in a spec, or in anything else that is sent: where it is, and why not, in a learner's words."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from slalom.errors import SpecError

from .base.number_format import brief
from .experiments import DEFAULT

LONGEST_DETAIL = 600
"""Characters of a sentence; a longer one would repeat what the user sent."""

ErrorPlace = tuple[str | int, ...]


class Misfit(NamedTuple):
    """One place that does not fit."""

    loc: ErrorPlace
    reason: str
    whole: bool = False
    """Whether the reason is a sentence by itself."""
    position: int | None = None
    """Of a formula, the character at which it cannot be read."""

    def sentence(self, of: str) -> str:
        """Return what is wrong with the place, or where it is the whole thing, with what that is ``of``."""
        return self.reason if self.whole else f"{'.'.join(map(str, self.loc)) or of} {self.reason.rstrip('.')}."

    def as_error(self) -> dict[str, Any]:
        """Return it as an answer lists it under ``errors``."""
        found: dict[str, Any] = {"loc": list(self.loc), "msg": self.reason}
        return found if self.position is None else found | {"position": self.position}


def misfit(item: Mapping[str, Any], sent: Any) -> Misfit:
    """Return one error of pydantic as a place in what was ``sent`` and a reason, without what the user wrote."""
    place, ctx = _path(tuple(item["loc"]), sent), item.get("ctx", {})
    cause = ctx.get("error")
    if isinstance(cause, SpecError):
        return Misfit((*place, *cause.loc), str(cause)[:LONGEST_DETAIL], True)
    if "position" in ctx:
        return Misfit(place, item["msg"][:LONGEST_DETAIL], True, ctx["position"])
    return Misfit(place, _words(item)[:LONGEST_DETAIL])


def _words(item: Mapping[str, Any]) -> str:
    """Return pydantic's reason in a learner's words."""
    ctx = item.get("ctx", {})
    match item["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a setting here; check its spelling, or leave it out"
        case "union_tag_invalid":
            kinds = ctx["expected_tags"]
            close = get_close_matches(f"'{ctx['tag']}'", kinds.split(", "), 1)
            if close:
                return f"names no such kind; did you mean {close[0]}? There are: {kinds}"
            return f"names no such kind; there are: {kinds}"
        case "union_tag_not_found":
            return 'needs a "kind"'
        case "string_pattern_mismatch":
            return "is written otherwise than such a thing is; copy it whole"
        case "finite_number":
            return "must be a finite number"
        case "float_type" | "int_type" if item.get("input") in ("inf", "-inf", "nan"):
            return "must be a finite number"
        case "float_type" if type(item.get("input")) is int:
            return f"must be a number that is smaller in size than 1.8e308, but is {brief(item['input'])}"
        case "value_error":
            return str(ctx.get("error", item["msg"]))
    if item["type"] in _BOUNDS:
        word, bound = _BOUNDS[item["type"]]
        return f"must be {word} {brief(ctx[bound])}{_given(item)}"
    if item["type"] in _LENGTHS:
        verb, end, bound = _LENGTHS[item["type"]]
        number, length = ctx[bound], ctx.get("actual_length", len(item.get("input") or ""))
        unit = "character" if item["type"].startswith("string") else "value"
        return f"{verb} {end} {number} {unit}{'' if number == 1 else 's'}, but has {length or 'none'}"
    if item["type"] in _KINDS:
        return f"must be {_KINDS[item['type']]}{_given(item)}"
    return item["msg"].replace("Input should be", "must be").replace("Input should", "must")


_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}
_LENGTHS = {
    "too_short": ("needs", "at least", "min_length"),
    "too_long": ("may have", "at most", "max_length"),
    "string_too_short": ("needs", "at least", "min_length"),
    "string_too_long": ("may have", "at most", "max_length"),
}
_KINDS = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "model_type": "an object with settings",
    "model_attributes_type": "an object with settings",
}


def _given(item: Mapping[str, Any]) -> str:
    """Return what was given instead: a number; text is not repeated, since it may be long, or meant for others."""
    value = item.get("input")
    if isinstance(value, str) and item["type"] in _BOUNDS:  # In an address numbers are text.
        value = _number(value)
    if isinstance(value, bool):
        return f", but is {str(value).lower()}"
    if isinstance(value, int | float):
        return f", but is {brief(value)}"
    if value is None:
        return ", but is empty"
    return ", but is text" if isinstance(value, str) else ""


def _number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _path(loc: ErrorPlace, sent: Any) -> ErrorPlace:
    """Return a place as a path into what was sent: pydantic's also names the kind of every choice on the way."""
    here, path = sent, list[str | int]()
    for position, part in enumerate(loc):
        kind = here.get("kind", DEFAULT if position == 0 else None) if isinstance(here, dict) else None
        if isinstance(here, dict) and part == kind and part not in here:
            continue
        path.append(part)
        here = _at(here, part)
    return tuple(path)


def _at(here: Any, part: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None
