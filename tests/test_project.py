"""What a newcomer meets first: the README, the packaging and the compose file say what is true."""

import ast
import hashlib
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
import zipfile
from contextlib import suppress
from email import message_from_bytes
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from slalom.web.static.files import plotly_file, plotly_version

ROOT = Path(__file__).parents[1]


def test_every_dependency_is_pinned():
    names = [re.match(r"[a-z0-9-]+", d)[0] for d in dependencies()]
    pins = {name.lower(): version for name, version in pinned().items()}
    assert [n for n in names if n not in pins] == []
    assert pins["torch"] == "2.13.0"


def test_nothing_is_pinned_that_nobody_needs():
    pins = {canonicalize_name(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().split()}
    here = {canonicalize_name(one.metadata["Name"]) for one in metadata.distributions()}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert sorted((pins & here) - needed_by([*dependencies(), *build])) == []


def needed_by(requirements):
    """Return the names of what these need, wherever and on whatever they are installed, and what that needs in turn."""
    waiting, seen = [Requirement(one) for one in requirements], set()
    while waiting:
        one = waiting.pop()
        known = canonicalize_name(one.name), frozenset(one.extras)
        if known in seen:
            continue
        seen.add(known)
        with suppress(metadata.PackageNotFoundError):
            needs = map(Requirement, metadata.requires(one.name) or [])
            waiting += [need for need in needs if is_wanted(need.marker, one.extras)]
    return {name for name, _ in seen}


def is_wanted(marker, extras):
    """Return whether a dependency is one without its extras, or of one of those that are asked for."""
    asked = re.findall(r'extra == "([^"]+)"', str(marker))
    return not asked or any(canonicalize_name(extra) in map(canonicalize_name, asked) for extra in extras)


def pinned():
    return dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())


def dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]


FLOORS = {"starlette": "1.0.1", "h11": "0.16", "torch": "2.6", "python-multipart": "0.0.18", "Jinja2": "3.1.6"}
"""The first versions without a fault that is known and matters here."""


def test_no_version_with_a_known_fault_is_installed_or_allowed():
    pins = {name.lower(): Version(pin) for name, pin in pinned().items()}
    assert [name for name, floor in FLOORS.items() if pins[name.lower()] < Version(floor)] == []
    for requirement in map(Requirement, dependencies()):
        floor = FLOORS.get(requirement.name)
        assert floor is None or not requirement.specifier.contains("0.1")
        assert floor is None or min(Version(one.version) for one in requirement.specifier) >= Version(floor)
    assert Version(plotly_version()) >= Version("2.25.2")


PLOTLY = {"7.1.0": "3b6e15d45dbb7fca5bd2094291e961ddc5472cd887009e6009a56dab668d721f"}
"""The checksum of plotly.min.js, by the pinned version of the package that it comes with."""


def test_the_plot_library_is_the_one_that_was_looked_at():
    version = pinned()["plotly"]
    assert metadata.version("plotly") == version
    assert hashlib.sha256(plotly_file().read_bytes()).hexdigest() == PLOTLY[version]


def test_no_page_loads_anything_from_elsewhere():
    pages = [*(ROOT / "frontend").rglob("*.html"), *(ROOT / "frontend").rglob("*.css")]
    assert len(pages) > 10
    for page in pages:
        assert re.findall(r"(?:src=|url\(|@import )[\"']?(?:https?:)?//", page.read_text()) == [], page
    for page in (ROOT / "frontend").rglob("*.html"):
        assert re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="(?:https?:)?//', page.read_text()) == [], page


def test_no_program_of_a_host_runs_what_strangers_propose():
    assert not (ROOT / ".github").exists()


def test_lock_files_name_no_registry_and_say_what_is_to_come():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and not package.get("integrity")] == []


