"""Many modules become one script that is the same program, and what cannot be joined is refused, not misread."""

import json
import os
import posixpath
import re
import subprocess

import pytest

from slalom.web.static.bundle import (
    CAST,
    REMARK,
    BundleError,
    Bundles,
    join_modules,
    script_of,
    source_map,
    styles_of,
    with_parts,
)
from slalom.web.static.files import ASKED, GUIDE, VIEWS, WORKBENCH, bundles, frontend
from slalom.web.static.kept import LOOK_AGAIN, MadeOfFiles

FILES = {
    "main.js": (
        'import { two, three as four } from "./sub/b.js";\nimport * as a from "./a.js";\nstart(two + four + a.one);\n'
    ),
    "sub/b.js": (
        '/** Comment with import { x } from "./nowhere.js"; */\nimport {\n  one,\n} from "../a.js";\n'
        'export const two = one + 1;\nexport { one as three } from "../a.js";\n'
    ),
    "a.js": (
        "export const one = 1;\nexport async function later() {}\nclass Hidden {}\nexport { Hidden as Shown };\n"
        'const x =\n  /** @type {number} */ (3);\nexport const open = () => import("./sub/c.js");\n'
    ),
}
JOINED = """const modules = (globalThis[Symbol.for("slalom.modules")] ??= {});
const m0 = (modules["a.js"] ??= (() => {
const one = 1;
async function later() {}
class Hidden {}

const x =
  (3);
const open = () => import("./sub/c.js?beside=main.js");
return { Shown: Hidden, one, later, open };
})());
const m1 = (modules["sub/b.js"] ??= (() => {

const { one } = m0;


const two = one + 1;

return { three: m0.one, two };
})());
const { two, three: four } = m1;
const a = m0;
start(two + four + a.one);
"""
PAGES = sorted(path.name for path in frontend().glob("*.html"))


def read(name):
    return (frontend() / name).read_text()


def test_modules_become_functions_that_run_once_each_after_those_they_need():
    script = script_of("main.js", FILES.__getitem__)
    assert script.text == JOINED
    assert script.places == {"a.js": range(2, 9), "sub/b.js": range(12, 18), "main.js": range(20, 23)}


def test_what_a_module_that_is_asked_for_exports_stays_exported():
    files = {
        "a.js": 'import { b } from "./b.js";\nexport const a = b;\nexport function f() {}\n',
        "b.js": "export const b = 1;\n",
    }
    assert script_of("a.js", files.__getitem__).text.endswith(
        "const { b } = m0;\nexport const a = b;\nexport function f() {}\n"
    )


@pytest.mark.parametrize("place", ["a.js", "b.js"])
@pytest.mark.parametrize(
    "code",
    [
        "export default 3;\n",
        "export let x = 1;\n",
        'import "./c.js";\n',
        "void import(`./c.js`);\n",
        "out.url = import.meta.url;\n",
        'export * from "./c.js";\n',
        'import x from "./c.js";\n',
    ],
)
def test_other_forms_are_refused_with_the_module_that_has_them(code, place):
    files = {"a.js": 'import { b } from "./b.js";\n', "b.js": "export const b = 1;\n", "c.js": ""}
    files[place] += code
    with pytest.raises(BundleError, match=rf'^{place}: ".*" is a form of import or export'):
        script_of("a.js", files.__getitem__)


def test_modules_that_need_each_other_in_a_circle_are_refused():
    files = {
        "a.js": 'import { b } from "./b.js";\nexport const a = b;\n',
        "b.js": 'import { a } from "./a.js";\nexport const b = a;\n',
    }
    with pytest.raises(BundleError, match=r"a\.js needs b\.js needs a\.js: a circle"):
        script_of("a.js", files.__getitem__)


LATER = {
    "page.js": 'import { a } from "./a.js";\nstart(a);\nexport const more = () => import("./sub/more.js");\n',
    "sub/more.js": 'import { a } from "../a.js";\nimport { b } from "./b.js";\nexport const both = a + b;\n',
    "sub/b.js": 'import { c } from "../c.js";\nexport const b = c;\nexport const open = () => import("./last.js");\n',
    "a.js": 'import { c } from "./c.js";\nexport const a = c;\n',
    "c.js": "export const c = 1;\n",
}


