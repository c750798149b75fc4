"""Tables that tests read: what is understood of a text, which has to be read again as it was."""

import json

from slalom.catalogue.datasets.tables.choices import TableChoices
from slalom.catalogue.datasets.tables.reading import table_in, understand
from slalom.settings import Limits


def read(text, **choices):
    """Return what is understood; whatever it is, it is read again by what is stored of it as it was."""
    text = text if isinstance(text, bytes) else text.encode()
    found = understand(text, Limits(), TableChoices(**choices))
    again = table_in(text, json.dumps(found.view))
    assert again.inputs.tobytes() == found.table.inputs.tobytes()
    assert again.values.tobytes() == found.table.values.tobytes()
    assert (again.classes, again.features, again.because) == tuple(found.table)[5:6] + tuple(found.table)[:1] + (
        found.table.because,
    )
    return found


def columns(found):
    return {column["name"]: column for column in found.view["columns"]}
