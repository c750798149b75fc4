"""Addresses in the settings are read as browsers write them, and what is none is refused with what would be one."""

import pytest

from slalom.addresses import as_origin, as_proxy, as_public_url, as_root_path, origin_of


@pytest.mark.parametrize(
    ("read", "text", "becomes"),
    [
        (as_origin, "https://class.example", "https://class.example"),
        (as_origin, "HTTPS://Class.Example:443/", "https://class.example"),
        (as_origin, "http://class.example:80", "http://class.example"),
        (as_origin, "http://class.example:443", "http://class.example:443"),
        (as_origin, "http://[::1]:8888", "http://[::1]:8888"),
        (as_public_url, "", ""),
        (as_public_url, "https://class.example", "https://class.example"),
        (
            as_public_url,
            "https://Hub.example:443/user/Ann%40x/proxy/8000/",
            "https://hub.example/user/Ann%40x/proxy/8000",
        ),
        (as_public_url, "http://10.0.0.7:8080/slalom", "http://10.0.0.7:8080/slalom"),
        (as_root_path, "", ""),
        (as_root_path, "/", ""),
        (as_root_path, "/slalom", "/slalom"),
        (as_root_path, "/user/ann@x/proxy/8000/", "/user/ann@x/proxy/8000"),
        (as_proxy, "*", "*"),
        (as_proxy, "127.0.0.1", "127.0.0.1"),
        (as_proxy, "10.0.0.7/8", "10.0.0.0/8"),
        (as_proxy, "fd00:0::1", "fd00::1"),
    ],
)
def test_an_address_is_read_as_browsers_write_it(read, text, becomes):
    assert read(text) == becomes


NO_ORIGIN = [
    "",
    "null",
    "*",
    "class.example",
    "//class.example",
    "ftp://x.example",
    "https://",
    "https://a b",
    "file:///x",
]
NO_ORIGIN += ["https://x.example/page", "https://x.example?x", "https://x.example#x", "https://me@x.example"]
NO_ORIGIN += [
    "https://x.example:",
    "https://x.example:0",
    "https://x.example:70000",
    "https://[::1",
    "https://*.example",
]
NO_URL = [one for one in NO_ORIGIN if one not in ("", "https://x.example/page")]
NO_URL += ["https://x.example/a//b", "https://x.example/../a", "https://x.example/a;b"]
NO_PATH = [
    "slalom",
    "//",
    "//evil.example",
    "/a//b",
    "/a/../b",
    "/.",
    "/a b",
    "/a;b",
    "/a?b",
    "/a#b",
    "/a%2Fb",
    "/a\\b",
]
NO_PATH += ["/a\nb", "/%", "/ä", "https://x.example/a", '/a"b', "/a<b"]
NO_PROXY = ["", "localhost", "proxy.example", "10.0.0.0/33", "127.0.0.1:80", "10.0.0", "**", "unix:"]


REFUSED = {as_origin: NO_ORIGIN, as_public_url: NO_URL, as_root_path: NO_PATH, as_proxy: NO_PROXY}


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in REFUSED.items() for text in texts])
def test_what_is_no_address_is_refused_with_what_it_is(read, text):
    with pytest.raises(ValueError, match=r".{30}") as refused:
        read(text)
    assert repr(text) in str(refused.value)


def test_the_origin_of_an_address_is_its_beginning():
    assert origin_of("https://hub.example/user/ann") == "https://hub.example"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"
