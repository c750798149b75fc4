"""Numbers in sentences: the page's test reads the same table, so both write them alike."""

import json
from pathlib import Path

import numpy as np
import pytest

from slalom.catalogue.base.number_format import number, rounded

TABLE = json.loads((Path(__file__).parents[2] / "data" / "written_numbers.json").read_text())


@pytest.mark.parametrize(("value", "digits", "text"), TABLE)
def test_a_number_is_written_with_its_digits_thousands_apart_and_powers_raised(value, digits, text):
    assert number(float(value), digits) == text
    assert number(np.float64(value), digits) == text


def test_what_is_shown_is_what_was_rounded_to():
    assert rounded(5883.421261) == 5883.4
    assert rounded(1.1288e-8, 3) == 1.13e-8
    assert rounded(-0.00012345, 3) == -0.000123
