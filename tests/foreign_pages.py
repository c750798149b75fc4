"""How a page or a name that is not the server's introduces itself: hosts and origins, most of them foreign."""

HOSTS = [
    (["localhost"], True),
    (["localhost:8000"], True),
    (["127.0.0.1:1"], True),
    (["[::1]"], True),
    (["[::1]:8000"], True),
    (["LOCALHOST"], True),
    (["friend.example:80"], True),
    (["evil.example"], False),
    (["localhost.evil.example"], False),
    (["evil.example:8000"], False),
    (["localhost."], False),
    (["127.0.0.1.nip.io"], False),
    (["127.1"], False),
    (["2130706433"], False),
    (["0.0.0.0"], False),
    (["192.168.0.1"], False),
    (["[::2]"], False),
    ([""], False),
    (["localhost:"], False),
    (["localhost:port"], False),
    (["localhost?x"], False),
    (["localhost#x"], False),
    (["localhost//x"], False),
    (["user@localhost"], False),
    (["localhost,evil.example"], False),
    (["127.0.0.1", "evil.example"], False),
    (["evil.example", "127.0.0.1"], False),
    (["localhost", "localhost"], False),
    ([], False),
]
"""Values of the header Host, and whether they name a server on this machine that is also called friend.example."""


def origins(port):
    """Return values of the header Origin that are not those of the page at 127.0.0.1 and a port."""
    ours = f"http://127.0.0.1:{port}"
    return [
        ["http://evil.example"],
        ["null"],
        [f"http://127.0.0.1:{port}0"],
        [f"{ours}.evil.example"],
        [f"http://evil.example:{port}"],
        ["http://127.0.0.1"],
        [f"https://127.0.0.1:{port}"],
        [f"http://127.0.0.1@evil.example:{port}"],
        [f"http://xn--lcalhost-5qb:{port}"],
        [ours.upper()],
        [f"http://127.0.0.1.:{port}"],
        [""],
        [ours, "http://evil.example"],
        [ours, ours],
        [f"{ours}/"],
        [f"http://localhost:{port}"],
    ]
