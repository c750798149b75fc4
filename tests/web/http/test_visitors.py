"""Visitors are known by a secret that the server signed, and by nothing that they make up; cookies fit their frame."""

import pytest

from slalom.settings import Settings
from slalom.web.http.visitors import EMBED_COOKIE, VISITOR_COOKIE, Visitors, cookie_header


def scope(*headers, method="GET", type="http", scheme="http", host="127.0.0.1:8000"):
    given = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers)]
    return {"type": type, "method": method, "scheme": scheme, "headers": given, "client": ("10.0.0.7", 5)}


@pytest.fixture
def visitors():
    return Visitors(Settings(visitors_per_address=3), lambda: b"key")


def with_cookie(value, *headers, name=VISITOR_COOKIE, **about):
    return scope(("cookie", f"other=1; {name}={value}"), *headers, **about)


def test_a_secret_is_known_again_as_a_cookie_and_in_a_header(visitors):
    secret = visitors.new_secret("here")
    id = visitors.known(with_cookie(secret))
    assert id == visitors.id_of(secret) == visitors.known(scope(("authorization", f"Bearer {secret}")))
    assert len(id) == 64
    assert secret.partition(".")[0] not in id
    assert visitors.known(with_cookie(visitors.new_secret("here"))) != id


@pytest.mark.parametrize("change", [lambda s: s[1:], lambda s: s.partition(".")[0], lambda s: s + "x", lambda s: "x.é",
                                    lambda s: s.partition(".")[0] + ".", lambda s: ".", lambda s: ""])  # fmt: skip
def test_what_the_server_did_not_sign_nobody_is(visitors, change):
    secret = visitors.new_secret("here")
    assert visitors.known(with_cookie(change(secret).encode("ascii", "replace").decode())) is None
    assert Visitors(visitors.settings, lambda: b"another").known(with_cookie(secret)) is None


def test_another_page_cannot_use_a_cookie_to_change_something(visitors):
    secret = visitors.new_secret("here")
    assert visitors.known(with_cookie(secret, method="POST")) is None
    assert visitors.known(with_cookie(secret, type="websocket")) is None
    for sign in (("origin", "http://127.0.0.1:8000"), ("sec-fetch-site", "same-origin")):
        assert visitors.known(with_cookie(secret, sign, method="POST")) is not None


def test_so_many_newcomers_an_hour_from_one_address(visitors):
    made = [visitors.new_secret("here") for _ in range(4)]
    assert [secret is not None for secret in made] == [True, True, True, False]
    assert visitors.new_secret("elsewhere") is not None


@pytest.mark.parametrize(("seconds", "valid"), [(-1, False), (0, False), (100, True)])
def test_a_ticket_leads_where_it_was_made_for_until_it_expires(visitors, seconds, valid):
    ticket = visitors.new_ticket("/lessons/momentum", seconds)
    found = visitors.destination(ticket)
    assert (found is not None) is valid
    assert visitors.is_guest(with_cookie(ticket, name=EMBED_COOKIE)) is valid
    if found:
        assert found[0] == "/lessons/momentum"
        assert 0 < found[1] <= seconds


@pytest.mark.parametrize("ticket", ["", ".", "x", "x.y", "é.x"])
def test_a_ticket_that_is_not_whole_leads_nowhere(visitors, ticket):
    assert visitors.destination(ticket) is None
    text, _, signature = visitors.new_ticket("/", 100).partition(".")
    other = visitors.new_ticket("/library", 100).partition(".")[0]
    assert visitors.destination(f"{other}.{signature}") is None
    assert visitors.known(with_cookie(f"{text}.{signature}")) is None


@pytest.mark.parametrize(
    ("ancestors", "scheme", "host", "rules"),
    [
        ("'none'", "http", "192.168.0.7:8000", "HttpOnly; SameSite=Lax"),
        ("'none'", "https", "class.example", "HttpOnly; SameSite=Lax; Secure"),
        ("https://lms.example", "https", "class.example", "HttpOnly; SameSite=None; Secure; Partitioned"),
        ("https://lms.example", "http", "127.0.0.1:8000", "HttpOnly; SameSite=None; Secure; Partitioned"),
        ("https://lms.example", "http", "192.168.0.7:8000", "HttpOnly; SameSite=Lax"),
        ("https://lms.example", "http", "class.example", "HttpOnly; SameSite=Lax"),
    ],
)
def test_a_cookie_is_kept_within_another_page_only_where_that_page_is_allowed(ancestors, scheme, host, rules):
    settings = Settings(frame_ancestors=ancestors)
    name, value = cookie_header(settings, scope(scheme=scheme, host=host), "c", "v")
    assert (name, value.decode()) == (b"set-cookie", f"c=v; Path=/; {rules}")
    _, value = cookie_header(settings, scope(scheme=scheme, host=host), "c", "v", seconds=9.5)
    assert "; Max-Age=9; " in value.decode()
