"""Ten million formulas, most of them wrong, in two processes; and a search for the legal one that takes longest."""

from __future__ import annotations

import multiprocessing
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from slalom.catalogue.formula import TYPED
from slalom.catalogue.formula import _parsed as parsed_once
from slalom.errors import FormulaError

from ..bench.measure import Row

INPUTS, PROCESSES, SEED = 10_000_000, 2, 8_000_000
SLOWEST = 0.005
"""CPU seconds that a formula may take to be read and differentiated."""
SEARCH = 0.2
"""Share of the time that is spent on the search for the slowest."""
POPULATION = 40
"""Formulas with which a search goes on."""
REPEATS = 3
"""Times that a slow formula is measured again; the fastest counts: others may have held the processor."""
ALPHABET = "xyz0123456789.eE+-*/^()<>=!, \t²³⁻sincotaexplgqrbhmdwuf_[]{}|:;'\"\\@#√πθ·−½₁$%&~`?λ∞½①ﬀ\u200b\ud800\0\n"
LEAVES = ("x", "y", "x", "y", "z", "x1", "x8", "pi", "e", "2", "3", "0.5", "1", "10", "1.5", "0", "½", "π")
ONE = (
    *("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh", "sinh", "cosh", "atan", "log1p", "expm1", "sigmoid"),
    *("asin", "acos", "asinh", "acosh", "atanh", "log2", "log10", "sign", "floor", "ceil", "round", "relu"),
)
TWO = ("min", "max", "mod", "atan2")
SNIPPETS = (
    *("__import__('os')", "x.__class__", "lambda: x", "[x for x in y]", "9**9**9", "x if y else z", "f'{x}'", "#"),
    *("e^{-x}", "|x|", "sin²x", "where(x>0,", "x_1", "))))", "((((", "------", "**", "1e999", "0x10", "1_000", "x;y"),
    *("\\frac{", "\\sqrt", "½", "π", "≤"),
)
Rng = random.Random


@dataclass
class Found:
    """What came of some inputs."""

    inputs: int = 0
    legal: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")


