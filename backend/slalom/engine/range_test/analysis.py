"""What a range test found: every rule's suggestion, where it blew up, what became of each rate, and one to use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from slalom.catalogue.base.choice import as_json
from slalom.catalogue.base.number_format import number
from slalom.catalogue.experiments.outcome import Outcome
from slalom.engine.diagnosis.phrases import step_count
from slalom.unexpected import attempt
from slalom.wire.frames import Block

from .climb import Climb
from .recommendation import because, best, chosen_row, none_recommended, none_trains, refined, worth_using
from .suggestions import BLOWN, SUGGESTION_RULES, Rule, first_where, passed, raised, smoothed
from .verification import Held, Hold, Verification, judged

MOST_POINTS = 1000
"""Points of the band, at most."""
EARLY, EARLY_FALL = 0.05, 0.1
"""The range begins too high where this share of the whole fall happens in the first such share of it."""
SHORT = 100
"""A climb of fewer rates, fastai's default, may be over before anything can blow up."""

Findings = dict[str, Any]


class RangeCurve:
    """The losses and limits of a range test, filled in while it runs; ``hold`` makes the runs that verify rates."""

    def __init__(self, spec: Climb, hold: Hold) -> None:
        self.spec: Climb = spec
        self._hold = hold
        self.lr: np.ndarray = spec.rates()
        self.losses: np.ndarray = np.full((spec.steps, spec.seeds), np.nan)
        self.limits: np.ndarray = np.full((spec.steps, spec.seeds), np.nan)
        self.length: np.ndarray = np.zeros(spec.seeds, int)

    def see(self, block: Block) -> None:
        """Take in some entries."""
        runs, last = np.array(block.runs), min(block.step + block.n, self.spec.steps)
        names = block.columns
        for name, table in (("loss", self.losses), ("limit", self.limits)):
            table[block.step : last, runs] = block.data[names.index(name), :, : max(0, last - block.step)].T
        self.length[runs] = last

    def loss(self, seed: int) -> np.ndarray:
        """Return the losses of one seed, up to its first non-finite one."""
        return self.losses[: self.length[seed], seed]

    def findings(self, outcomes: Sequence[Outcome] = ()) -> Findings:
        """Return everything, as JSON carries it; ``outcomes`` are those of the climb, for every seed."""
        suggested = [[self._choice(rule, seed) for seed in range(self.spec.seeds)] for rule in SUGGESTION_RULES]
        rates = [_median(values) for values in suggested]
        known = [rate for rate in rates if rate is not None]
        tried, doubt = attempt("Whether the suggested rates train", lambda: (self._tried(known), ""), _untried)
        limit = attempt("The stability limit", self._limit, _nothing)
        blown = attempt("Where the loss blew up", lambda: self._blow_up(outcomes), _nothing)
        rules = [
            _row(rule.name, rule.title, rule.what, rule.source, rate, values, tried.proofs)
            for rule, values, rate in zip(SUGGESTION_RULES, suggested, rates, strict=True)
        ]
        best, per_seed = attempt("The best of the sweep", lambda: self._best_swept(tried), self._no_sweep)
        what = f"the best of {len(tried.swept)} rates held constant"
        swept = _row("sweep", "Sweep", what, "Slalom", best, per_seed, tried.proofs)
        found = {
            "n": self.spec.steps,
            "seeds": self.spec.seeds,
            "band": attempt("The band of losses", self._band, _no_band),
            "rules": [*rules, swept],
            "blow_up": blown,
            "limit": limit,
            "range": {
                "because": attempt(
                    "What the range misses", lambda: self._too_small(blown, limit, outcomes), lambda why: [why]
                )
            },
            "recommended": none_recommended(doubt)
            if doubt
            else attempt("Which rate is best", lambda: self._recommended(rules, swept, tried, limit), none_recommended),
        }
        return _plain(found)

    def _tried(self, suggested: Sequence[float]) -> Tried:
        """Hold every suggested rate, a sweep of the range, and rates on either side of the best of these."""
        swept = self._swept(suggested)
        held = self._hold([*suggested, *swept])
        found = best(worth_using(judged(held).values(), self.spec), self.spec.dtype)
        if found is not None:
            beside = refined(found.lr, [one.lr for one in held])
            held += self._hold(beside)
            swept += beside
        return Tried(held, judged(held), sorted(swept))

    def _swept(self, suggested: Sequence[float]) -> list[float]:
        """Return the rates to hold besides those that a rule suggested."""
        return self.spec.swept()

    def _best_swept(self, tried: Tried) -> tuple[float | None, list[float | None]]:
        """Return the best rate of the sweep, and the one with the lowest loss for every seed that was verified."""
        fitting = worth_using(tried.proofs.values(), self.spec)
        found = best([one for one in fitting if one.lr in tried.swept], self.spec.dtype)
        if found is None:
            return self._no_sweep("")
        finals = np.array([tried.proofs[rate].finals for rate in tried.swept])
        lowest = np.where(np.isnan(finals), np.inf, finals).argmin(axis=0)
        per_seed = [tried.swept[place] for place in lowest] if self.spec.seeds > 1 else [found.lr]
        return found.lr, per_seed + [None] * (self.spec.seeds - len(per_seed))

    def _no_sweep(self, why: str) -> tuple[float | None, list[float | None]]:
        return None, [None] * self.spec.seeds

    def _recommended(
        self, rules: Sequence[Findings], swept: Findings, tried: Tried, limit: Findings | None
    ) -> Findings:
        """Return the rate to use and why; no rate where none trains."""
        row = chosen_row(rules, swept, tried.proofs, self.spec)
        if row is None:
            return none_recommended(none_trains(tried.proofs.values(), self.spec))
        why = because(row, [*rules, swept], tried.proofs, limit, self.spec.dtype)
        return {"lr": row["lr"], "rule": row["name"], "because": why}

    def _choice(self, rule: Rule, seed: int) -> float | None:
        return attempt(f"What {rule.title} suggests", lambda: rule.choose(self.lr, self.loss(seed)), _nothing)

    def _band(self) -> dict[str, list[float]]:
        mean = np.where(np.isfinite(self.losses), self.losses, np.inf)
        mean = smoothed(mean)
        mean = np.where(np.isnan(mean), np.inf, mean)
        places = np.unique(np.linspace(0, len(mean) - 1, min(len(mean), MOST_POINTS)).astype(int))
        low, first, middle, third, high = np.quantile(
            mean[places], [0, 0.25, 0.5, 0.75, 1], axis=1, method="inverted_cdf"
        )
        lines = {"min": low, "low": first, "median": middle, "high": third, "max": high}
        return {"lr": self.lr[places].tolist(), **{name: line.tolist() for name, line in lines.items()}}

    def _limit(self) -> dict[str, Any] | None:
        """Return the largest stable rate where the Hessian is known: at the rate that passes it, else at the end."""
        if self.spec.problem.is_network:
            return None
        limits = self.limits[: max(1, self.length[0]), 0]
        known = np.flatnonzero(np.isfinite(limits))
        if not len(known):
            return None
        over = known[self.lr[known] > limits[known]]
        value = float(limits[over[0] if len(over) else known[-1]])
        same = bool(np.ptp(limits[known]) <= 1e-9 * value)
        where = "everywhere on this problem" if same else f"where the run was at that rate, after {known[-1]} updates"
        if len(over) and not same:
            where = f"where the run was when its rate passed it, after {over[0]} updates"
        return {"value": value, "constant": same, "because": f"Above {number(value, 3)} this rule is unstable {where}."}

    def _blow_up(self, outcomes: Sequence[Outcome] = ()) -> dict[str, Any] | None:
        """Return where the loss first rose to four times its best, stopped being a number, or left for good."""
        losses = [self.loss(seed) for seed in range(self.spec.seeds)]
        broken = [first_where(~np.isfinite(values)) for values in losses]
        steps = {
            "rose": [passed(smoothed(raised(values[:end])), BLOWN) for values, end in zip(losses, broken, strict=True)],
            "broke": broken,
            "left": [one.step if one.kind == "diverged" else None for one in outcomes] or [None] * len(losses),
        }
        ends = [
            min((step, place) for place, step in enumerate(one) if step is not None)
            for one in zip(*steps.values(), strict=True)
            if any(step is not None for step in one)
        ]
        if not ends:
            return None
        last = len(self.lr) - 1
        step, place = sorted(ends)[(len(ends) - 1) // 2]
        ended = sorted(k for k in broken if k is not None)
        nan = ended[(len(ended) - 1) // 2] if ended else None
        step = min(step, last)
        text = self._blown_sentence(tuple(steps)[place], step, nan, len(ends))
        found = {"lr": float(self.lr[step]), "step": step, "seeds": len(ends), "because": text}
        return found | {"nonfinite": None if nan is None else {"lr": float(self.lr[nan]), "step": nan}}

    def _blown_sentence(self, how: str, step: int, nan: int | None, many: int) -> str:
        """Return in a sentence how and where it blew up."""
        at = f"at lr {number(self.lr[step], 3)}"
        at += "" if self.spec.seeds == 1 else f" ({many} of {self.spec.seeds} seeds; the median)"
        if how == "left":
            lowest = np.nanmin(np.where(np.isfinite(self.losses), self.losses, np.nan))
            falls = lowest < self.losses[0].min() and lowest == np.nanmin(self.losses[step:])
            return f"The run diverged {at}{': the loss falls without bound' if falls else ''}."
        if how == "broke":
            return f"The loss is no longer finite {at}." if step else "The loss is not a finite number at the start."
        below = np.nanmin(np.where(np.isfinite(self.losses), self.losses, np.nan)) < 0
        best = f"{number(BLOWN)} times its best" + (", both counted from its lowest value" if below else "")
        after = f", and was no longer finite from lr {number(self.lr[nan], 3)} on" if nan is not None else ""
        return f"The loss blew up ({best}) {at}{after}."

    def _too_small(
        self, blown: dict[str, Any] | None, limit: dict[str, Any] | None = None, outcomes: Sequence[Outcome] = ()
    ) -> list[str]:
        """Return what the range misses on either side, a sentence each."""
        spec = self.spec
        if not np.isfinite(self.losses[0]).all():
            return []  # Whatever the rate.
        found = self._begins_too_high(blown)
        if blown is not None:
            return found
        above = 0 if limit is None else int((self.lr > limit["value"]).sum())
        if limit is not None and above:
            many = f"the last {above} of {len(self.lr)} rates lie" if above > 1 else "the last rate lies"
            why = "Take more steps" if spec.steps < SHORT else "Where the run went it may be larger"
            text = f"Nothing blew up, though {many} above the stability limit {number(limit['value'], 3)}. {why}."
            return [*found, text]
        grows = [self.losses[:, seed] for seed, one in enumerate(outcomes) if one.kind == "growing"]
        if any(losses[-1] == losses.min() for losses in grows):
            return [*found, "Nothing blew up: the loss was falling down a slope without end when the climb ended."]
        what = "The loss was rising when the climb ended" if grows else "The range ends too low: nothing blew up"
        slower = ", or take more steps," if spec.steps < SHORT else ""
        return [*found, f"{what}. Choose an lr_to above {number(spec.lr_to)}{slower} to see where training breaks."]

    def _begins_too_high(self, blown: dict[str, Any] | None) -> list[str]:
        lower = f"Choose an lr_from below {number(self.spec.lr_from)}."
        mean = smoothed(np.median(np.where(np.isnan(self.losses), np.inf, self.losses), axis=1))
        finite = mean[np.isfinite(mean)]
        early = int(EARLY * len(mean))
        if 0 < early < len(finite) and finite[0] - finite[early] > EARLY_FALL * (finite[0] - finite.min()) > 0:
            return [f"The range begins too high: the loss falls from the first updates on. {lower}"]
        if blown is not None and blown["step"] < max(2, early):
            return [f"The range begins too high: it blew up after {step_count(blown['step'])}. {lower}"]
        return []


class Tried(NamedTuple):
    """What became of the rates that were held."""

    held: Sequence[Held] = ()
    proofs: dict[float, Verification] = {}  # noqa: RUF012
    """By rate."""
    swept: Sequence[float] = ()
    """The rates that no rule suggested."""


def _row(
    name: str,
    title: str,
    what: str,
    source: str,
    rate: float | None,
    values: Sequence[float | None],
    proofs: dict[float, Verification],
) -> Findings:
    """Return what a rule says, and what it is worth."""
    proof = proofs.get(rate) if rate is not None else None
    given = [value for value in values if value is not None]
    ends = {"low": min(given, default=None), "high": max(given, default=None)}
    told = attempt(f"What {title} is worth", proof.as_json, _nothing) if proof else None
    about = {"name": name, "title": title, "what": what, "source": source}
    return about | {"lr": rate, **ends, "per_seed": list(values), "verification": told}


def _nothing(why: str) -> None:
    return None


def _untried(why: str) -> tuple[Tried, str]:
    return Tried(), why


def _no_band(why: str) -> dict[str, list[float]]:
    return {name: [] for name in ("lr", "min", "low", "median", "high", "max")}


def _median(values: Sequence[float | None]) -> float | None:
    """Return the middle one of the known values, the lower one of two, so that it is one that a seed suggested."""
    known = sorted(value for value in values if value is not None)
    return known[(len(known) - 1) // 2] if known else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return as_json(value) if isinstance(value, float) else value
