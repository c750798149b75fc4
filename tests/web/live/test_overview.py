"""Many chunks as one small frame: the ends and the extremes of every run survive."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traces import distance, header_of

from slalom.catalogue.problems.surfaces import Parabola
from slalom.errors import StoreError
from slalom.storage.chunks import Chunk
from slalom.web.live.overview import LEAST_ENTRIES, OVERVIEW_ENTRIES, OVERVIEW_NUMBERS, Overview, room_of, screen_frame
from slalom.wire.frames import Block, decode, encode

COLUMNS = Parabola().columns


def encode_header(text):
    """Return a frame that has a header and nothing else."""
    return len(text).to_bytes(4, "little") + text


def chunks_of(lengths, cuts, seed=0):
    """Return random runs of these lengths as chunks: cut at ``cuts``, and where a run ends."""
    chance = np.random.default_rng(seed)
    runs = [chance.normal(size=(len(COLUMNS), n)) for n in lengths]
    edges = sorted({0, max(lengths), *lengths, *(cut for cut in cuts if cut < max(lengths))})
    chunks = []
    for low, high in pairwise(edges):
        alive = tuple(i for i, n in enumerate(lengths) if n > low)
        data = np.stack([runs[i][:, low:high] for i in alive], axis=1)
        chunks.append(Chunk(len(chunks) + 1, encode(Block(low, alive, COLUMNS, data), len(chunks) + 1), "[]"))
    return runs, chunks


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=4),
    st.lists(st.integers(1, 900), max_size=25),
    st.integers(0, 25),
    st.integers(4, 400),
)
def test_an_overview_keeps_ends_and_extremes_however_it_was_cut(lengths, cuts, split, entries):
    runs, chunks = chunks_of(lengths, cuts)
    whole = Overview(0)
    whole.extend(chunks[:split])
    whole.extend(chunks[split:])
    assert whole.seq == len(chunks)
    assert whole.read == sum(len(chunk.payload) for chunk in chunks)
    frame = whole.frame(entries)
    assert (header_of(frame)["first"], header_of(frame)["seq"], header_of(frame)["stride"]) == (1, len(chunks), 0)
    block = decode(frame)
    assert block.n <= entries
    for position, run in enumerate(block.runs):
        steps, loss = block.data[0, position], block.data[1, position]
        assert (steps[0], steps[-1]) == (0, lengths[run] - 1)
        assert (np.diff(steps) >= 0).all()
        np.testing.assert_array_equal(loss, runs[run][0, steps.astype(int)])
        assert loss.max() == runs[run][0].max()
        assert loss.min() == runs[run][0].min()


def test_a_short_experiment_is_all_there():
    runs, chunks = chunks_of([OVERVIEW_ENTRIES], range(0, OVERVIEW_ENTRIES, 100))
    overview = Overview(0)
    overview.extend(chunks)
    assert decode(overview.frame()).data[1:, 0].tolist() == runs[0].tolist()


def test_many_runs_that_end_one_by_one_take_no_more_room():
    """Every end makes another set of runs: none of them may be held on its own."""
    runs, steps = 3000, 60
    overview = Overview(0)
    for k in range(steps):
        alive = tuple(range(k * 40, runs))
        data = np.random.default_rng(k).normal(size=(len(COLUMNS), len(alive), 1))
        overview.extend([Chunk(k + 1, encode(Block(k, alive, COLUMNS, data), k + 1), "[]")])
        assert overview.size <= 8 * 8 * max(2 * OVERVIEW_NUMBERS, LEAST_ENTRIES * runs * 8)
    block = decode(overview.frame())
    assert len(block.runs) == runs
    assert block.n == min(steps, room_of(len(COLUMNS) + 1, runs))
    assert block.data[0, :, 0].tolist() == [0] * runs
    assert block.data[0, :, -1].tolist() == [min(run // 40, steps - 1) for run in range(runs)]


def test_an_overview_of_wide_runs_that_come_in_pieces_is_bounded():
    columns = ("loss", *(f"p{i}" for i in range(64)))
    overview, seq = Overview(0), 0
    for k in range(12):
        for part in range(0, 4096, 1024):
            seq += 1
            data = np.full((65, 1024, 1), float(k))
            overview.extend([Chunk(seq, encode(Block(k, tuple(range(part, part + 1024)), columns, data), seq), "[]")])
    assert overview.size <= 2 * LEAST_ENTRIES * 66 * 4096 * 8
    block = decode(overview.frame())
    assert (len(block.runs), block.n) == (4096, LEAST_ENTRIES)
    assert (block.data[0, :, -1] == 11).all()


def test_events_of_everything_covered_are_kept():
    _, chunks = chunks_of([90], range(0, 90, 10))
    chunks[3] = chunks[3]._replace(events='[{"run": 0}]')
    overview = Overview(0)
    overview.extend(chunks)
    assert overview.events == ['[{"run": 0}]']


def test_a_screen_frame_covers_its_own_chunk():
    _, (chunk,) = chunks_of([33], [])
    head = header_of(screen_frame(chunk))
    assert (head["first"], head["seq"], head["n"]) == (1, 1, 32)
    _, (chunk,) = chunks_of([32], [])
    assert screen_frame(chunk) is chunk.payload


@pytest.mark.parametrize("payload", [b"", b"\x04", b"\x08\x00\x00\x00{}      ", b"\xff" * 40, encode_header(b"[1, 2]")])
def test_a_damaged_chunk_is_said_to_be_one(payload):
    with pytest.raises(StoreError, match="Chunk 7 of the trace is damaged"):
        screen_frame(Chunk(7, payload, "[]"))
    with pytest.raises(StoreError, match="damaged"):
        Overview(6).extend([Chunk(7, payload, "[]")])


LONG, TICK = 1_000_001, 4000
"""Entries of a long run, and of a chunk of it."""
ACROSS, UP = 900, 600
"""Pixels of a picture."""
LINE = 2
"""Pixels that a line is wide."""


def spiral(t):
    """A path that turns ever more slowly, and its loss."""
    radius, angle = 2 * np.exp(-3 * t / LONG), 60 * np.sqrt(t / LONG)
    return np.stack([radius**2, radius * np.cos(angle), radius * np.sin(angle)])


def zigzag(t):
    """A path that bounces between two walls as it goes along a valley."""
    along, across = 2 * np.exp(-t / 2e5), 0.2 * (-1) ** t * np.exp(-t / 5e4)
    return np.stack([along**2 + 100 * across**2 + 1e-9, along, across])


def catapults(t):
    """The loss of a network that blows up now and then, and comes back."""
    bursts = [5 * np.exp(-np.maximum(t - at, 0) / 400) * (t >= at) for at in range(20_000, LONG, 47_111)]
    return np.stack([2.3 * np.exp(-t / 2e5) + 0.01 + np.sum(bursts, axis=0)])


@pytest.mark.parametrize("run", [spiral, zigzag, catapults])
def test_what_a_million_steps_draw_has_ink_within_a_pixel(run):
    rows = run(np.arange(LONG))
    columns = ("loss", "p0", "p1")[: len(rows)]
    chunks = []
    for first in range(0, LONG, TICK):
        block = Block(first, (0,), columns, rows[:, None, first : first + TICK])
        chunks.append(Chunk(len(chunks) + 1, encode(block, len(chunks) + 1), "[]"))
    overview = Overview(0)
    overview.extend(chunks)
    reopened = decode(overview.frame()).data[:, 0]
    assert reopened.shape[1] <= OVERVIEW_ENTRIES
    swings = np.argsort(-np.abs(np.diff(rows[0], 2)))[:300] + 1
    for names in (("step", "loss"), ("p0", "p1"))[: 1 + (len(columns) > 1)]:
        whole = pixels(names, np.vstack([np.arange(LONG), rows]), columns)
        seen = whole[:, np.union1d(swings, np.arange(0, LONG, 997))]
        assert distance(seen, pixels(names, reopened, columns)).max() <= 1 + LINE / 2, names


def pixels(names, rows, columns):
    """Return two columns of rows, whose first is the step, as places on a picture; losses by their decades."""
    places = [rows[("step", *columns).index(name)] for name in names]
    if names[0] == "step":
        return np.stack([places[0] * (ACROSS / LONG), np.log10(places[1]) * (UP / 10)])
    return np.stack([places[0] * (ACROSS / 4), places[1] * (UP / 4)])