def rows(seconds: float) -> Iterator[Row]:
    """Read formulas drawn from several distributions, then change the slowest ones further and further."""
    begin, context = time.monotonic(), multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        jobs = [(SEED + i, INPUTS // PROCESSES, (1 - SEARCH) * seconds) for i in range(PROCESSES)]
        found = pool.starmap(fuzz, jobs)
        took, count = time.monotonic() - begin, sum(one.inputs for one in found)
        searched = pool.starmap(search, [(SEED + i, SEARCH * seconds) for i in range(PROCESSES)])
    faults = [fault for one in (*found, *searched) for fault in one.faults]
    for fault in faults[:20]:
        print("   ", fault[:400])
    legal = sum(one.legal for one in found)
    rate = f"{count / took:,.0f} a second"
    yield Row(f"{count:,} formulas, {legal:,} legal ({rate}): other errors", f"{len(faults)}", "0", not faults)
    for what, some in (("  the slowest of them", found), ("  the slowest that a search found", searched)):
        cpu, text = max(one.slowest for one in some)
        print(f"    {1e3 * cpu:.1f} ms: {text!r}")
        yield Row(what, f"{1e3 * cpu:.1f} ms of CPU", "< 5 ms", cpu < SLOWEST)


def fuzz(seed: int, count: int, seconds: float) -> Found:
    """Read so many formulas, or as many as there is time for."""
    rng, found, deadline = random.Random(seed), Found(), time.monotonic() + seconds
    while found.inputs < count and time.monotonic() < deadline:
        for _ in range(100):
            take(rng.choice(SORTS)(rng), found)
    return found


def search(seed: int, seconds: float) -> Found:
    """Change legal formulas at random, and go on with whichever take longest."""
    rng, found, deadline = random.Random(seed), Found(), time.monotonic() + seconds
    best: list[tuple[float, str]] = [(0.0, text) for text in ("x1*x2", "sin(x1)/x2", "(x1)**(x2)", "exp(x1)*x8")]
    while time.monotonic() < deadline:
        other = rng.choice(WAYS)(rng.choice(best)[1], rng.choice(best)[1], rng)
        if len(other) > TYPED.characters or not timed(other)[1]:
            continue
        cpu = take(other, found)
        if cpu > best[-1][0] and all(known != other for _, known in best):
            best = sorted([*best, (cpu, other)], reverse=True)[:POPULATION]
    return found


def take(text: str, found: Found) -> float:
    """Read one formula, note what came of it, and return the CPU seconds that it took."""
    found.inputs += 1
    cpu, is_legal, fault = timed(text)
    found.legal += is_legal
    if fault:
        found.faults.append(f"{text!r}: {fault}")
    if cpu > found.slowest[0]:
        cpu = min(cpu, *(timed(text)[0] for _ in range(REPEATS)))
        found.slowest = max(found.slowest, (cpu, text))
    return cpu


def timed(text: str) -> tuple[float, bool, str]:
    """Return the CPU seconds of reading a formula, whether it is legal, and what was raised that should not be."""
    begin = time.thread_time()
    try:
        parsed_once.__wrapped__(text, (), TYPED)
    except FormulaError:
        return time.thread_time() - begin, False, ""
    except Exception as error:
        return time.thread_time() - begin, False, repr(error)
    return time.thread_time() - begin, True, ""


# What is read


def legal(rng: Rng, leaves: int = 0) -> str:
    """Return a formula by the grammar, of some leaves."""
    leaves = leaves or rng.choice((1, 2, 3, 5, 8, 20))
    if leaves <= 1:
        return rng.choice(LEAVES)
    left = rng.randrange(1, leaves)
    way = rng.random()
    if way < 0.3:
        return f"{rng.choice(ONE)}({legal(rng, leaves - 1)})"
    if way < 0.45:
        return f"({legal(rng, leaves - 1)})**{rng.choice(('2', '3', '-1', '0.5', '7', '(x)'))}"
    if way < 0.55:
        return f"{rng.choice(TWO)}({legal(rng, left)}, {legal(rng, leaves - left)})"
    if way < 0.6:
        return f"where({legal(rng, 1)} > {legal(rng, 1)}, {legal(rng, left)}, {legal(rng, leaves - left)})"
    return f"({legal(rng, left)}){rng.choice('+-*/')}({legal(rng, leaves - left)})"


def noise(rng: Rng) -> str:
    """Return characters that stand in formulas, and some that should not."""
    return "".join(rng.choices(ALPHABET, k=rng.randrange(60)))


def anything(rng: Rng) -> str:
    """Return any characters of Unicode."""
    return "".join(chr(rng.randrange(rng.choice((128, 0x3000, 0x110000)))) for _ in range(rng.randrange(40)))


def nearly(rng: Rng) -> str:
    """Return a legal formula with something in it that does not belong there."""
    return changed(legal(rng), rng)


def pieces(rng: Rng) -> str:
    """Return words of formulas, and of programs, one after another."""
    words = (*LEAVES, *ONE, *SNIPPETS, "(", ")", "+", "-", "*", "/", "^", ",", "=", " ")
    return "".join(rng.choices(words, k=rng.randrange(1, 15)))


def long(rng: Rng) -> str:
    """Return what is longer than it may be, or deeper."""
    return rng.choice(("-", "x+", "sin(", "(", "x", "9", "|", "x^", "√")) * rng.choice((10, 33, 100, 201, 5000))


SORTS: tuple[Callable[[Rng], str], ...] = (noise, noise, noise, anything, nearly, nearly, pieces, pieces, legal, long)


def changed(text: str, rng: Rng) -> str:
    """Return a text with a part of it replaced, doubled, or put into a function."""
    a, b = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
    way = rng.random()
    if way < 0.3:
        return text[:a] + rng.choice((*LEAVES, *SNIPPETS, legal(rng, 3))) + text[a + 1 :]
    if way < 0.5:
        return f"{rng.choice(ONE)}({text})"
    if way < 0.8:
        return f"{text[:a]}{legal(rng, rng.choice((1, 2, 4)))}{text[b:]}"
    return text[:a] + rng.choice(ALPHABET) + text[a + rng.randrange(2) :]


LEAF = re.compile(r"(?<![\w.])(?:x\d?|y|z|pi|e|\d+(?:\.\d+)?)(?![\w.(])")
INNERMOST = re.compile(r"\w*\([^()]*\)")
NAME = re.compile(rf"\b(?:{'|'.join(ONE)})\b")


def at_random(pattern: re.Pattern[str], put: Callable[[Rng], str], text: str, rng: Rng) -> str:
    """Return a text with something else in the place of one part that a pattern finds."""
    places = [*pattern.finditer(text)]
    if not places:
        return text
    place = rng.choice(places)
    return text[: place.start()] + put(rng) + text[place.end() :]


def part(rng: Rng) -> str:
    """Return a small formula of many variables, whose second derivatives are many."""
    a, b = (f"x{rng.randrange(1, 9)}" for _ in range(2))
    one, two = rng.choice(ONE), rng.choice(TWO)
    return rng.choice((a, a, f"{one}({a})", f"({a}{rng.choice('+-*/')}{b})", f"{two}({a},{b})", f"{a}**{b}", f"{a}**3"))


WAYS: tuple[Callable[[str, str, Rng], str], ...] = (
    lambda text, _, rng: at_random(LEAF, part, text, rng),
    lambda text, _, rng: at_random(LEAF, part, text, rng),
    lambda text, _, rng: at_random(NAME, lambda rng: rng.choice(ONE), text, rng),
    lambda text, _, rng: at_random(INNERMOST, part, text, rng),
    lambda text, _, rng: f"{rng.choice(ONE)}({text})",
    lambda text, other, rng: f"({text}){rng.choice(('*', '/', '+', '**'))}({other})",
    lambda text, other, rng: f"{text[: len(text) // 2]}{part(rng)}{other[len(other) // 2 :]}",
)
"""How a search changes a formula, or makes one of two."""
