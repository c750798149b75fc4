"""The language of an answer: sentences are computed and stored in English, and said in the reader's language here.

``?lang=de`` in the address goes before ``Accept-Language``; pages also remember a choice in a cookie. What is said in
another language are the fields that hold prose, in JSON and in the headers of a stream's frames; names of kinds, what
somebody has typed, and files to keep stay as they are.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slalom.languages import SOURCE_LANGUAGE, messages, sentences
from slalom.web.static.language import language_of
from slalom.wire.container import read_container, to_json, write_container

from .problem_details import MEDIA_TYPE

PROSE = frozenset(
    (
        *("answers", "basic", "because", "breaks", "definition", "description", "detail", "detailed", "error"),
        *("explore", "group", "help", "licence", "lines", "medium", "message", "mnemonic", "msg", "question", "reason"),
        *("reasons", "said", "says", "sentence", "skipped", "takeaway", "target_because", "source", "terms", "text"),
        *("title", "understood", "what", "why"),
    )
)
"""Fields of sentences, and of lists of them."""
PARAGRAPHS = frozenset({"description", "help"})
"""Those of the sources' descriptions: every paragraph is a message."""
FORMULAS = frozenset({"formula", "optimizer"})
"""Fields of lines of numbers and signs, and of a rule's settings on a board."""
TYPED_FIELDS = frozenset({"defaults", "example", "examples", "labels", "params", "problem", "spec"})
"""What somebody has written, or programs read: none of its fields is prose."""
KEPT_PATH = "/trace"
"""What ends so is asked for to be kept, and may be read again by anybody."""
UPDATES_PATH = "/steps"
"""What ends so tells of single updates, whose terms have names."""
LESSON_PATHS = ("/api/lessons", "/api/glossary")
"""Where names of presets and terms are prose, too."""
ROOM_PATH = "/api/room"
TRANSLATED = frozenset({"options", "question", "title"})
"""Fields in which a room has what its teacher typed, or took from a lesson: only a whole message is translated."""


class Fields(NamedTuple):
    """Which fields are said in another language."""

    prose: frozenset[str] = PROSE
    asked: frozenset[str] = frozenset()
    """Those of them that are left as they are where they are no message."""


USUAL_FIELDS = Fields()


class Translation:
    """ASGI middleware: answers of the API, refusals anywhere, and what streams send, in the reader's language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; what comes back goes through a translator where it is not to be English."""
        path = scope.get("path", "")
        known = scope["type"] in ("http", "websocket") and not path.endswith(KEPT_PATH)
        language = language_of(scope) if known else SOURCE_LANGUAGE
        is_api = path.startswith("/api/")
        if language != SOURCE_LANGUAGE and scope["type"] == "websocket":
            await self.app(scope, receive, _Socket(send, language, fields_at(path)))
        elif language != SOURCE_LANGUAGE and is_api:
            _ask_for_english(scope, language)
            await self.app(scope, receive, _Answer(send, language, fields_at(path)))
        elif language != SOURCE_LANGUAGE:
            await self.app(scope, receive, _Refusal(send, language))
        elif known and is_api and scope["type"] == "http":
            await self.app(scope, receive, _varying(send))
        else:
            await self.app(scope, receive, send)


def fields_at(path: str) -> Fields:
    """Return which fields of what a path answers are prose: of lessons also what their parts are called."""
    if path.startswith(LESSON_PATHS) or path.endswith(UPDATES_PATH):
        return Fields(PROSE | {"name"})
    return Fields(PROSE | TRANSLATED, TRANSLATED) if path.startswith(ROOM_PATH) else USUAL_FIELDS


