"""Whatever is wanted, and however an experiment ends, in any order: it ends once, and stays as it ended."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from slalom.errors import Conflict, NotFound
from slalom.storage.store import Store
from slalom.storage.tables import TERMINAL


class Races(RuleBasedStateMachine):
    """A store beside a model of it: what the status, the wish and the number of chunks of every experiment are."""

    ids = Bundle("ids")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(f"sqlite:///{Path(self.folder.name) / 'slalom.db'}")
        self.model = {}

    def teardown(self):
        self.store.close()
        self.folder.cleanup()

    @rule(target=ids)
    def create(self):
        id = self.store.experiments.create(kind="comparison", name="n", spec="{}", owner="here").id
        self.model[id] = {"status": "queued", "wanted": "run", "chunks": 0, "deleted": False, "worker": None}
        return id

    @rule(id=ids, worker=st.sampled_from(("worker", "another")))
    def claim(self, id, worker):
        """As a worker would, also once more where the answer was lost."""
        mine = self.model[id]
        at_work = mine["status"] in ("running", "paused")
        claimed = self.store.experiments.claim(id, worker)
        assert claimed == (mine["status"] == "queued" or (at_work and mine["worker"] == worker))
        if claimed:
            mine["worker"] = worker
            mine["status"] = "paused" if mine["wanted"] == "pause" else "running"

    @rule(id=ids, wanted=st.sampled_from(("run", "pause", "cancel")))
    def want(self, id, wanted):
        mine = self.model[id]
        ended = mine["status"] in TERMINAL
        try:
            found = self.store.experiments.want(id, wanted)
        except NotFound:
            assert mine["deleted"]
            return
        except Conflict:
            assert wanted != "cancel"
            assert ended or mine["wanted"] == "cancel"
            return
        assert not mine["deleted"]
        if ended:
            assert wanted == "cancel", "asking again changes nothing"
            assert found.status == mine["status"]
            return
        mine["wanted"] = wanted
        becomes = {
            ("cancel", "queued"): "cancelled",
            ("pause", "running"): "paused",
            ("run", "paused"): "running",
        }
        mine["status"] = becomes.get((wanted, mine["status"]), mine["status"])
        assert found.status == mine["status"]

    @rule(id=ids)
    def append(self, id):
        mine = self.model[id]
        try:
            wanted = self.store.chunks.append(id, mine["chunks"] + 1, b"x", "[]", mine["chunks"] + 1)
        except Conflict:
            assert mine["status"] not in ("running", "paused")
        else:
            assert mine["status"] in ("running", "paused")
            assert wanted == mine["wanted"]
            mine["chunks"] += 1

    @rule(id=ids)
    def append_again(self, id):
        """As a second worker would, whose chunk is there already."""
        mine = self.model[id]
        if mine["chunks"]:
            try:
                self.store.chunks.append(id, mine["chunks"], b"y", "[]", 1)
            except Conflict:
                return
            raise AssertionError("a chunk was written twice")

    @rule(id=ids, status=st.sampled_from(TERMINAL))
    def finish(self, id, status):
        mine = self.model[id]
        ended = mine["status"] in TERMINAL
        assert self.store.experiments.finish(id, status, "[]") is not ended
        if not ended:
            mine["status"] = status

    @rule(id=ids)
    def beat(self, id):
        mine = self.model[id]
        at_work = mine["status"] in ("running", "paused")
        assert self.store.experiments.beat(id) == (mine["wanted"] if at_work else "cancel")

    @rule(id=ids)
    def delete(self, id):
        mine = self.model[id]
        try:
            self.store.experiments.delete(id)
        except NotFound:
            assert mine["deleted"]
            return
        mine["deleted"] = True
        if mine["status"] not in TERMINAL:
            mine["wanted"] = "cancel"
        if mine["status"] == "queued":
            mine["status"] = "cancelled"

    @rule(id=ids)
    def restore(self, id):
        self.store.experiments.restore(id)
        self.model[id]["deleted"] = False

    @invariant()
    def the_store_is_as_the_model(self):
        states = self.store.experiments.states(self.model)
        assert {id: (state.status, state.wanted) for id, state in states.items()} == {
            id: (mine["status"], mine["wanted"]) for id, mine in self.model.items()
        }
        for id, mine in self.model.items():
            assert self.store.chunks.last(id) == mine["chunks"]


Races.TestCase.settings = settings(
    max_examples=6, stateful_step_count=30, deadline=None, suppress_health_check=[*HealthCheck]
)
TestRaces = Races.TestCase
