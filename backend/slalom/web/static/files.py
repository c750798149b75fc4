"""The pages: their files, joined to bundles by default, HTML with the parts they share, Plotly from its package."""

from __future__ import annotations

import gzip
import html
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from slalom.languages import SOURCE_LANGUAGE, languages, messages, name_of
from slalom.languages.pages import page_in
from slalom.lessons import library

from .bundle import BESIDE_SCRIPT, FOLDER, Bundles, address_beside, join_modules, with_parts
from .kept import Content, MadeOfFiles, ReadBytes, content_of
from .kinds import source_of
from .language import LANGUAGE_COOKIE, PARAMETER, REMEMBERED, in_language, language_of
from .relative import at_depth, depth_of, relative_to, root_of, with_data
from .slash import SLASH_SCRIPT, may_lack_slash, mended

TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "js": "text/javascript; charset=utf-8",
    "map": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
"""The only kinds of file that are served."""
SAFE_PATH = re.compile(r"(?:[A-Za-z0-9_-]+/){0,4}[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.([a-z0-9]+)", re.ASCII)
"""Names that neither begin nor end with a dot, so that no path leads out of the folder."""
LONGEST_PATH = 200
"""Characters of a path."""
DEEPEST_PAGE = 2
"""Folders down to which pages are kept: deeper there is only the one that says that there is none."""
FOREVER = "public, max-age=31536000, immutable"
"""For an address that changes with its content."""
COMPRESSION = 6
"""gzip's level: 4.8 MB become 1.5 MB in 0.3 s."""
PLACEHOLDER = b"plotly.min.js"
"""What the page calls Plotly; it is served with the version in its name."""
MISSING = "parts/missing.html"
"""The page that says that there is none."""
LANGUAGES = b"<!-- languages -->"
"""Where the header has the other languages."""
PLAY = b'data-view="play"'
"""Which view the workbench begins with, as its file has it."""
PAGE = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
"""The address of a page without its ending: /library is library.html."""
LESSON = re.compile(r"lessons/([a-z0-9-]+)", re.ASCII)
"""The address of a lesson: it stands beside the workbench's stage."""
GUIDE = "lessons/guide.js"
"""The script of a lesson, which the workbench's asks for; a browser that is told earlier has both at once."""
VIEWS = {view: f"views/{view}/view.js" for view in ("sweep", "map", "range")}
"""The script of each view, alike."""
WORKBENCH = "workbench/main.js"
"""The script of the workbench, beside which the others of its page run."""
CATALOGUE = "api/catalogue"
"""What the workbench asks for first."""
ROOM_SCRIPT = "room/start.js"
"""The script of a room, which the workbench's asks for where somebody is in one."""
ROOM_PAGES = {"desk": "teacher", "projector": "student"}
"""Pages of a room that are the workbench's, and who may have them: where the stage is led, and where a hall sees it."""

ASKED = re.compile(rf'(src|href)="{FOLDER}([^"]+)"')
"""The bundles that a page asks for."""

router = APIRouter(include_in_schema=False)


@cache
def frontend() -> Path:
    """Return the folder of the page: beside the code in a wheel, at the top of a checkout."""
    package = Path(__file__).parents[2]
    installed = package / "frontend"
    return installed if installed.is_dir() else package.parents[1] / "frontend"


@cache
def plotly_file() -> Path:
    """Return where the installed plotly package keeps plotly.min.js, without importing it."""
    package = importlib.util.find_spec("plotly")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "package_data" / "plotly.min.js"


@cache
def plotly_version() -> str:
    """Return the version that plotly.min.js begins with."""
    with plotly_file().open("rb") as file:
        found = re.search(rb"plotly\.js v([0-9][0-9A-Za-z.-]*)", file.read(2000))
    return found[1].decode() if found else "unknown"


@cache
def _files_in(folder: Path) -> MadeOfFiles:
    return MadeOfFiles(folder)


