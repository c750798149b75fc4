"""Every block of code in the documents is run, or checked where it cannot be; and what does not do so is found."""

import re

import pytest
import torch
import yaml
from document_blocks import ADDRESS, DOCUMENTS, FENCE, LANGUAGES, ROOT, CodeBlock, Reader, blocks_of, check_output

from slalom.errors import SlalomError

WITHOUT_A_FENCE = re.compile(r"^~~~|^\s*<(?:pre|code)\b|^ {4,}(?:\$|>>>|curl|pip|slalom|import) ", re.M)
"""Code that would escape."""
RUN_BY = {("docs/commands.md", "sh"): "tests/commands/test_documented.py"}
"""Blocks that a test of their own looks at more closely, by their document and language."""


@pytest.fixture(autouse=True)
def one_thread():
    """Let PyTorch compute small products in one thread: on a busy machine several wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def named(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_whoever_does_what_a_document_says_gets_what_it_shows(path, tmp_path, monkeypatch, request):
    blocks = blocks_of(path)
    served = any(ADDRESS.search(block.text) for block in blocks)
    server = request.getfixturevalue("server") if served else None
    monkeypatch.setenv("SLALOM_URL", server or "http://127.0.0.1:9")
    Reader(tmp_path, server).read([block for block in blocks if (named(path), block.language) not in RUN_BY])


def test_what_is_run_by_another_test_is_run_there():
    for (document, language), test in RUN_BY.items():
        text = (ROOT / test).read_text()
        assert f'"{document}"' in text
        assert f"```{language}" in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_all_code_of_a_document_is_in_blocks_that_are_read(path):
    text = path.read_text()
    assert len(re.findall(r"^ *```", text, re.M)) == 2 * len(blocks_of(path))
    assert WITHOUT_A_FENCE.findall(FENCE.sub("", text)) == []


@pytest.fixture
def read(tmp_path):
    """Read one block after the other: languages and texts; a language may have a title behind a colon."""

    def read(*blocks):
        parts = [(language.partition(":"), text) for language, text in blocks]
        Reader(tmp_path, None).read(
            [CodeBlock(name, title or None, text, "here") for (name, _, title), text in parts],
        )

    return read


@pytest.mark.parametrize(
    "blocks",
    [
        [("python", "print(1)\n"), ("text", "1\n")],
        [("python", "print('a', 0.123)\n"), ("text", "a 0.1…\n")],
        [("python", "print('a\\nb\\nc')\n"), ("text", "a\n…\nc\n")],
        [("python", "print('a\\nc')\n"), ("text", "a\n…\nc\n")],
        [("python", "x = 1\n"), ("python", "print(x)\n"), ("text", "1\n")],
        [("python:a.py", "print(2)\n"), ("sh", "python a.py\n"), ("text", "2\n")],
        [("console", "$ echo a \\\n  b\na b\n$ true\n$ echo c\nc\n")],
        [("toml:a/b.toml", "c = 1\n"), ("sh", "ls a\n"), ("text", "b.toml\n")],
        [("sh", "make run\npip install -c constraints.txt '.[postgres]'\nslalom serve --class --port 0\n")],
        [("sh", "python -m venv .venv\n.venv/bin/pip install .\n")],
        [("json", '{"problem": {"kind": "parabola"}, "runs": [{}], "steps": 2}\n')],
        [("nginx", "location /a/ {\n  proxy_pass http://b;  # there\n}\n")],
        [("sh", "(exit 3)\n")],
        [("js", "console.log(await Promise.resolve(1))\n"), ("text", "1\n")],
        [("caddyfile", "a.example {\n  handle /b/* {\n  }\n}\n")],
        [("promql", 'sum(rate(a{b=~"("}[5m]))\n')],
    ],
    ids=repr,
)
def test_what_holds_is_accepted(read, blocks):
    read(*blocks)


@pytest.mark.parametrize(
    "blocks",
    [
        [("python", "print(1)\n"), ("text", "2\n")],
        [("python", "print(1)\n"), ("text", "1\n…\n3\n")],
        [("python", "1 / 0\n")],
        [("python:a.py", "print(2)\n")],
        [("python:a.py", "print(\n"), ("sh", "true a.py\n")],
        [("console", "$ echo a\nb\n")],
        [("console", "$ false\n")],
        [("sh", "false\ntrue\n")],
        [("sh", "slaloom serve\n")],
        [("sh", "slalom serve --prot 80\n")],
        [("sh", "SLALOM_PROT=80 slalom serve\n")],
        [("sh", "pip install '.[postgress]'\n")],
        [("sh", "make everything\n")],
        [("text", "1\n")],
        [("ruby", "puts 1\n")],
        [("", "puts 1\n")],
        [("drawing", "$ slalom serve\n")],
        [("toml", "a = \n")],
        [("json", '{"a": }\n')],
        [("json", '{"problem": {"kind": "parabola"}, "runs": [{"stepps": 1}]}\n')],
        [("yaml", "a: [\n")],
        [("html", "<p><b></p>\n")],
        [("html", "<p>\n")],
        [("hex", "0g\n")],
        [("po", 'msgid "a"\nmsgstr "b\n')],
        [("nginx", "location / {\n  proxy_pass http://b;\n")],
        [("nginx", "location / {\n  proxy_pass http://b\n}\n")],
        [("nginx", "proxy_pass http://b\n")],
        [("js", "await Promise.reject(1)\n")],
        [("js", "const = 1\n")],
        [("caddyfile", "a.example {\n")],
        [("promql", "sum(rate(a[5m)])\n")],
        [("promql", "a)\n")],
    ],
    ids=repr,
)
def test_what_does_not_hold_is_found(read, blocks):
    with pytest.raises((AssertionError, ValueError, SyntaxError, ZeroDivisionError, SlalomError, yaml.YAMLError)):
        read(*blocks)


def test_every_language_that_can_be_read_is_written_somewhere():
    written = {block.language for path in DOCUMENTS for block in blocks_of(path)}
    assert set(LANGUAGES) - written <= {"bash", "caddyfile", "js", "nginx", "promql", "yaml"}


def test_an_output_is_compared_to_its_end():
    with pytest.raises(AssertionError):
        check_output("a\n", "a\nb\n", "here")
