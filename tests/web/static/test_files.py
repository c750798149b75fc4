"""The page is served as it is on disk, and Plotly once and for ever."""

import gzip
import re
from urllib.parse import urljoin

import httpx
import pytest

from slalom.web.static.bundle import with_parts
from slalom.web.static.files import TYPES, frontend, packed_plotly, plotly_file, plotly_version

HTTP = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))
"""One for all: making one takes longer than most requests."""


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("house")) as running:
        yield running


FILES = sorted(
    str(path.relative_to(frontend())) for path in frontend().rglob("*") if path.suffix[1:] in TYPES and path.is_file()
)


def read(name):
    return (frontend() / name).read_text()


PAGES = ["/", *(f"/{path.stem}" for path in sorted(frontend().glob("*.html")) if path.stem != "index")]


def test_every_file_of_the_page_is_served_and_asked_for_again(house):
    assert "workbench/main.js" in FILES
    for name in FILES:
        answer = HTTP.get(f"{house.http}/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"] == TYPES[name.rpartition(".")[2]]
        assert answer.headers["cache-control"] == "no-cache"
        again = HTTP.get(f"{house.http}/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        if not name.endswith(".html"):
            assert answer.content == (frontend() / name).read_bytes()


def test_nothing_else_of_the_folder_is_served(house):
    others = [p for p in frontend().rglob("*") if p.is_file() and str(p.relative_to(frontend())) not in FILES]
    assert others
    for path in others:
        assert HTTP.get(f"{house.http}/{path.relative_to(frontend())}").status_code == 404, path


def test_the_page_names_plotly_with_its_version(house):
    page = HTTP.get(house.http).text
    assert f'data-plotly="plotly-{plotly_version()}.min.js"' in page
    assert "plotly.min.js" not in page
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", plotly_version())


def test_a_lesson_is_the_workbench_with_its_name_and_lessons_are_marked(house):
    page = HTTP.get(f"{house.http}/lessons/ravines")
    assert (page.status_code, page.headers["content-type"]) == (200, TYPES["html"])
    assert 'data-view="play" data-lesson="ravines"' in page.text
    assert '<a href="../lessons" aria-current="page">' in page.text
    guide = '<link rel="modulepreload" href="../bundle/lessons/guide.js?beside=workbench/main.js" />\n  </head>'
    assert guide in page.text
    for other in ("data-lesson=", "guide.js", "api/lessons/"):
        assert other not in HTTP.get(house.http).text
    for name in ("nothing-of-that-name", "Ravines", "ravines/", "ravines.html"):
        assert HTTP.get(f"{house.http}/lessons/{name}").status_code == 404, name


@pytest.mark.parametrize("path", ["/", "/map", "/lessons/ravines"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_a_browser_asks_for_before_the_script_is_in_the_language_of_the_page(house, path, language):
    other = {"en": "de", "de": "en"}[language]
    page = httpx.get(f"{house.http}{path}?lang={language}", headers={"Accept-Language": other})
    asked = re.findall(r'<link rel="preload" href="([^"]+)" as="fetch"', page.text)
    assert len(asked) == 1 + path.startswith("/lessons/")
    for address in asked:
        answer = HTTP.get(urljoin(f"{house.http}{path}", address))
        wanted = HTTP.get(str(answer.url).partition("?")[0], headers={"Accept-Language": language})
        assert answer.json() == wanted.json()


def test_the_page_of_who_is_in_no_room_knows_nothing_of_rooms(house):
    for path in ("/", "/lessons/ravines"):
        page = HTTP.get(house.http + path).text
        for part in ("data-room", "room/start.js", "css/room/", "/desk"):
            assert part not in page, (path, part)
    for path in ("/desk", "/projector"):
        assert HTTP.get(house.http + path).status_code == 404, path


@pytest.fixture(scope="module")
def members(tmp_path_factory, quiet_server):
    """Yield clients of a teacher and of a student of the room of a server."""
    with (
        quiet_server(tmp_path_factory.mktemp("class"), mode="class", token="a-longer-secret") as running,
        httpx.Client(base_url=running.http) as teacher,
        httpx.Client(base_url=running.http) as student,
    ):
        code = teacher.post("/api/room/teacher", json={"secret": "a-longer-secret"}).json()["code"]
        assert student.post("/api/room/join", json={"code": code}).status_code == 200
        yield {"teacher": teacher, "student": student}


@pytest.mark.parametrize(
    ("role", "path", "place"),
    [
        ("student", "/", None),
        ("student", "/lessons/ravines", None),
        ("student", "/map", None),
        ("student", "/projector", "projector"),
        ("teacher", "/", None),
        ("teacher", "/desk", "desk"),
        ("teacher", "/projector", "projector"),
    ],
)
def test_the_workbench_of_a_member_knows_the_role_and_loads_what_belongs_to_the_room(members, role, path, place):
    page = members[role].get(path).text
    marked = f'data-room="{role}"' + (f' data-room-page="{place}"' if place else "")
    assert f"<html {marked} " in page
    named = set(re.findall(r'href="([^"]*(?:css|bundle)/[^"]+)"', page))
    assert len([name for name in named if "css/room/" in name]) == (2 if place else 1)
    assert len([name for name in named if "bundle/room/start.js?" in name]) == 1
    german = members[role].get(path, headers={"Accept-Language": "de"}).text
    assert f'<html {marked} lang="de"' in german, "By it the page writes its numbers, and asks for sentences."
    for name in named:
        assert members[role].get(urljoin(path, name)).status_code == 200, name


def test_the_desk_is_the_teachers_and_other_pages_know_nothing_of_the_room(members):
    answer = members["student"].get("/desk")
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert "data-room" not in members["student"].get("/library").text


def test_every_page_has_an_address_without_an_ending(house):
    assert {"/", "/library", "/docs"} <= set(PAGES)
    for path in PAGES:
        answer = HTTP.get(house.http + path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES["html"]), path


@pytest.mark.parametrize("view", ["sweep", "map", "range"])
def test_a_view_has_an_address_at_which_the_workbench_begins_with_it(house, view):
    begun, workbench = (HTTP.get(f"{house.http}/{path}") for path in (view, ""))
    assert begun.headers["content-type"] == TYPES["html"]
    script = f'<link rel="modulepreload" href="bundle/views/{view}/view.js?beside=workbench/main.js" />'
    expected = workbench.text.replace('data-view="play"', f'data-view="{view}"')
    assert begun.text == expected.replace("</head>", f"  {script}\n  </head>")
    assert begun.text != workbench.text


@pytest.mark.parametrize(
    "path", ["/libraries", "/library/", "/Library", "/library.", "/parts", "/main", "/parts/header"]
)
def test_no_page_has_another_address(house, path):
    assert HTTP.get(house.http + path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/library"])
def test_a_page_has_the_header_of_all_pages_in_which_it_is_marked(house, path):
    text = HTTP.get(house.http + path).text
    assert "<!-- header -->" not in text
    assert text.count("<header>") == 1
    marked = re.findall(r'<a href="([^"]*)" aria-current="page">', text)
    assert [urljoin(path, link) for link in marked] == [path]


def test_everything_the_page_names_is_there(house):
    for page in [*PAGES, "/lessons/ravines"]:
        text = HTTP.get(house.http + page).text
        named = re.findall(r'(?:src|href|data-plotly)="([^"#?][^"#]*)"', text)
        assert len(named) > 2
        for address in named:
            assert not address.startswith("/"), address
            assert HTTP.get(urljoin(house.http + page, address)).status_code == 200, address


def test_a_page_whose_proxy_names_itself_asks_for_the_script_that_adds_a_slash(house):
    asked, behind = '<script src="?slash"></script>', {"X-Forwarded-Prefix": "/proxy/8000"}
    assert asked in HTTP.get(house.http, headers=behind).text
    for path, headers in (("/", {}), ("/library", behind), ("/sweep", behind), ("/lessons/ravines", behind)):
        assert "?slash" not in HTTP.get(house.http + path, headers=headers).text
    script = HTTP.get(f"{house.http}/?slash")
    assert (script.headers["content-type"], script.text) == (TYPES["js"], read("ui/slash.js"))


def test_plotly_is_compressed_once_and_kept_for_ever(house):
    url = f"{house.http}/plotly-{plotly_version()}.min.js"
    answer = HTTP.get(url)
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.content == plotly_file().read_bytes() == gzip.decompress(packed_plotly())
    assert int(answer.headers["content-length"]) < 0.4 * len(answer.content)
    plain = HTTP.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


@pytest.mark.parametrize("version", ["0", "9.9.9", "..", "%2e%2e"])
def test_another_version_of_plotly_is_not_there(house, version):
    assert HTTP.get(f"{house.http}/plotly-{version}.min.js").status_code == 404


@pytest.mark.parametrize("path", [*PAGES, "/workbench/main.js", f"/plotly-{plotly_version()}.min.js"])
def test_a_page_may_be_asked_for_its_head_only(house, path):
    head, whole = HTTP.head(house.http + path), HTTP.get(house.http + path)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_a_link_out_of_the_folder_is_not_followed(house, tmp_path, monkeypatch):
    folder = tmp_path / "frontend"
    folder.mkdir()
    (folder / "mine.js").write_text("mine")
    (tmp_path / "secret.js").write_text("secret")
    (folder / "link.js").symlink_to(tmp_path / "secret.js")
    monkeypatch.setattr("slalom.web.static.files.frontend", lambda: folder)
    assert HTTP.get(f"{house.http}/mine.js").text == "mine"
    assert HTTP.get(f"{house.http}/link.js").status_code == 404


def assets_of(page):
    """Return the style sheets and scripts that a page names."""
    return re.findall(r'(?:href|src|data-plotly)="([^"]+\.(?:css|js))"', page)


def test_without_bundles_a_page_asks_for_the_files_on_disk(tmp_path, quiet_server):
    with quiet_server(tmp_path, bundle=False) as house:
        for page in PAGES:
            text = HTTP.get(house.http + page).text
            on_disk = with_parts(read(f"{page[1:] or 'index'}.html"), read)
            assert assets_of(text) == assets_of(on_disk.replace('"plotly.', f'"plotly-{plotly_version()}.'))
            assert text.count("<header>") == on_disk.count("<!-- header -->") + on_disk.count("<header>")


def test_a_source_map_is_served_beside_its_script(house):
    for address in (f"{house.http}/bundle/pages/docs.js", f"{house.http}/de/bundle/pages/docs.js"):
        script = HTTP.get(address)
        answer = HTTP.get(urljoin(address, re.search(r"sourceMappingURL=(\S+)", script.text)[1]))
        assert (answer.status_code, answer.headers["content-type"]) == (200, TYPES["map"])
        for source in answer.json()["sources"]:
            assert HTTP.get(urljoin(str(answer.url), source)).status_code == 200
    for path in ("/bundle/pages/none.js.map", "/bundle/docs.css.map", "/bundle/pages/docs.map", "/bundle/docs.html"):
        assert HTTP.get(house.http + path).status_code == 404


def test_a_browser_gets_a_page_where_there_is_none_and_a_program_a_problem(house):
    page = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    lost = HTTP.get(f"{house.http}/nothing-here", headers=page)
    assert (lost.status_code, lost.headers["content-type"]) == (404, TYPES["html"])
    assert "There is nothing at this address" in lost.text
    for address in re.findall(r'(?:src|href)="([^"#?]+)"', lost.text):
        assert HTTP.get(urljoin(house.http, address)).status_code == 200, address
    for path, headers in (("/nothing-here", {}), ("/api/nothing-here", page), ("/ws/nothing-here", page)):
        answer = HTTP.get(house.http + path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_what_changes_is_not_kept_by_a_browser(house):
    assert HTTP.get(f"{house.http}/api/experiments").headers["cache-control"] == "no-store"
