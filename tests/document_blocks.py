"""Blocks of code in documents: where they are, and how those of each language are run or checked."""

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
import textwrap
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import stand_ins
import yaml
from babel.messages.pofile import read_po
from traitlets.config import Config

import slalom

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in ("CONTRIBUTING.md", "README.md"))]
ADDRESS = re.compile(r"https?://(?:127\.0\.0\.1:8000|(?:class|slalom)\.example)")
"""Where the documents say a server is."""
FENCE = re.compile(r"^( *)(`{3,})([^\n]*)\n(.*?)^\1\2 *$", re.M | re.S)
TITLE = re.compile(r'title="([^"]+)"')
MESSAGE = re.compile(r'#.*|(?:msg(?:id|id_plural|str|ctxt)(?:\[\d\])? )?"[^"]*"')
"""A line of a catalogue of messages."""
OUTPUT = "text"
"""The language of what the block before prints; … stands for anything, on a line of its own for any lines."""
DRAWING = "drawing"
"""The language of what is only looked at."""
VERDICTS = (3, 4)
"""Exit codes that say what came of a run, diverged or not arrived: nothing went wrong."""


class CodeBlock(NamedTuple):
    """One block of a document."""

    language: str
    title: str | None
    """The name of the file that it is, if it is one."""
    text: str
    place: str


def blocks_of(path):
    """Return the blocks of a document, in their order."""
    text = path.read_text()
    found = []
    for match in FENCE.finditer(text):
        language, _, more = match[3].strip().partition(" ")
        title = TITLE.search(more)
        place = f"{path.relative_to(ROOT)}, line {text.count(chr(10), 0, match.start()) + 1}"
        found.append(CodeBlock(language, title and title[1], textwrap.dedent(match[4]), place))
    return found


def pattern_of(expected):
    """Return the pattern that an output fits which is written with …."""
    lines = [line.rstrip() for line in expected.strip("\n").split("\n")]
    parts = [".*" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) for line in lines]
    return re.compile("\n".join(parts).replace("\n.*\n", "\n(?:.*\n)?"), re.S)


def check_output(expected, printed, place):
    """Raise AssertionError where something else was printed."""
    told = "\n".join(line.rstrip() for line in printed.strip("\n").split("\n"))
    assert pattern_of(expected).fullmatch(told), f"{place}: the output is\n{told}\nand should be\n{expected}"