def page_files() -> MadeOfFiles:
    """Return what keeps the pages, and what is made of their files."""
    return _files_in(frontend())


def bundles() -> Bundles:
    """Return what joins the modules and the style sheets of a page."""
    return Bundles(page_files())


@cache
def packed_plotly() -> bytes:
    """Return plotly.min.js compressed; only the first call takes time."""
    return gzip.compress(plotly_file().read_bytes(), COMPRESSION, mtime=0)


def prepare_pages(*, bundled: bool, room: bool = False) -> None:
    """Make what is made once, so that the first visitor does not wait for it; ``room``: whether there is a class."""
    packed_plotly()
    for script in (GUIDE, *VIEWS.values(), *([ROOM_SCRIPT] if room else [])) if bundled else ():
        bundles().get(script, beside=WORKBENCH)
    for name in _asked_by_pages() if bundled else ():
        bundles().get(name)
    for language in languages():
        messages(language, "page")


@cache
def _asked_by_pages() -> frozenset[str]:
    """Return the bundles that pages ask for as they load."""
    pages = (join_modules(page.name, page.read_text("utf-8")) for page in frontend().glob("*.html"))
    return frozenset(name for page in pages for _, name in ASKED.findall(page))


@router.api_route("/", methods=["GET", "HEAD"])
@router.api_route("/sweep", methods=["GET", "HEAD"])
@router.api_route("/map", methods=["GET", "HEAD"])
@router.api_route("/range", methods=["GET", "HEAD"])
def workbench(request: Request) -> Response:
    """Return the workbench in the view that the address names, with the version in Plotly's address."""
    return file_of(request, "index.html", view=request.url.path.removeprefix("/"))


@router.api_route("/plotly-{version}.min.js", methods=["GET", "HEAD"])
def plotly(request: Request, version: str) -> Response:
    """Return Plotly, compressed where the browser can read that; any other version is not there."""
    if version != plotly_version():
        raise HTTPException(404)
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(plotly_file().read_bytes(), 200, headers, TYPES["js"])
    return Response(packed_plotly(), 200, headers | {"Content-Encoding": "gzip"}, TYPES["js"])