def test_the_makefile_has_the_commands_the_readme_names():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)(?= |`|$)", (ROOT / "README.md").read_text(), re.M)) <= targets


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of what is published: source distributions, and the wheels made of them, with no source named."""
    folder = tmp_path_factory.mktemp("built")
    environ = {name: value for name, value in os.environ.items() if name != "SLALOM_SOURCE"}
    for project in (ROOT, ROOT / "packages/client"):
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(project)]
        answer = subprocess.run(command, capture_output=True, text=True, env=environ)
        assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    return zipfile.ZipFile(next(built.glob("slalom-*.whl")))


def test_an_index_takes_what_is_published(built):
    files = sorted(built.iterdir())
    assert sorted(file.suffix for file in files) == [".gz", ".gz", ".whl", ".whl"]
    command = [sys.executable, "-m", "twine", "check", "--strict", *files]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_what_an_index_is_told_leads_somewhere(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    told = message_from_bytes(wheel.read(name))
    assert told["License-Expression"] == "MIT"
    assert told["Keywords"]
    assert len(told.get_all("Classifier")) > 10
    assert told.get_all("Project-URL") is None
    assert relative(told.get_payload()) == []


def relative(text):
    """The addresses of a README that depend on where it is read."""
    return [address for address in re.findall(r"\]\(([^)]+)\)", text) if not re.match(r"https?://|#", address)]


def test_pictures_and_links_of_the_readme_are_shown_wherever_it_is_published():
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))
    readme = (ROOT / "README.md").read_text()
    shown = hook["told_elsewhere"](readme, "https://code.example/slalom")
    assert relative(shown) == []
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", readme)
    links = re.findall(r"(?<!!)\[[^]]*\]\((?!http|#)(.*?)\)", readme)
    assert pictures
    assert links
    assert all(f"(https://code.example/slalom/raw/HEAD/{picture})" in shown for picture in pictures)
    assert all(f"(https://code.example/slalom/blob/HEAD/{link})" in shown for link in links)
    nowhere = hook["told_elsewhere"](readme, None)
    assert relative(nowhere) == []
    assert "![" not in nowhere


def test_the_wheel_carries_the_page_the_migrations_and_the_data(wheel):
    names = set(wheel.namelist())
    pages = {f"slalom/frontend/{p.relative_to(ROOT / 'frontend')}" for p in (ROOT / "frontend").rglob("*.js")}
    assert pages | {"slalom/frontend/index.html"} <= names
    assert any(n.startswith("slalom/storage/migrations/versions/0001") for n in names)
    data = {p.name for p in (ROOT / "backend/slalom/catalogue/datasets/shipped").iterdir()}
    assert {"digits.csv.gz", "names.txt"} < data
    assert {f"slalom/catalogue/datasets/shipped/{name}" for name in data} <= names


def imported_by(path):
    """The modules that a file imports, as they are written."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def test_the_client_is_made_of_parts_that_need_no_more_than_it_installs():
    folder = ROOT / "packages/client"
    client = tomllib.loads((folder / "pyproject.toml").read_text())
    parts = client["tool"]["hatch"]["build"]["hooks"]["custom"]["parts"]
    sources = [ROOT / "backend/slalom" / part for part in parts]
    assert [source for source in sources if not source.exists()] == []
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    files = [file for source in sources for file in ([source] if source.is_file() else source.rglob("*.py"))]
    modules = {name for file in files if file.suffix == ".py" for name in imported_by(file)}
    ours = {name.split(".")[1] for name in modules if name.startswith("slalom.")}
    beside = {"storage", "watch", "widget"}
    """What only processes of a server import, and what is not exported where it is missing."""
    assert ours - {source.stem for source in sources} == beside
    later = {"torch", "matplotlib", "PIL"}
    """Imported only by what says how to install them."""
    wanted = {name.split(".")[0] for name in modules} - sys.stdlib_module_names - {"slalom", "pydantic_core"} - later
    needed = {re.match(r"[a-z0-9-]+", need)[0].replace("-", "_"): need for need in client["project"]["dependencies"]}
    assert set(needed) == wanted
    assert set(needed.values()) <= set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])


def test_the_client_has_the_files_of_its_parts(built, wheel):
    client = zipfile.ZipFile(next(built.glob("slalom_client-*.whl")))
    carried = {name: client.read(name) for name in client.namelist() if name.startswith("slalom/")}
    assert {"slalom/client/blocking.py", "slalom/local.py", "slalom/py.typed"} < set(carried)
    assert carried == {name: wheel.read(name) for name in carried}


def test_a_package_of_types_says_so(wheel):
    assert "slalom/py.typed" in wheel.namelist()


def test_the_tests_of_other_processors_are_there():
    from machines import SUITE, WITHOUT_NUMBERS

    assert [path for path in (*SUITE, *WITHOUT_NUMBERS) if not (ROOT / path).exists()] == []
