"""Settings are read once, a misspelt name is an error, and nobody is served by accident."""

import pytest
from pydantic import ValidationError

from slalom.settings import BY_MODE, Limits, Settings, is_loopback


def test_the_environment_is_read_by_name():
    settings = Settings.from_environ(
        {"SLALOM_PORT": "9000", "SLALOM_ALLOWED_HOSTS": "a.example, b.example", "PATH": "x"}
    )
    assert settings.port == 9000
    assert settings.allowed_hosts == ("a.example", "b.example")


def test_what_is_given_by_name_goes_first():
    assert Settings.from_environ({"SLALOM_PORT": "9000"}, port=9001).port == 9001


def test_a_misspelt_name_is_an_error():
    with pytest.raises(ValidationError, match="prot"):
        Settings.from_environ({"SLALOM_PROT": "9000"})


def test_settings_never_change():
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_says_what_it_is():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30 days", 2_592_000), ("1 hour", 3600), ("2weeks", 1_209_600), (" 90 Seconds ", 90), ("0", 0), (7, 7)],
)
def test_a_period_is_written_as_people_do(text, seconds):
    assert Settings.model_validate({"keep": text}).keep == seconds


@pytest.mark.parametrize("text", ["30", "soon", "-1 days", "1.5 days", "3 moons", "", -1])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValidationError, match="keep"):
        Settings.model_validate({"keep": text})


@pytest.mark.parametrize("name", [name for name in Limits.model_fields if name != "keep"])
def test_limits_are_positive(name):
    assert getattr(Settings.model_validate({name: 1}), name) == 1
    for value in (0, -1, "many"):
        with pytest.raises(ValidationError):
            Settings.model_validate({name: value})


@pytest.mark.parametrize("mode", BY_MODE)
def test_a_mode_brings_its_limits_unless_they_are_given(mode):
    assert Settings(mode=mode, auth=False).steps == {"local": 1_000_000, "class": 100_000, "public": 10_000}[mode]
    assert Settings(mode=mode, auth=False, steps=7).steps == 7


@pytest.mark.parametrize("given", [{"host": "0.0.0.0"}, {"host": "192.168.0.7"}, {"host": "::"}, {"mode": "public"}])
def test_serving_others_needs_a_token_or_the_wish_to_have_none(given):
    with pytest.raises(ValidationError, match="SLALOM_TOKEN"):
        Settings(**given)
    assert Settings(**given, token="long-enough-1").token is not None
    assert not Settings(**given, auth=False).auth


def test_a_class_is_reached_on_its_network_and_needs_no_token():
    assert (Settings(mode="class").host, Settings(mode="class").token) == ("0.0.0.0", None)
    assert Settings(mode="class", host="192.168.0.7").host == "192.168.0.7"


def test_a_token_must_not_be_guessed_and_is_not_shown():
    for short in ("short", "x" * 11):
        with pytest.raises(ValidationError):
            Settings(token=short)
    assert Settings(token="x" * 12).token is not None
    assert "long-enough" not in repr(Settings(token="long-enough-1"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("a.example", False),
    ],
)
def test_what_is_on_this_machine(host, loopback):
    assert is_loopback(host) is loopback


def test_slalom_is_below_the_path_of_its_public_address_unless_another_is_given():
    assert Settings().base_path == ""
    assert Settings(root_path="/slalom/").base_path == "/slalom"
    assert Settings(public_url="https://hub.example/user/ann/").base_path == "/user/ann"
    assert Settings(public_url="https://hub.example/user/ann/", root_path="/inside").base_path == "/inside"
    assert Settings(public_url="https://hub.example").base_path == ""


def test_origins_and_proxies_are_read_from_the_environment_separated_by_commas():
    environ = {"SLALOM_ALLOWED_ORIGINS": "HTTPS://a.example:443/, http://b.example:81"}
    settings = Settings.from_environ(environ | {"SLALOM_TRUSTED_PROXIES": "127.0.0.1, 10.1.2.3/8"})
    assert settings.allowed_origins == ("https://a.example", "http://b.example:81")
    assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")


def test_a_store_may_be_a_file_or_a_url(tmp_path):
    assert Settings(store=str(tmp_path / "x.db")).store == f"sqlite:///{tmp_path}/x.db"
    assert Settings(store="postgresql://me@host/db").store == "postgresql://me@host/db"