def test_a_script_that_is_asked_for_later_has_only_what_the_page_lacks():
    script = script_of("sub/more.js", LATER.__getitem__, "page.js")
    assert set(script.places) == {"sub/b.js", "sub/more.js"}
    for line in ('const m0 = modules["a.js"];\n', 'const m1 = modules["c.js"];\n', "{ a } = m0;\n", "{ c } = m1;\n"):
        assert line in script.text
    assert 'import("./last.js?beside=page.js")' in script.text, "What it asks for lacks no more than it does."
    lines = script.text.splitlines()
    for name, place in script.places.items():
        assert len(place) == LATER[name].count("\n")
    assert lines[script.places["sub/more.js"].start + 2] == "export const both = a + b;"


def test_the_scripts_of_views_and_lessons_are_less_than_half_of_what_they_need():
    for name in (GUIDE, *VIEWS.values()):
        alone, beside = (len(bundles().get(name, beside=page).packed.data) for page in ("", WORKBENCH))
        assert beside < alone / 2, (name, alone, beside)


READ_MAP = """
import { SourceMap } from "node:module";
import { readFileSync } from "node:fs";
const { map, lines } = JSON.parse(readFileSync(0, "utf8"));
const read = new SourceMap(JSON.parse(map));
const places = Array.from({ length: lines }, (_, i) => read.findEntry(i, 0));
console.log(JSON.stringify(places.map((p, i) => (p.generatedLine === i ? [p.originalSource, p.originalLine] : null))));
"""


def node(code, **given):
    """Return what a program prints for node, as JSON."""
    command = ["node", "--input-type=module", "--eval", code]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", ["pages/docs.js", "workbench/main.js"])
def test_a_source_map_leads_from_every_line_of_a_script_to_the_same_line_of_its_file(name):
    text, source = (bundles().get(path).plain.data.decode() for path in (name, f"{name}.map"))
    assert text.endswith(f"\n//# sourceMappingURL={name.rpartition('/')[2]}.map\n")
    lines = text.splitlines()
    found = node(READ_MAP, map=source, lines=len(lines))
    files = {
        f"../../{path.relative_to(frontend())}": path.read_text().splitlines() for path in frontend().rglob("*.js")
    }
    compared = 0
    for line, place in zip(lines, found, strict=True):
        if place is None:
            assert line.startswith(("const m", "return {", "})());", "//# sourceMappingURL"))
            continue
        file, number = place
        same = REMARK.sub("", CAST.sub("", files[file][number])).removeprefix("export ")
        if line.strip() and not line.startswith("const ") and 'import("' not in line:
            assert line.removeprefix("export ") == same, place
            compared += 1
    assert compared > 100
    assert {file for file, _ in filter(None, found)} == set(json.loads(source)["sources"])


def test_an_error_in_a_script_is_told_with_the_line_of_its_file(tmp_path):
    (tmp_path / "sub").mkdir()
    files = {
        "main.js": '/**\n * Begins.\n */\nimport {\n  fail,\n} from "./sub/b.js";\n\nfail();\n',
        "sub/b.js": '/** Fails. */\n\n/**\n * At 7.\n */\nexport function fail() {\n  throw new Error("here");\n}\n',
    }
    script = script_of("main.js", files.__getitem__)
    whole = tmp_path / "joined.mjs"
    whole.write_text(f"{script.text}//# sourceMappingURL=joined.mjs.map\n")
    whole.with_name("joined.mjs.map").write_text(source_map(script))
    command = ["node", "--enable-source-maps", str(whole)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60).stderr
    assert re.findall(r"/(main|sub/b)\.js:(\d+)", told)[-2:] == [("sub/b", "7"), ("main", "8")], told


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_for_one_style_sheet_and_one_script_which_hold_all_it_named(page):
    html = with_parts(read(page), read)
    whole = join_modules(page, html)
    assert [name for _, name in ASKED.findall(whole)] in (
        [page.replace(".html", ".css"), re.search(r'src="([^"]+)" type="module"', html)[1]],
        [re.search(r'src="([^"]+)" type="module"', html)[1], page.replace(".html", ".css")],
    )
    assert whole.count('rel="stylesheet"') == 1
    assert whole.count('type="module"') == 1
    styles = bundles().get(page.replace(".html", ".css")).plain.data.decode()
    for sheet in re.findall(r'<link rel="stylesheet" href="([^"]+)"', html):
        rules = [line for line in read(sheet).splitlines() if line.endswith("{")]
        assert rules
        assert all(rule in styles for rule in rules), sheet
    assert ("css/shell.css" in html) == (page != "docs.html")


