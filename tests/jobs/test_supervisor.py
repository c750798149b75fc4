"""The queue goes on, obeys at any time, and has one last word for every experiment in any order of events."""

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from standins import until
from watching import FOREVER, has_steps, is_status, whole

from slalom.errors import Conflict, NotFound
from slalom.jobs.listener import JobListener
from slalom.jobs.supervisor import Supervisor
from slalom.storage.servers import MOST_RESUMED
from slalom.storage.store import Store
from slalom.storage.tables import TERMINAL

# The queue


def test_what_is_submitted_runs_to_its_end(store, supervise, submit):
    told = []
    supervisor = supervise(on_change=lambda: told.append(1))
    id = submit(supervisor, chunks=5)
    is_status(store, id, "done")
    assert whole(store, id) == 5
    assert store.experiments.get(id).owner == supervisor.owner
    assert told


def test_the_oldest_goes_first_and_no_more_run_than_there_are_workers(store, supervise, submit):
    supervisor = supervise(workers=1)
    ids = [submit(supervisor, chunks=4, pause=0.005) for _ in range(4)]

    def all_done():
        statuses = [store.experiments.states(ids)[id].status for id in ids]
        assert statuses.count("running") <= 1
        assert statuses == sorted(statuses, key=["done", "running", "queued"].index)
        return set(statuses) == {"done"}

    until(all_done)


def test_a_paused_experiment_keeps_its_place_but_lets_others_run(store, supervise, submit):
    supervisor = supervise(workers=1)
    first = submit(supervisor, **FOREVER)
    has_steps(store, first)
    assert supervisor.pause(first).status == "paused"
    second = submit(supervisor, chunks=3)
    is_status(store, second, "done")
    assert supervisor.resume(first).status == "running"
    steps = store.experiments.get(first).steps_done
    has_steps(store, first, steps + 10)
    supervisor.cancel(first)
    is_status(store, first, "cancelled")
    whole(store, first)


def test_who_listens_cannot_lose_an_experiment(store, executor, submit):
    class Deaf(JobListener):
        def queued(self, id, kind):
            raise RuntimeError

        began = ended = queued

    supervisor = Supervisor(store, executor, listener=Deaf())
    supervisor.start()
    is_status(store, submit(supervisor, chunks=2), "done")
    until(lambda: not supervisor.running)
    supervisor.stop()


# Cancelling


def test_cancelling_is_possible_at_any_time_and_twice(store, supervise, submit):
    supervisor = supervise(workers=1)
    running, waiting = submit(supervisor, **FOREVER), submit(supervisor, **FOREVER)
    has_steps(store, running)
    assert supervisor.cancel(waiting).status == "cancelled"
    supervisor.cancel(running)
    is_status(store, running, "cancelled")
    assert supervisor.cancel(running).status == "cancelled"
    assert store.experiments.get(running).error is None
    after = submit(supervisor, chunks=1)
    is_status(store, after, "done")


def test_a_worker_that_does_not_obey_is_stopped(store, supervise, submit, monkeypatch):
    monkeypatch.setattr("slalom.jobs.supervisor.OBEY", 0.05)
    supervisor = supervise(workers=1)
    id = submit(supervisor, **FOREVER, then="deaf")
    has_steps(store, id)
    supervisor.cancel(id)
    is_status(store, id, "cancelled")
    whole(store, id)


def test_deleting_cancels_first_and_can_be_taken_back(store, supervise, submit):
    supervisor = supervise(workers=1)
    id = submit(supervisor, **FOREVER)
    has_steps(store, id)
    supervisor.delete(id)
    with pytest.raises(NotFound):
        store.experiments.get(id)
    is_status(store, id, "cancelled")
    assert supervisor.restore(id).status == "cancelled"
    with pytest.raises(NotFound):
        supervisor.delete("nothing")


