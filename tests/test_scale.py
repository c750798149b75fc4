"""docs/scale.md and the model agree: the printed costs give the printed tables, and what is said of them."""

import re
from pathlib import Path

import pytest
from bench.scale_model import (
    FULL,
    VIEWERS,
    WORKERS,
    Costs,
    Load,
    Machine,
    breaks_at,
    document_tables,
    first_to_break,
    percent,
    viewer_shares,
    wanted,
    worker_shares,
)

TEXT = (Path(__file__).parents[1] / "docs/scale.md").read_text()


def printed(title):
    """Return the table below a heading, as it stands there."""
    section = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", TEXT, re.S | re.M)[1]
    return "\n".join(line for line in section.splitlines() if line.startswith("|"))


def values(title):
    """Return the numbers of a table of names and values."""
    return {name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.e+]+) \|", printed(title), re.M)}


COSTS = Costs(**values("What was measured"))
MACHINE = Machine(**{name: type(getattr(Machine(), name))(value) for name, value in values("A machine").items()})


@pytest.mark.parametrize(
    ("title", "table"),
    [
        ("What was measured", "Costs"),
        ("A machine", "Machine"),
        ("Viewers in their browsers", "Pages"),
        ("Viewers that take every number", "Programs"),
        ("Workers", "Workers"),
    ],
)
def test_every_table_follows_from_the_printed_costs(title, table):
    assert printed(title) == document_tables(COSTS, MACHINE)[table]


def test_the_sentences_name_what_the_tables_say():
    pages, programs = (viewer_shares(COSTS, Load(VIEWERS[-1], screen=screen), MACHINE) for screen in (True, False))
    workers = worker_shares(COSTS, Load(workers=WORKERS[-1]), MACHINE)
    for shares, title in ((pages, "Viewers in their browsers"), (programs, "Viewers that take every number")):
        section = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", TEXT, re.S | re.M)[1]
        assert f"first is the **{first_to_break(shares)}**" in section
    section = re.search(r"^#+ Workers\n(.*?)(?=^#|\Z)", TEXT, re.S | re.M)[1]
    assert f"first is the **{first_to_break(workers)}**" in section


@pytest.mark.parametrize("viewers", [1, 500, 777])
def test_what_ends_at_an_amount_is_used_up_there_and_not_before(viewers):
    shares, none = viewer_shares(COSTS, Load(viewers), MACHINE), viewer_shares(COSTS, Load(0), MACHINE)
    for name, share in shares.items():
        end = breaks_at(viewers, share, none[name])
        assert viewer_shares(COSTS, Load(end), MACHINE)[name] <= 1 + 1e-9
        assert viewer_shares(COSTS, Load(end + 1), MACHINE)[name] > 1


def test_arithmetic_by_hand():
    costs = Costs(10, 4, 40, 8, 2, 0.5, 2, 1000, 200, 5, 300, 100)
    machine = Machine(cores=4, memory_gb=16, network_mbit=1000, files=1000)
    viewers = viewer_shares(costs, Load(500, frames=20, screen=False), machine)
    assert viewers == pytest.approx({"event loop": 0.104, "network": 0.64, "memory": 0.00125, "open files": 0.5})
    workers = worker_shares(costs, Load(workers=8, chunks=10, minutes=2), machine)
    assert workers == pytest.approx(
        {
            **{"processor": 2, "memory": 0.05, "starts": 0.005, "supervisor": 0.00016},
            **{"SQLite": 0.04, "Postgres": 0.08, "looks at Postgres": 0.016},
        }
    )
    assert (first_to_break(workers), wanted(2), wanted(FULL), wanted(0.01)) == ("processor", 3, 1, 1)
    assert [percent(share) for share in (0.034, 0.1, 12.3)] == ["3.4 %", "10 %", "1,200 %"]