async def otherwise(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what no route does: a file of the page, or that there is nothing, to browsers as a page."""
    if scope["type"] == "websocket":
        socket = WebSocket(scope, receive, send)
        await socket.accept()
        await socket.close(4404, "There is no stream at this address. The addresses are listed at /docs.")
        return
    request = Request(scope, receive)
    if request.method not in ("GET", "HEAD"):
        raise HTTPException(404)
    # A small file is read faster than a thread is asked.
    try:
        response = file_of(request, scope["path"].removeprefix("/"))
    except HTTPException:
        if not _reads_pages(request):
            raise
        response = file_of(request, MISSING)
        response.status_code = 404
    await response(scope, receive, send)


def _reads_pages(request: Request) -> bool:
    """Return whether somebody looks for a page: a browser, outside the paths of programs."""
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not path.startswith(("/api/", "/ws/"))


def file_of(request: Request, path: str, view: str = "") -> Response:
    """Return one file of the pages, the workbench in a view or with a lesson; raises HTTPException if there is none."""
    language, path = _language_in(path)
    if path.startswith(FOLDER):
        return _bundle_of(request, path.removeprefix(FOLDER), language)
    lesson = LESSON.fullmatch(path)
    if lesson and all(one.slug != lesson[1] for one in library(request.app.state.settings.lessons)):
        raise HTTPException(404)
    room_page = path if path in ROOM_PAGES else ""
    role: str | None = request.app.state.server.role_in_room(request.scope)
    if room_page and role is None:
        raise HTTPException(404)
    if room_page and role not in ("teacher", ROOM_PAGES[room_page]):
        return RedirectResponse(relative_to(request.scope, "/"), 303)
    path = "index.html" if lesson or room_page else path
    path = f"{path}.html" if PAGE.fullmatch(path) else path
    kind = SAFE_PATH.fullmatch(path) if len(path) <= LONGEST_PATH else None
    if kind is None or kind[1] not in TYPES:
        raise HTTPException(404)
    try:
        if kind[1] == "html":
            about = {"name": "lessons" if lesson else path, "file": path, "view": view}
            page = _asked(request, **about, lesson=lesson[1] if lesson else "", role=role, room_page=room_page)
            return _page(request, page)
        content = page_files().get((path, language), lambda read: content_of(_in_language(path, language, read)))
    except OSError:
        raise HTTPException(404) from None
    return _asked_again(request, content, TYPES[kind[1]])


def _in_language(path: str, language: str, read: ReadBytes) -> bytes:
    """Return a file as it is, a script with its words in a language."""
    return in_language(path, source_of(path, read), language).encode() if path.endswith(".js") else read(path)


class AskedPage(NamedTuple):
    """What a page that is sent depends on, besides its files."""

    name: str
    """The page that is marked in its header."""
    file: str
    view: str
    """The view that the workbench begins with; "" where its runs are played."""
    lesson: str
    """The lesson that stands beside it, by its address; "" where there is none."""
    role: str | None
    room_page: str
    language: str
    bundled: bool
    depth: int
    """How many folders its address is below Slalom's root."""
    slash: bool
    """Whether a script mends its address, whose last slash a proxy may have left out."""
    public: str | None
    """Where Slalom is for everybody."""


def _asked(request: Request, **about: Any) -> AskedPage:
    """Return what is asked for, by whom and from where."""
    settings, scope = request.app.state.settings, request.scope
    return AskedPage(
        **about,
        language=language_of(scope, page=True),
        bundled=settings.bundle,
        depth=depth_of(scope),
        slash=may_lack_slash(scope),
        public=settings.public_url,
    )


def _page(request: Request, page: AskedPage) -> Response:
    """Return a page in the language that its reader wants; what the address says of that is remembered."""
    files = page_files()
    if page.depth <= DEEPEST_PAGE:
        content = files.get(page, lambda read: content_of(_made_page(page, read)))
    else:
        content = content_of(_made_page(page, files.read))
    headers = {"Vary": "Accept-Language, Cookie", "Content-Language": page.language}
    response = _asked_again(request, content, TYPES["html"], headers)
    if request.query_params.get(PARAMETER) == page.language:
        path = root_of(request.scope) or "/"
        response.set_cookie(LANGUAGE_COOKIE, page.language, max_age=REMEMBERED, path=path, samesite="lax")
    return response


def _made_page(page: AskedPage, read: ReadBytes) -> bytes:
    name, file, view, lesson, role, room_page, language, bundled, depth, slash, public = page
    data = _completed(name, file, read).replace(PLAY, _beginning(view, lesson)).replace(LANGUAGES, _others(language))
    if bundled:
        data = join_modules(file, data.decode()).encode()
    if file == "index.html":
        data = _with_head(data, *_soon(page))
    if role and file == "index.html":
        data = _in_room(data, role, room_page, bundled)
    if language != SOURCE_LANGUAGE:
        data = page_in(data.decode(), language, messages(language, "page")).encode()
    data = at_depth(data.decode(), depth)
    data = mended(data) if slash else data
    return (with_data(data, public=html.escape(f"{public}/")) if public else data).encode()


def _soon(page: AskedPage) -> Iterator[str]:
    """Yield links to what the workbench's script asks for as it begins: a browser that is told has all at once."""
    yield _fetched(CATALOGUE, page.language)
    if page.lesson:
        yield _fetched(f"api/lessons/{page.lesson}", page.language)
    script = GUIDE if page.lesson else VIEWS.get(page.view)
    if script:
        yield _module(script, page.bundled)


def _fetched(address: str, language: str) -> str:
    """Return a link to an answer in the page's language, which need not be the one that the browser asks for."""
    return f'<link rel="preload" href="{address}?{PARAMETER}={language}" as="fetch" crossorigin />'


def _module(script: str, bundled: bool) -> str:
    address = address_beside(f"{FOLDER}{script}", WORKBENCH) if bundled else script
    return f'<link rel="modulepreload" href="{address}" />'


def small_page(name: str, scope: Scope) -> bytes:
    """Return a page of one sentence, which nobody asks for by its name, in the reader's language."""
    language, depth, slash = language_of(scope, page=True), depth_of(scope), may_lack_slash(scope)

    def made(read: ReadBytes) -> bytes:
        whole = with_parts(read(f"parts/{name}.html").decode(), lambda part: read(part).decode())
        page = at_depth(page_in(whole, language, messages(language, "page")), depth)
        return (mended(page) if slash else page).encode()

    return page_files().get(("part", name, language, depth, slash), made)


def slash_script() -> Response:
    """Return the script that adds the last slash to an address, which everybody may have."""
    return Response(page_files().read(SLASH_SCRIPT), media_type=TYPES["js"])


def _in_room(page: bytes, role: str, room_page: str, bundled: bool) -> bytes:
    """Return the workbench for somebody in a room: it knows that, and asks for what belongs to it."""
    known = f'<html data-room="{role}"' + (f' data-room-page="{room_page}"' if room_page else "")
    page = page.replace(b"<html", known.encode(), 1)
    sheets = ["class", *(["desk"] if room_page else [])]
    links = [f'<link rel="stylesheet" href="css/room/{name}.css" />' for name in sheets]
    return _with_head(page, *links, _module(ROOM_SCRIPT, bundled))


def _with_head(page: bytes, *links: str) -> bytes:
    """Return a page with more in its head."""
    return page.replace(b"</head>", "".join(f"  {link}\n  " for link in links).encode() + b"</head>", 1)


def _others(language: str) -> bytes:
    """Return links to the page in every other language, each in its own words."""
    return "".join(
        f'<a class="language" href="?{PARAMETER}={one}" lang="{one}" hreflang="{one}">{name_of(one)}</a>'
        for one in languages()
        if one != language
    ).encode()


def _language_in(path: str) -> tuple[str, str]:
    """Return the language in which a file is asked for, and its path: /de/words/plot.js is words/plot.js in German."""
    language, _, rest = path.partition("/")
    return (language, rest) if rest and language in languages() else (SOURCE_LANGUAGE, path)


def _beginning(view: str, lesson: str) -> bytes:
    """Return with what the workbench begins: a view, or a lesson."""
    beside = f' data-lesson="{lesson}"' if lesson else ""
    return f'data-view="{view or "play"}"{beside}'.encode()


def _bundle_of(request: Request, path: str, language: str) -> Response:
    kind = SAFE_PATH.fullmatch(path) if len(path) <= LONGEST_PATH else None
    beside = request.query_params.get(BESIDE_SCRIPT, "")
    known = kind and re.search(r"\.(css|js|js\.map)$", path) and (not beside or beside in _asked_by_pages())
    bundle = bundles().get(path, language, beside) if known else None
    if kind is None or bundle is None:
        raise HTTPException(404)
    packed = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if packed else {})
    return _asked_again(request, bundle.packed if packed else bundle.plain, TYPES[kind[1]], headers)


def _asked_again(request: Request, content: Content, kind: str, headers: dict[str, str] | None = None) -> Response:
    """Return what a browser asks for every time, and gets only where it has changed."""
    headers = {"Cache-Control": "no-cache", "ETag": content.tag} | (headers or {})
    if content.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content.data, 200, headers, kind)


def _completed(name: str, file: str, read: ReadBytes) -> bytes:
    """Return a page with Plotly's version and the parts that pages share; in its header the page itself is marked."""
    whole = with_parts(read(file).decode(), lambda part: read(part).decode())
    link = f'<a href="{name.removesuffix(".html").replace("index", "./")}"'
    whole = whole.replace(link, f'{link} aria-current="page"')
    return whole.encode().replace(PLACEHOLDER, f"plotly-{plotly_version()}.min.js".encode())