@pytest.mark.parametrize("ask", ["pause", "resume"])
def test_what_has_ended_cannot_be_paused_or_resumed(store, supervise, submit, ask):
    supervisor = supervise()
    id = submit(supervisor, chunks=1)
    is_status(store, id, "done")
    with pytest.raises(Conflict, match="is done and cannot be"):
        getattr(supervisor, ask)(id)


# Races


class Races(RuleBasedStateMachine):
    """One experiment, its worker and its user, in any order; the model is the diagram in ``storage/experiments.py``."""

    def __init__(self):
        super().__init__()
        self.store, self.id = RACES["store"], make(RACES["store"])
        self.status, self.wanted, self.seq, self.deleted = "queued", "run", 0, False
        self.workers, self.lost = 0, 0

    @property
    def ended(self):
        return self.status in TERMINAL

    @rule()
    def claim(self):
        self.workers += 1
        assert self.store.experiments.claim(self.id, f"worker {self.workers}") == (self.status == "queued")
        if self.status == "queued":
            self.status = "paused" if self.wanted == "pause" else "running"
            assert self.store.experiments.claim(self.id, f"worker {self.workers}"), "whose answer was lost"

    @precondition(lambda self: self.status != "queued")
    @rule()
    def append(self):
        if self.ended:
            with pytest.raises(Conflict):
                self.store.chunks.append(self.id, self.seq + 1, b"x", "[]", 0)
        else:
            self.seq += 1
            assert self.store.chunks.append(self.id, self.seq, b"x", "[]", self.seq) == self.wanted

    @rule(status=st.sampled_from(TERMINAL))
    def finish(self, status):
        assert self.store.experiments.finish(self.id, status) == (not self.ended)
        self.status = self.status if self.ended else status

    @rule()
    def cancel(self):
        if self.deleted:
            with pytest.raises(NotFound):
                self.store.experiments.want(self.id, "cancel")
        else:
            self.wanted = self.wanted if self.ended else "cancel"
            self.status = "cancelled" if self.status == "queued" else self.status
            assert self.store.experiments.want(self.id, "cancel").status == self.status

    @rule(wanted=st.sampled_from(["run", "pause"]))
    def pause_or_resume(self, wanted):
        if self.deleted or self.ended or self.wanted == "cancel":
            with pytest.raises(NotFound if self.deleted else Conflict):
                self.store.experiments.want(self.id, wanted)
        else:
            self.wanted = wanted
            if self.status != "queued":
                self.status = "paused" if wanted == "pause" else "running"
            assert self.store.experiments.want(self.id, wanted).status == self.status

    @rule()
    def delete_or_restore(self):
        if not self.deleted:
            self.wanted = self.wanted if self.ended else "cancel"
            self.status = "cancelled" if self.status == "queued" else self.status
        (self.store.experiments.restore if self.deleted else self.store.experiments.delete)(self.id)
        self.deleted = not self.deleted

    @rule()
    def start_again(self):
        self.store.servers.interrupt("o", heir="o")
        self.status = "interrupted" if self.status in ("running", "paused") else self.status

    @rule()
    def lose_the_process(self):
        had_one = self.status in ("running", "paused")
        assert self.store.servers.resume(self.id, "o", "It was lost") == had_one
        self.lost += had_one
        if had_one:
            kept_on = "failed" if self.lost > MOST_RESUMED else "queued"
            self.status = "cancelled" if self.wanted == "cancel" else kept_on

    @invariant()
    def the_store_and_the_model_agree(self):
        state = self.store.experiments.states([self.id])[self.id]
        assert (state.status, state.wanted, state.steps_done) == (self.status, self.wanted, self.seq)

    def teardown(self):
        self.store.experiments.finish(self.id, "done")


RACES: dict[str, Store] = {}


def make(store):
    return store.experiments.create(kind="comparison", name="", spec="{}", owner="o").id


def test_in_any_order_of_events_the_store_does_as_the_model(store):
    RACES["store"] = store
    run_state_machine_as_test(
        Races, settings=hypothesis_settings(max_examples=30, stateful_step_count=25, deadline=None)
    )