def json_in(value: Any, language: str, fields: Fields = USUAL_FIELDS) -> Any:
    """Return JSON whose prose is in a language."""
    if isinstance(value, list):
        return [json_in(one, language, fields) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {key: one if key in TYPED_FIELDS else _field(key, one, language, fields) for key, one in value.items()}


def _field(key: str, value: Any, language: str, fields: Fields) -> Any:
    if key in FORMULAS and isinstance(value, str):
        return sentences(language).formula(value)
    if key in PARAGRAPHS and isinstance(value, str):
        return _paragraphs(value, language)
    if key in fields.prose and isinstance(value, str | list):
        saying = message_in if key in fields.asked else say
        lines = value if isinstance(value, list) else [value]
        said = [saying(line, language) if isinstance(line, str) else json_in(line, language, fields) for line in lines]
        return said if isinstance(value, list) else said[0]
    return json_in(value, language, fields)


def _paragraphs(text: str, language: str) -> str:
    return "\n\n".join(say(" ".join(part.split()), language) for part in text.split("\n\n"))


@lru_cache(4096)
def say(text: str, language: str) -> str:
    """Return a text in a language: one of the lessons, or a sentence of Python; as it is where it is not known."""
    found = messages(language, "lessons").get(text)
    return found if found is not None else sentences(language).say(text)


def message_in(text: str, language: str) -> str:
    """Return a text in a language where all of it is one message, as it is where it is not."""
    return messages(language, "lessons").get(text) or messages(language, "sentences").get(text, text)


def _varying(send: Send) -> Send:
    """Return ``send`` that tells caches that another language gets another answer."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message.setdefault("headers", [])).add_vary_header("Accept-Language")
        await send(message)

    return sending


def _tag_in(language: str, tag: str) -> str:
    """Return the ETag of what is said in a language, given that of the English."""
    return f'{tag[:-1]}-{language}"'


def _ask_for_english(scope: Scope, language: str) -> None:
    """Let a request ask for the English of what its sender has in a language, if that has changed.

    The scope stays the same one: what is outside reads in it which route has answered.
    """
    ending = _tag_in(language, '"').encode()

    def english(tags: bytes) -> bytes:
        return b", ".join(
            tag.strip().removesuffix(ending) + b'"' for tag in tags.split(b",") if tag.strip().endswith(ending)
        )

    scope["headers"] = [
        (name, english(value) if name == b"if-none-match" else value) for name, value in scope["headers"]
    ]


class _Answer:
    """The answer to one request: JSON is kept until it is whole."""

    def __init__(self, send: Send, language: str, fields: Fields) -> None:
        self._send, self._language, self._fields = send, language, fields
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer on, or keep it."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers.add_vary_header("Accept-Language")
            headers["Content-Language"] = self._language
            if tag := headers.get("etag"):
                headers["ETag"] = _tag_in(self._language, tag)
            await self._begin(message, _is_shown(headers))
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _begin(self, start: Message, kept: bool) -> None:
        """Send the head of an answer on, or keep it with all that follows."""
        if kept:
            self._start = start
        else:
            await self._send(start)

    async def _finish(self) -> None:
        assert self._start is not None
        headers = MutableHeaders(raw=self._start["headers"])
        body = self._body
        if body:
            # What has a tag is the same for everybody, and asked for by a whole class at once.
            saying = _said_once if "etag" in headers else _said
            body = saying(body, self._language, self._fields, headers.get("content-encoding") == "gzip")
            headers["Content-Length"] = str(len(body))
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


class _Refusal(_Answer):
    """The answer to a request for something else than the API: a page or a file, which pass, or a refusal."""

    def __init__(self, send: Send, language: str) -> None:
        super().__init__(send, language, USUAL_FIELDS)

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer on, or keep it."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            refused = headers.get("content-type") == MEDIA_TYPE
            if refused:
                headers.add_vary_header("Accept-Language")
                headers["Content-Language"] = self._language
            await self._begin(message, refused)
        else:
            await super().__call__(message)


def _said(body: bytes, language: str, fields: Fields, packed: bool) -> bytes:
    """Return JSON, which may be compressed, in a language."""
    said = to_json(json_in(json.loads(gzip.decompress(body) if packed else body), language, fields))
    return gzip.compress(said, 1, mtime=0) if packed else said


_said_once = lru_cache(16)(_said)


def _is_shown(headers: Headers) -> bool:
    """Return whether an answer is JSON to be read, and not a file to be kept."""
    kind = headers.get("content-type", "").partition(";")[0]
    return kind in ("application/json", MEDIA_TYPE) and "content-disposition" not in headers


class _Socket:
    """What one WebSocket sends."""

    def __init__(self, send: Send, language: str, fields: Fields) -> None:
        self._send, self._language, self._fields = send, language, fields

    async def __call__(self, message: Message) -> None:
        """Send a message on: text is JSON, bytes are a container, and a close may have a reason."""
        if message["type"] == "websocket.send":
            if message.get("text"):
                message = {**message, "text": _text(message["text"], self._language, self._fields)}
            elif message.get("bytes"):
                message = {**message, "bytes": _frame(message["bytes"], self._language)}
        elif message["type"] == "websocket.close" and message.get("reason"):
            message = {**message, "reason": _fitting(say(message["reason"], self._language))}
        await self._send(message)


@lru_cache(64)
def _text(text: str, language: str, fields: Fields) -> str:
    """Return a message in a language; what is sent to everybody in a room is said once."""
    return to_json(json_in(json.loads(text), language, fields)).decode()


def _frame(data: bytes, language: str) -> bytes:
    """Return a frame whose header is in a language; the same bytes where nothing of it changes."""
    header, body = read_container(data)
    said = json_in(header, language)
    return data if said == header else write_container(said, data[body:])


def _fitting(reason: str, most: int = 123) -> str:
    """Return as much of a reason as a close frame has room for."""
    text = reason.encode()
    return reason if len(text) <= most else text[: most - 3].decode(errors="ignore") + "…"
