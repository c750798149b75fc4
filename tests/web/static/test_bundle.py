"""Many modules become one script that is the same program, and what cannot be joined is refused, not misread."""

import os
import re

import pytest

from slalom.web.static.bundle import BundleError, Bundles, join_modules, script_of, styles_of
from slalom.web.static.files import ASKED, bundles, frontend

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
const open = () => import("/bundle/sub/c.js");
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


def test_modules_become_functions_that_run_once_each_after_those_they_need():
    assert script_of("main.js", FILES.__getitem__) == JOINED


def test_what_a_module_that_is_asked_for_exports_stays_exported():
    files = {
        "a.js": 'import { b } from "./b.js";\nexport const a = b;\nexport function f() {}\n',
        "b.js": "export const b = 1;\n",
    }
    assert script_of("a.js", files.__getitem__).endswith(
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


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_for_one_style_sheet_and_one_script_which_hold_all_it_named(page):
    html = (frontend() / page).read_text()
    whole = join_modules(page, html)
    assert [name for _, name in ASKED.findall(whole)] in (
        [page.replace(".html", ".css"), re.search(r'src="/([^"]+)" type="module"', html)[1]],
        [re.search(r'src="/([^"]+)" type="module"', html)[1], page.replace(".html", ".css")],
    )
    assert whole.count('rel="stylesheet"') == 1
    assert whole.count('type="module"') == 1
    styles = bundles().get(page.replace(".html", ".css")).data.decode()
    for sheet in re.findall(r'<link rel="stylesheet" href="/([^"]+)"', html):
        assert (frontend() / sheet).read_text() in styles


def everything_asked_for():
    """Return the bundles of all pages, and those that they ask for later."""
    wanted = {name for page in PAGES for _, name in ASKED.findall(join_modules(page, (frontend() / page).read_text()))}
    found = {"export/player.js"}
    while wanted - found:
        name = (wanted - found).pop()
        found.add(name)
        wanted |= set(re.findall(r'import\("/bundle/([^"]+)"\)', bundles().get(name).data.decode()))
    return sorted(found)


def test_every_bundle_is_there_whole_and_needs_nothing_else():
    names = everything_asked_for()
    assert {"workbench/main.js", "index.css", "panels/solid.js", "export/dialog.js", "pages/map/main.js"} <= set(names)
    for name in names:
        text = bundles().get(name).data.decode()
        assert not re.search(r'^import |from "\.', text, re.MULTILINE), name
        assert len(text) < 600_000, name
    assert not re.search("^export ", bundles().get("export/player.js").data.decode(), re.MULTILINE)


def test_a_bundle_follows_its_files(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nstart(b);\n')
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    made = Bundles(tmp_path)
    first = made.get("a.js")
    assert made.get("a.js") is first
    (tmp_path / "b.js").write_text("export const b = 2;\n")
    os.utime(tmp_path / "b.js", (1, 1))
    assert "const b = 2;" in made.get("a.js").data.decode()
    (tmp_path / "b.js").unlink()
    assert made.get("a.js") is None
    assert made.get("nothing.js") is None
    assert made.get("nothing.css") is None


def test_style_sheets_are_joined_in_their_order():
    page = '<link rel="stylesheet" href="/b.css" />\n<link rel="stylesheet" href="/a.css" />\n'
    assert styles_of(page, {"a.css": "a {}", "b.css": "b {}"}.__getitem__) == "b {}\na {}"
