"""Specs that the description of the API shows, and that its page sends: real ones, which the tests run."""

from __future__ import annotations

from typing import Any

FIRST_SPEC: dict[str, Any] = {
    "kind": "comparison",
    "problem": {"kind": "parabola"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1.05}}, {"optimizer": {"kind": "sgd", "lr": 0.1}}],
    "steps": 40,
}
"""The shortest one that shows something: a rate that is too large beside one that is not."""
SIMULATED_SPECS: dict[str, dict[str, Any]] = {
    "two_rates": {"summary": "Two learning rates on a parabola: one run diverges", "value": FIRST_SPEC},
    "thermometer": {
        "summary": "The printed regression of a book, in single precision",
        "value": {
            "kind": "comparison",
            "problem": {"kind": "regression", "data": "thermometer", "scaling": "raw"},
            "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-4}}],
            "steps": 100,
            "dtype": "float32",
        },
    },
    "formula": {
        "summary": "A formula of one's own, with momentum and Adam side by side",
        "value": {
            "kind": "comparison",
            "problem": {"kind": "formula", "text": "(1 - x)^2 + 10*(y - x^2)^2"},
            "runs": [
                {"optimizer": {"kind": "sgd", "lr": 0.01, "momentum": 0.9}, "start": [-1.5, 2]},
                {"optimizer": {"kind": "adam", "lr": 0.1}, "start": [-1.5, 2]},
            ],
            "steps": 300,
        },
    },
    "sweep": {
        "summary": "One field takes twelve values",
        "value": {
            "kind": "comparison",
            "problem": {"kind": "bowl"},
            "runs": [{"optimizer": {"kind": "sgd", "momentum": 0.9}}],
            "vary": [{"field": "run.optimizer.lr", "from": 0.001, "to": 1, "scale": "log", "n": 12}],
            "steps": 100,
        },
    },
    "network": {
        "summary": "A small network learns two moons, in mini-batches",
        "value": {
            "kind": "comparison",
            "problem": {"kind": "network", "hidden": [8], "data": {"kind": "moons", "n": 100}},
            "runs": [{"optimizer": {"kind": "adam", "lr": 0.02}, "batch_size": 20}],
            "steps": 50,
        },
    },
    "range_test": {
        "summary": "A range test looks for a learning rate",
        "value": {
            "kind": "range_test",
            "problem": {"kind": "bowl"},
            "run": {"optimizer": {"kind": "sgd"}},
            "lr_from": 1e-4,
            "lr_to": 10,
            "steps": 200,
        },
    },
}
"""What is computed at once."""
STORED_SPECS = SIMULATED_SPECS | {
    "map": {
        "summary": "Where it converges: two fields vary",
        "value": {
            "kind": "map",
            "problem": {"kind": "bowl"},
            "run": {"optimizer": {"kind": "sgd"}},
            "vary": [
                {"field": "run.optimizer.lr", "from": 0.01, "to": 2, "scale": "log", "n": 24},
                {"field": "run.optimizer.momentum", "from": 0, "to": 0.95, "n": 16},
            ],
            "steps": 100,
        },
    },
}
"""What can be stored."""
