"""The words of formulas: functions, constants and variables, other spellings of them, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Collection

SMOOTH = ("sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh", "atan", "sigmoid", "log1p", "expm1")
SMOOTH += ("asin", "acos", "asinh", "acosh", "atanh", "log2", "log10")
STEPS = ("sign", "floor", "ceil", "round")
"""Functions that are constant between jumps: their derivative is 0, at the jumps too."""
UNARY = (*SMOOTH, *STEPS, "abs", "relu")
RECIPROCAL = {"sec": "cos", "csc": "sin", "cot": "tan", "sech": "cosh", "csch": "sinh", "coth": "tanh"}
"""Functions that are one divided by another."""
FUNCTIONS = dict.fromkeys(UNARY, (1, 1)) | {"atan2": (2, 2), "mod": (2, 2)}
FUNCTIONS |= {"min": (2, 199), "max": (2, 199), "where": (3, 3)}
"""Every function with the smallest and the largest number of arguments."""
CONSTANTS = ("pi", "e")
LETTERS = ("x", "y", "z")
NUMBERED = tuple(f"x{i}" for i in range(1, 9))
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")

WRITTEN_OUT = {"pow": 2, "square": 1, "exp2": 1, "clip": 3, **dict.fromkeys(RECIPROCAL, 1)}
"""Functions that are written with others, such as sec(x) as 1/cos(x), and how many arguments they have."""

_ALSO = {
    "sin": "sen",
    "tan": "tg",
    "exp": "",
    "log": "ln loge log_e",
    "log2": "lb ld log_2",
    "log10": "lg log_10",
    "sqrt": "root wurzel",
    "abs": "fabs absolute",
    "tanh": "th",
    "sinh": "sh",
    "cosh": "ch",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan arctg atg",
    "asinh": "arcsinh arsinh",
    "acosh": "arccosh arcosh",
    "atanh": "arctanh artanh",
    "atan2": "arctan2",
    "sigmoid": "logistic expit",
    "sign": "sgn signum vorzeichen",
    "ceil": "ceiling",
    "round": "rint",
    "mod": "remainder rest",
    "min": "minimum fmin",
    "max": "maximum fmax",
    "where": "ifelse iif wenn",
    "pow": "power potenz",
    "square": "sqr",
    "sec": "",
    "csc": "cosec",
    "cot": "ctg cotan",
    "clip": "clamp",
}
SPELLINGS = {other: name for name, others in _ALSO.items() for other in others.split()}
"""Other names of functions."""

CALLS = {"min": "min(x, 1)", "max": "max(x, 1)", "mod": "mod(x, 2)", "atan2": "atan2(y, x)", "pow": "pow(x, 2)"}
CALLS |= {"where": "where(x > 0, x, 0)", "clip": "clip(x, 0, 1)"}
"""How functions of more than one argument are called."""

LONGEST_WORD = 24
"""Characters of names that are written together."""

RESERVED = ("if", "else", "and", "or", "not", "for", "in", "is", "mod", "lambda")
"""Words that are never a factor of a product."""

INSTEAD = {
    "cbrt": "x**(1/3) for x >= 0, sign(x)*abs(x)**(1/3) for all x",
    "heaviside": "where(x > 0, 1, 0)",
    "step": "where(x > 0, 1, 0)",
    "unitstep": "where(x > 0, 1, 0)",
    "heavisidetheta": "where(x > 0, 1, 0)",
    "sinc": "sin(x)/x, or sin(pi*x)/(pi*x)",
    "softplus": "log1p(exp(x))",
    "swish": "x*sigmoid(x)",
    "silu": "x*sigmoid(x)",
    "gelu": "x*sigmoid(1.702*x)",
    "logit": "log(x/(1 - x))",
    "elu": "where(x > 0, x, exp(x) - 1)",
    "selu": "1.0507*where(x > 0, x, 1.6733*(exp(x) - 1))",
    "celu": "where(x > 0, x, exp(x) - 1)",
    "prelu": "where(x > 0, x, 0.01*x)",
    "leakyrelu": "where(x > 0, x, 0.01*x)",
    "leaky_relu": "where(x > 0, x, 0.01*x)",
    "relu6": "min(max(x, 0), 6)",
    "hardtanh": "min(max(x, -1), 1)",
    "hardsigmoid": "min(max(x/6 + 1/2, 0), 1)",
    "logsigmoid": "-log1p(exp(-x))",
    "mish": "x*tanh(log1p(exp(x)))",
    "rsqrt": "1/sqrt(x)",
    "reciprocal": "1/x",
    "cube": "x**3",
    "exp10": "10**x",
    "asec": "acos(1/x)",
    "acsc": "asin(1/x)",
    "acot": "atan(1/x)",
    "asech": "acosh(1/x)",
    "acsch": "asinh(1/x)",
    "acoth": "atanh(1/x)",
    "sind": "sin(x*pi/180)",
    "cosd": "cos(x*pi/180)",
    "tand": "tan(x*pi/180)",
    "asind": "asin(x)*180/pi",
    "acosd": "acos(x)*180/pi",
    "atand": "atan(x)*180/pi",
    "sqrtpi": "sqrt(x*pi)",
    "surd": "x**(1/3) for x >= 0, sign(x)*abs(x)**(1/3) for all x",
    "nthroot": "x**(1/3) for x >= 0, sign(x)*abs(x)**(1/3) for all x",
    "roundup": "ceil(x)",
    "rounddown": "floor(x)",
    "minimize": "only the expression to minimise, such as x**2",
    "minimise": "only the expression to minimise, such as x**2",
    "argmin": "only the expression to minimise, such as x**2",
    "maximize": "the expression with a minus, such as -(x**2)",
    "maximise": "the expression with a minus, such as -(x**2)",
    "argmax": "the expression with a minus, such as -(x**2)",
    "on": "only the expression to minimise, such as x**2",
    "return": "only the expression to minimise, such as x**2",
    "hypot": "sqrt(x**2 + y**2)",
    "norm": "sqrt(x**2 + y**2)",
    "trunc": "sign(x)*floor(abs(x))",
    "int": "sign(x)*floor(abs(x))",
    "frac": "mod(x, 1)",
    "fmod": "mod(x, 2), which has the sign of the divisor",
    "sum": "the terms one by one, with +",
    "prod": "the factors one by one, with *",
    "if": "where(x > 0, a, b)",
    "piecewise": "where(x > 0, a, b)",
    "cases": "where(x > 0, a, b)",
    "lambda": "only the expression to minimise, such as x**2",
    "def": "only the expression to minimise, such as x**2",
    "and": "one where in another: where(x > 0, where(y > 0, a, b), b)",
    "or": "one where in another: where(x > 0, a, where(y > 0, a, b))",
}
"""What to write for a word that is not known."""

_INDEXED = re.compile(r"x_?([1-8])(?![0-9])")
_DIGITS = re.compile(r"[0-9]+(?=[A-Za-z])")
_JOINABLE = sorted(
    (name for name in (*UNARY, *SPELLINGS) if SPELLINGS.get(name, name) in UNARY), key=lambda name: (-len(name), name)
)


def known_name(word: str) -> str | None:
    """Return the name that a word is or spells, None where it is not known.

    >>> known_name("ln"), known_name("Sin"), known_name("x_1"), known_name("PI"), known_name("foo")
    ('log', 'sin', 'x1', 'pi', None)
    """
    for name in (word, word.lower()):
        name = SPELLINGS.get(name, name)
        if name in FUNCTIONS or name in WRITTEN_OUT or name in CONSTANTS or name in LETTERS or name in NUMBERED:
            return name
    found = _INDEXED.fullmatch(word)
    return f"x{found[1]}" if found else None


def unknown_letters(word: str, called: bool, known: Collection[str] = ()) -> list[str]:
    """Return the letters of a word of one or two of which one at least is neither a variable nor a constant.

    >>> [unknown_letters(word, False) for word in ("a", "ax", "ab", "w_1", "foo")]
    [['a'], ['a', 'x'], ['a', 'b'], ['w_1'], []]
    """
    if word in (*known, *RESERVED, *INSTEAD, "π") or known_name(word) or names_in(word):
        return []
    if re.fullmatch(r"[^\W\d_](?:_?[0-9]+)?", word):
        return [] if word[0] in LETTERS else [word]
    joined = not called and len(word) == 2 and word.isalpha()
    return [letter for letter in word if letter not in (*known, "e")] if joined else []


def names_in(word: str, letters: tuple[str, ...] = LETTERS) -> list[str] | None:
    """Return the names that are written together in a word, None where it is not made of such.

    >>> names_in("xy"), names_in("xsinx"), names_in("sin2x"), names_in("x1x2"), names_in("foo")
    (['x', 'y'], ['x', 'sin', 'x'], ['sin', '2', 'x'], ['x1', 'x2'], None)
    """
    if len(word) > LONGEST_WORD:
        return None
    ends: dict[tuple[int, bool], list[str] | None] = {(len(word), after): [] for after in (False, True)}
    for i in reversed(range(len(word))):
        for after in (False, True):
            ends[i, after] = None
            for piece, name in _pieces(word, i, after, letters):
                rest = ends[i + len(piece), name in UNARY]
                if rest is not None:
                    ends[i, after] = [name, *rest]
                    break
    return ends[0, False]


def _pieces(word: str, i: int, after: bool, letters: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the names with which a word may go on at a place; ``after`` a function its argument begins there."""
    found = [(name, SPELLINGS.get(name, name)) for name in _JOINABLE if word.startswith(name, i)]
    if match := _INDEXED.match(word, i):
        return [*found, (match[0], f"x{match[1]}")]
    if after and (match := _DIGITS.match(word, i)):
        return [(match[0], match[0])]
    if word.startswith("pi", i):
        found.append(("pi", "pi"))
    if word[i] in letters or (word[i] == "e" and not after):
        found.append((word[i], word[i]))
    return found
