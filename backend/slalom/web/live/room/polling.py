"""Polls as they are told: what is asked to everybody, what is answered to the teacher, and to all once revealed."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from slalom.room.polls import POLL, AnyPoll
from slalom.storage.polls import PollRecord
from slalom.storage.store import Store


def question_of(record: PollRecord) -> AnyPoll:
    """Return what a poll asks."""
    return POLL.validate_json(record.asked)


def drawn_of(record: PollRecord) -> Collection[str]:
    """Return what a page draws of the shape of a poll, by name."""
    shape = question_of(record).shape
    return () if shape is None else type(shape).model_fields


def as_told(store: Store, record: PollRecord, to_teacher: bool = False) -> dict[str, Any]:
    """Return a poll as JSON carries it.

    Unless it is told to the teacher, ``results`` only where it is revealed, and of its shape only what a page draws:
    whatever else whoever asked has put there, may be the answer.
    """
    asked = json.loads(record.asked)
    told = {name: asked.get(name) for name in ("kind", "question", "options", "shape")}
    results = None
    if not to_teacher and told["shape"] is not None:
        told["shape"] = {name: one for name, one in told["shape"].items() if name in drawn_of(record)}
    if to_teacher or record.state == "revealed":
        results = [result_of(store, record, round) for round in range(1, record.round + 1)]
        results = [result for result in results if result["count"]]
    return {"id": record.id, **told, "round": record.round, "state": record.state, "results": results}


def result_of(store: Store, record: PollRecord, round: int) -> dict[str, Any]:
    """Return what was answered in a round so far."""
    votes = [json.loads(value) for value in store.polls.votes(record.id, round)]
    return {"round": round, **question_of(record).result(votes)}
