"""The docstring of a field: its own, an inherited one, one declared again, and none."""

from __future__ import annotations

from slalom.catalogue.base.choice import Choice
from slalom.catalogue.base.field_help import docstring_of
from slalom.catalogue.optimizers import Sgd


class Slope(Choice):
    """A choice with a few fields."""

    slope: float = 1.0
    """How steep it is,
    everywhere."""
    bare: float = 0.0
    end: float = 2.0
    """Where it ends."""


class Ramp(Slope):
    """The same, with one field changed."""

    end: float = 3.0


def test_the_text_below_a_field_describes_it_also_where_it_is_inherited():
    assert docstring_of(Slope, "slope") == "How steep it is,\neverywhere."
    assert docstring_of(Ramp, "slope") == docstring_of(Slope, "slope")


def test_a_field_without_a_text_has_none_whatever_stands_above_it():
    assert docstring_of(Slope, "bare") is None
    assert docstring_of(Ramp, "end") is None


def test_a_schema_has_the_texts_of_its_fields_and_of_those_in_them():
    assert "description" not in Ramp.model_json_schema()["properties"]["end"]
    assert Ramp.model_json_schema()["properties"]["slope"]["description"].startswith("How steep")
    assert Sgd.model_json_schema()["properties"]["lr"]["description"] == docstring_of(Sgd, "lr")
