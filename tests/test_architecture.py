"""The house keeps its shape: arrows run down, files stay small, nothing unsafe is loaded."""

import ast
import collections
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "backend/slalom").rglob("*.py"))
MODULES = sorted((ROOT / "frontend").rglob("*.js"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 8


def functions(path):
    tree = ast.parse(path.read_text())
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(function):
    return function.end_lineno - function.lineno + 1


def code_length(function):
    """Lines of a function without its docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return length(function) - (first.end_lineno - first.lineno + 1 if documented else 0)


def test_imports_run_down():
    command = [str(Path(sys.executable).with_name("lint-imports"))]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout


def test_importing_slalom_costs_neither_torch_nor_fastapi():
    code = "import sys, slalom; sys.exit(bool({'torch', 'fastapi', 'httpx', 'ray', 'sqlalchemy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_web_process_never_imports_torch_nor_unasked_ray():
    code = "import sys, slalom.web.app, slalom.cli; sys.exit(bool({'torch', 'ray'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("path", SOURCES + MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_small_and_say_what_they_are_for(path):
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    assert text.lstrip().startswith(('"""', "/**", "//"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_functions_are_short(path):
    longest = max(functions(path), key=length, default=None)
    assert longest is None or length(longest) <= LONGEST_FUNCTION, longest.name


def test_the_median_function_is_short():
    lengths = [code_length(f) for path in SOURCES for f in functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


UNSAFE = re.compile(
    r"\b(pickle|cloudpickle|dill|joblib|marshal|shelve|torch\.load|yaml\.load|eval)\b\s*[.(]|allow_pickle\s*=\s*True"
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_unpickled_or_evaluated(path):
    assert not UNSAFE.findall(path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_page_never_builds_html_from_text(path):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", path.read_text()
    )


def test_the_page_loads_nothing_from_elsewhere():
    allowed = ("http://www.w3.org/",)
    for path in [*MODULES, *(ROOT / "frontend").rglob("*.html"), *(ROOT / "frontend").rglob("*.css")]:
        links = re.findall(r"https?://[^\s\"'`)>]*", path.read_text())
        assert [u for u in links if not u.startswith(allowed) and "://${" not in u] == [], path


def top_level_names(path):
    """Public names that a module defines, not those it imports."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


TWO_HOMES = {
    "log": "every module that logs has its own logger",
    "router": "every module of routes has its own",
    "simulate": "computes a spec: in this process; and as a route of the API",
    "Problem": "the objective that is minimised; and on the wire, by RFC 9457, what went wrong",
    "Plateau": "a schedule that waits for a plateau; and the outcome of a run that lies on one",
    "Saddle": "a surface with a saddle; and the outcome of a run that stalled at one",
}
"""Public names that are defined in several modules, and why."""


def test_a_public_name_has_one_home():
    homes = collections.defaultdict(set)
    for path in SOURCES:
        if "migrations" not in path.parts:
            for name in top_level_names(path):
                if not name.startswith("_"):
                    homes[name].add(str(path.relative_to(ROOT)))
    several = {name: sorted(where) for name, where in homes.items() if len(where) > 1}
    assert {name: where for name, where in several.items() if name not in TWO_HOMES} == {}
    assert set(TWO_HOMES) <= set(several), "No longer needed here."


MOST_FILES = 22
"""Of one folder: its listing is read at a glance."""
MOST_ALIKE = 3
"""Files of one folder that begin with the same word: more of them are a folder that was not made."""
FOLDERS = sorted({path.parent for path in SOURCES})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_folder_has_one_subject_that_its_listing_explains(folder):
    names = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    assert len(names) <= MOST_FILES
    first_words = collections.Counter(name.partition("_")[0] for name in names)
    assert {word: n for word, n in first_words.items() if n > MOST_ALIKE} == {}


def test_tests_lie_where_their_subject_does():
    apart = {"bench", "browser", "frontend", "data"}
    """Folders of tests that are about no package: measurements, the page, its modules, and data."""
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    packages = {folder.relative_to(ROOT / "backend/slalom") for folder in FOLDERS}
    assert {folder for folder in folders if folder.parts[:1] and folder.parts[0] not in apart} <= packages
