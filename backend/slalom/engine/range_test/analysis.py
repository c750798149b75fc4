"""What a range test found: every rule's suggestion, where it blew up, what became of each rate, and one to use."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from slalom.catalogue.base.choice import as_json
from slalom.catalogue.base.number_format import number
from slalom.catalogue.datasets.base import Uploads, no_uploads
from slalom.catalogue.experiments.range_test import RangeTest
from slalom.unexpected import attempt
from slalom.wire.frames import Block

from .suggestions import BLOWN, SUGGESTION_RULES, Rule, passed, raised, smoothed
from .verification import Verification, verify

MOST_POINTS = 1000
"""Points of the band, at most."""
EARLY, EARLY_FALL = 0.05, 0.1
"""The range begins too high where this share of the whole fall happens in the first such share of it."""

Findings = dict[str, Any]


class RangeCurve:
    """The losses and limits of a range test, filled in while it runs."""

    def __init__(self, spec: RangeTest) -> None:
        self.spec = spec
        lane = spec.lanes()[0]
        self.lr = lane.run.schedule.rates(lane.run.optimizer.lr, 0, spec.steps, spec.steps)
        self.losses = np.full((spec.steps, spec.seeds), np.nan)
        self.limits = np.full((spec.steps, spec.seeds), np.nan)
        self.length = np.zeros(spec.seeds, int)

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

    def findings(self, uploads: Uploads = no_uploads, alive: Callable[[], object] = lambda: None) -> Findings:
        """Return everything, as JSON carries it; ``alive`` is called every now and then, and may stop it by raising."""
        suggested = [[self._choice(rule, seed) for seed in range(self.spec.seeds)] for rule in SUGGESTION_RULES]
        rates = [_median(values) for values in suggested]
        known = [rate for rate in rates if rate is not None]
        proofs, doubt = attempt(
            "Whether the suggested rates train", lambda: (verify(self.spec, known, uploads, alive), ""), _unproved
        )
        limit = attempt("The stability limit", self._limit, _nothing)
        blown = attempt("Where the loss blew up", self._blow_up, _nothing)
        rules = []
        for rule, values, rate in zip(SUGGESTION_RULES, suggested, rates, strict=True):
            proof = proofs.get(rate) if rate is not None else None
            given = [value for value in values if value is not None]
            ends = {"low": min(given, default=None), "high": max(given, default=None)}
            told = attempt(f"What {rule.title} is worth", proof.as_json, _nothing) if proof else None
            about = {"name": rule.name, "title": rule.title, "what": rule.what, "source": rule.source}
            rules.append(about | {"lr": rate, **ends, "per_seed": values, "verification": told})
        found = {
            "n": self.spec.steps,
            "seeds": self.spec.seeds,
            "band": attempt("The band of losses", self._band, _no_band),
            "rules": rules,
            "blow_up": blown,
            "limit": limit,
            "range": {"because": attempt("What the range misses", lambda: self._too_small(blown), lambda why: [why])},
            "recommended": none_recommended(doubt)
            if doubt
            else attempt("Which rate is best", lambda: recommend(rules, proofs, limit), none_recommended),
        }
        return _plain(found)

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

    def _blow_up(self) -> dict[str, Any] | None:
        """Return where the loss first rose to four times its best, and where it stopped being a number."""
        exploded = [passed(smoothed(raised(self.loss(seed))), BLOWN) for seed in range(self.spec.seeds)]
        broken = [
            int(np.flatnonzero(~np.isfinite(self.loss(seed)))[0]) if not np.isfinite(self.loss(seed)).all() else None
            for seed in range(self.spec.seeds)
        ]
        first = [min((k for k in pair if k is not None), default=None) for pair in zip(exploded, broken, strict=True)]
        steps = sorted(step for step in first if step is not None)
        if not steps:
            return None
        step = steps[(len(steps) - 1) // 2]
        ended = sorted(k for k in broken if k is not None)
        nan = ended[(len(ended) - 1) // 2] if ended else None
        who = "" if self.spec.seeds == 1 else f" ({len(steps)} of {self.spec.seeds} seeds; the median)"
        text = f"The smoothed loss passed {BLOWN:g} times its best at lr {number(self.lr[step], 3)}{who}"
        text += f", and was no longer finite from lr {number(self.lr[nan], 3)} on." if nan is not None else "."
        found = {"lr": float(self.lr[step]), "step": step, "seeds": len(steps), "because": text}
        return found | {"nonfinite": None if nan is None else {"lr": float(self.lr[nan]), "step": nan}}

    def _too_small(self, blown: dict[str, Any] | None) -> list[str]:
        """Return what the range misses on either side, a sentence each."""
        found, spec = [], self.spec
        mean = smoothed(np.median(np.where(np.isnan(self.losses), np.inf, self.losses), axis=1))
        finite = mean[np.isfinite(mean)]
        early = max(1, int(EARLY * len(mean)))
        if len(finite) > early and finite[0] - finite[early] > EARLY_FALL * (finite[0] - finite.min()) > 0:
            found.append(
                f"The range begins too high: the loss falls from the first updates on. Lower lr_from, {spec.lr_from:g}."
            )
        elif blown is not None and blown["step"] < early:
            found.append(
                f"The range begins too high: it blew up after {blown['step']} updates. Lower lr_from, {spec.lr_from:g}."
            )
        if blown is None:
            found.append(
                f"The range ends too low: nothing blew up. Raise lr_to, {spec.lr_to:g}, to see where training breaks."
            )
        return found


def recommend(
    rules: Sequence[dict[str, Any]], proofs: dict[float, Verification], limit: dict[str, Any] | None
) -> dict[str, Any]:
    """Return the verified rate with the lowest loss among those that train with every seed and hold; why, too."""
    bound = math.inf if limit is None else limit["value"]
    fit = [one for one in rules if one["lr"] is not None and one["name"] != "trench" and one["lr"] < bound]
    fit = [one for one in fit if proofs[one["lr"]].trains]
    if not fit:
        text = "No suggestion trains with every seed, so none is recommended. Lower lr_from, or take more steps."
        return none_recommended(text)
    best = min(fit, key=lambda one: (proofs[one["lr"]].final, one["lr"]))
    proof = proofs[best["lr"]]
    others = f", lower than any of the {len(fit) - 1} other rates that train" if len(fit) > 1 else ""
    text = (
        f"{number(best['lr'], 3)} ({best['title']}, {best['what']}): {proof.steps} updates with it took the loss "
        f"from {number(proof.start, 3)} to {number(proof.final, 3)}{others}"
    )
    if limit is not None:
        text += f", and it is {number(best['lr'] / bound, 2)} of the stability limit {number(bound, 3)}"
    return {"lr": best["lr"], "rule": best["name"], "because": text + "."}


def none_recommended(why: str) -> dict[str, Any]:
    """Return that no rate is recommended, and why."""
    return {"lr": None, "rule": None, "because": why}


def _nothing(why: str) -> None:
    return None


def _unproved(why: str) -> tuple[dict[float, Verification], str]:
    return {}, why


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
