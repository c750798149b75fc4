"""What a newcomer meets first: the README, the packaging and the compose file say what is true."""

import ast
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_compose_file_is_valid():
    command = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    answer = subprocess.run([*command, ROOT / "docker-compose.yml"], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout


def test_every_dependency_is_pinned():
    names = [re.match(r"[a-z0-9-]+", d)[0] for d in dependencies()]
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().lower().split())
    assert [n for n in names if n not in pins] == []
    assert pins["torch"] == "2.13.0"


def dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]


def test_lock_files_name_no_registry():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_the_pictures_of_the_readme_exist():
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", (ROOT / "README.md").read_text())
    assert pictures
    assert [p for p in pictures if not (ROOT / p).is_file()] == []


def test_the_makefile_has_the_commands_the_readme_names():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)(?= |`|$)", (ROOT / "README.md").read_text(), re.M)) <= targets


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


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
    parts = client["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    sources = [(folder / part).resolve() for part in parts]
    assert [source for source in sources if not source.exists()] == []
    assert [f"slalom/{source.relative_to(ROOT / 'backend/slalom')}" for source in sources] == list(parts.values())
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


def test_a_package_of_types_says_so(wheel):
    assert "slalom/py.typed" in wheel.namelist()


def test_the_tests_of_other_processors_are_there():
    from machines import SUITE, WITHOUT_NUMBERS

    assert [path for path in (*SUITE, *WITHOUT_NUMBERS) if not (ROOT / path).exists()] == []