def everything_asked_for():
    """Return the bundles of all pages, and those that they ask for later, each with the script that runs already."""
    wanted = {(name, "") for page in PAGES for _, name in ASKED.findall(join_modules(page, read(page)))}
    found = {("export/player.js", "")}
    while wanted - found:
        name, beside = (wanted - found).pop()
        found.add((name, beside))
        text = bundles().get(name, beside=beside).plain.data.decode()
        later = re.findall(r'import\("([^"?]+)\?beside=([^"]+)"\)', text)
        wanted |= {(posixpath.normpath(posixpath.join(posixpath.dirname(name), path)), page) for path, page in later}
    return sorted(found)


def test_every_bundle_is_there_whole_and_needs_nothing_else():
    asked = everything_asked_for()
    names = {name for name, _ in asked}
    assert {"workbench/main.js", "index.css", "panels/solid.js", "export/dialog.js", "views/map/view.js"} <= names
    for name, beside in asked:
        text = bundles().get(name, beside=beside).plain.data.decode()
        assert not re.search(r'^import |from "\.', text, re.MULTILINE), name
        assert len(text) < 600_000, name
    assert not re.search("^export ", bundles().get("export/player.js").plain.data.decode(), re.MULTILINE)


@pytest.mark.parametrize(
    ("entry", "later"), [("main.js", "./sub/c.js"), ("sub/d.js", "./c.js"), ("other/e.js", "../sub/c.js")]
)
def test_what_is_asked_for_later_is_named_from_the_script_that_asks(entry, later):
    files = {
        "main.js": 'import { open } from "./sub/b.js";\nopen();\n',
        "sub/d.js": 'import { open } from "./b.js";\nopen();\n',
        "other/e.js": 'import { open } from "../sub/b.js";\nopen();\n',
        "sub/b.js": 'export const open = () => import("./c.js");\n',
    }
    assert f'const open = () => import("{later}?beside={entry}");' in script_of(entry, files.__getitem__).text


def test_a_bundle_follows_its_files_and_looks_at_them_now_and_then(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nstart(b);\n')
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    now = [0.0]
    made = Bundles(MadeOfFiles(tmp_path, lambda: now[0]))
    first = made.get("a.js")
    now[0] = LOOK_AGAIN
    assert made.get("a.js") is first
    (tmp_path / "b.js").write_text("export const b = 2;\n")
    os.utime(tmp_path / "b.js", (1, 1))
    now[0] += 0.99 * LOOK_AGAIN
    assert made.get("a.js") is first
    now[0] = 2 * LOOK_AGAIN
    second = made.get("a.js")
    assert "const b = 2;" in second.plain.data.decode()
    assert second.plain.tag != first.plain.tag
    (tmp_path / "b.js").unlink()
    now[0] += LOOK_AGAIN
    assert made.get("a.js") is None
    assert made.get("a.js") is None
    assert made.get("nothing.js") is None
    assert made.get("nothing.css") is None


def test_what_pages_share_stands_in_its_place_in_each():
    files = {"parts/head.html": "<meta />\n", "parts/header.html": "<b></b>\n"}
    page = "<head>\n  <!-- head -->\n</head><!-- header --><!-- other -->"
    assert with_parts(page, files.__getitem__) == "<head>\n  <meta />\n</head><b></b><!-- other -->"


def test_style_sheets_are_joined_in_their_order():
    page = '<link rel="stylesheet" href="b.css" />\n<link rel="stylesheet" href="a.css" />\n'
    assert styles_of(page, {"a.css": "a {}", "b.css": "b {}"}.__getitem__) == "b {}\na {}"


def test_comments_are_no_part_of_what_is_sent_and_texts_that_look_like_them_are():
    sheet = "/* Of b:\n   nothing. */\nb {} /* here */\na { content: '*'; }\n"
    page = '<link rel="stylesheet" href="b.css" />\n'
    assert styles_of(page, {"b.css": sheet}.__getitem__) == "b {} a { content: '*'; }\n"
    lines = ["// Why.", "f(1); // ms", 'g("a; // b");', "h(`x, // y`, // z", '  "http://x", 1); // so', "i = 3 // 2"]
    script = script_of("main.js", {"main.js": "".join(f"{line}\n" for line in lines)}.__getitem__)
    kept = [script.text.splitlines()[i] for i in script.places["main.js"]]
    assert kept == ["", "f(1);", *lines[2:3], "h(`x, // y`,", '  "http://x", 1);', "i = 3 // 2"]