class Reader:
    """Somebody who does what a document says, from its first block to its last, in an empty folder."""

    def __init__(self, folder, server):
        self.folder, self.server = folder, server
        self.names = {"__name__": "__main__", "c": Config()}
        """What the document's Python has defined so far; Jupyter's files of settings find ``c``."""
        self.printed = None
        self.written = set()
        """Files that a later block has to use."""

    def read(self, blocks):
        """Do what every block says."""
        for block in blocks:
            if block.language == OUTPUT:
                assert self.printed is not None, f"{block.place}: no block before this one prints anything."
                check_output(block.text, self.printed, block.place)
                self.printed = None
                continue
            self.printed = None
            assert block.language in LANGUAGES, f"{block.place}: nobody knows how to run or check {block.language!r}."
            self.written -= {name for name in self.written if name in block.text}
            if block.title is not None:
                self.write(block)
            LANGUAGES[block.language](self, block)
        assert not self.written, f"no block uses {self.written}"

    def write(self, block):
        """Make the file that a block is."""
        path = self.folder / block.title
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.here(block.text))
        self.written.add(path.parent.name if path.parent != self.folder else block.title)

    def here(self, text):
        """Return a text with the address of the server that is there."""
        return ADDRESS.sub(self.server, text) if self.server else text

    def python(self, block):
        """Execute a program, or compile it where it is a file that a later block runs."""
        code = compile(self.here(block.text), block.place, "exec")
        if block.title is None:
            with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.chdir(self.folder):
                exec(code, self.names)
            self.printed = out.getvalue()

    def shell(self, block):
        """Execute commands."""
        self.printed = self.bash(block.text, block.place)

    def console(self, block):
        """Execute the commands behind every $, and compare what they print with the lines below."""
        for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
            command, printed = re.fullmatch(r"((?:[^\n]*\\\n)*[^\n]*)\n?(.*)", part, re.S).groups()
            check_output(printed, self.bash(command, block.place), block.place)

    def bash(self, commands, place):
        """Return what commands print; raise AssertionError where one fails."""
        stop = f"trap 'code=$?; [[ $code =~ ^({'|'.join(map(str, VERDICTS))})$ ]] || exit $code' ERR"
        command = ["bash", "-o", "pipefail", "-c", f"{stop}\n{self.here(commands)}"]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SLALOM_")}
        environ |= {
            "PATH": f"{stand_ins.folder(self.folder)}:{Path(sys.executable).parent}:{environ['PATH']}",
            "HOME": str(self.folder),
            "SLALOM_STORE": str(self.folder / ".slalom.db"),
            "SLALOM_URL": self.server or "http://127.0.0.1:9",
            "NO_COLOR": "1",
            "OMP_NUM_THREADS": "1",
            "JUPYTERHUB_SERVICE_PREFIX": "/user/ann/",
            "CODESPACE_NAME": "ann-x7",
            "COLUMNS": "100",
        }
        told = {"cwd": self.folder, "env": environ, "stdin": subprocess.DEVNULL, "timeout": 120}
        answer = subprocess.run(command, capture_output=True, text=True, **told)
        assert answer.returncode in (0, *VERDICTS), f"{place}: {answer.stdout}{answer.stderr}"
        return answer.stdout

    def json(self, block):
        """Read a text of JSON, and run it where it is a spec."""
        found = json.loads(block.text)
        spec = found.get("spec", found)
        if "problem" in spec and ("run" in spec or "runs" in spec):
            assert slalom.run(spec) is not None

    def csv(self, block):
        """Read a table: as many cells in every row."""
        assert len({len(row) for row in csv.reader(io.StringIO(block.text))}) == 1, block.place

    def toml(self, block):
        """Read a text of TOML."""
        tomllib.loads(block.text)

    def yaml(self, block):
        """Read a text of YAML."""
        assert yaml.safe_load(block.text) is not None

    def po(self, block):
        """Read messages of gettext."""
        assert [line for line in block.text.splitlines() if line and not MESSAGE.fullmatch(line)] == [], block.place
        assert len(read_po(io.StringIO(block.text), abort_invalid=True)) > 0

    def html(self, block):
        """Read a page: what is opened is closed."""
        page = _Elements()
        page.feed(block.text)
        assert page.open == [], f"{block.place}: {page.open} are not closed."

    def hex(self, block):
        """Read bytes: pairs of digits, and behind two spaces what they mean."""
        assert all(bytes.fromhex(line.partition("  ")[0]) for line in block.text.splitlines())

    def nginx(self, block):
        """Read a configuration: directives that end, and blocks that are closed."""
        text = re.sub(r"#[^\n]*", "", block.text)
        depth = 0
        for before, mark in re.findall(r"([^;{}]*)([;{}])", text):
            assert bool(before.strip()) != (mark == "}"), f"{block.place}: {before.strip()!r} before {mark}"
            depth += {"{": 1, "}": -1, ";": 0}[mark]
            assert depth >= 0, f"{block.place}: a block is closed that was not opened."
        assert depth == 0, f"{block.place}: {depth} blocks are not closed."
        assert not re.split(r"[;{}]", text)[-1].strip(), f"{block.place}: the last directive does not end."

    def javascript(self, block):
        """Execute a module."""
        command = ["node", "--input-type=module", "--eval", self.here(block.text)]
        answer = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=60)
        assert answer.returncode == 0, f"{block.place}: {answer.stderr}"
        self.printed = answer.stdout

    def braces(self, block):
        """Read a configuration or a query: every bracket is closed by its own kind, outside of quotes."""
        opened = []
        for mark in re.findall(r"[][(){}]", re.sub(r'"[^"\n]*"|#[^\n]*', "", block.text)):
            if mark in "([{":
                opened.append({"(": ")", "[": "]", "{": "}"}[mark])
            else:
                assert opened, f"{block.place}: {mark} closes nothing."
                assert opened.pop() == mark, f"{block.place}: {mark} closes something else."
        assert not opened, f"{block.place}: {' '.join(opened)} is missing at the end."

    def drawing(self, block):
        """See that it is no command."""
        assert not re.search(r"^\s*(\$|>>>|slalom|pip|import|curl) ", block.text, re.M), block.place


LANGUAGES = {
    "bash": Reader.shell,
    "caddyfile": Reader.braces,
    "console": Reader.console,
    "csv": Reader.csv,
    DRAWING: Reader.drawing,
    "hex": Reader.hex,
    "html": Reader.html,
    "js": Reader.javascript,
    "json": Reader.json,
    "nginx": Reader.nginx,
    "po": Reader.po,
    "promql": Reader.braces,
    "python": Reader.python,
    "sh": Reader.shell,
    "toml": Reader.toml,
    "yaml": Reader.yaml,
}
"""How the blocks of each language are run, or checked where they cannot be."""


class _Elements(HTMLParser):
    """The elements of a page that are open."""

    ALONE = ("meta", "link", "img", "br", "hr", "input")

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        if tag not in self.ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """What closes itself is not open."""

    def handle_endtag(self, tag):
        assert self.open[-1:] == [tag], f"{tag} is closed within {self.open}"
        self.open.pop()
