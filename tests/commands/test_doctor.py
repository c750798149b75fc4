"""slalom doctor: an installation that is well, and what is said of each part that is not."""

import socket
import sys
from types import SimpleNamespace

import pytest
from commanding import slalom

from slalom.commands import doctor
from slalom.commands.doctor import Examined, examine


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No settings, and no proxy but those of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def quick(monkeypatch):
    """The process that computes is not started: one test does that."""
    monkeypatch.setattr(doctor, "_processes", lambda settings: Examined("processes", "ok", "one began."))


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def broken(**given):
    return {found.part: found.sentence for found in examine(given) if found.verdict == "broken"}


def test_an_installation_that_is_well(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = slalom("doctor", "--store", tmp_path / "slalom.db", "--port", port)
    assert found.code == 0, found.out
    parts = [line[2:].partition(":")[0] for line in found.out.splitlines()[:-1]]
    named = ["Slalom", "Python", "NumPy", "PyTorch", "figures", "page", "settings", "store", "disk"]
    assert parts == [*named, "processes", "GPU", "port", "proxy"]
    assert "computed a run in" in found.out
    assert found.out.endswith("Nothing is broken.\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_broken_is_said_with_what_to_do(tmp_path, monkeypatch, quick, port):
    store = tmp_path / "notes.txt"
    store.write_text("not a store")
    monkeypatch.setenv("SLALOM_FREE_BYTES", str(2**53))
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@proxy.example:3128")
    monkeypatch.setattr(doctor.util, "find_spec", lambda name: None)
    monkeypatch.setattr(doctor, "_page", lambda: Examined("page", "broken", "Install Slalom anew."))
    found = slalom("doctor", "--store", store, "--port", port)
    assert found.code == 1
    for words in (
        "✗ PyTorch: It is not installed; networks need it. Try: pip install torch.",
        "✗ store: " + str(store) + " is not a Slalom store",
        "(SLALOM_FREE_BYTES): nothing new is stored. Make room.",
        f"✗ port: {port} on 127.0.0.1 cannot be used: Address already in use. Choose another",
        "✗ proxy: http proxy.example:3128 is used for this machine, too",
        'pip install "slalom[figures]"',
        "Broken: 6.",
    ):
        assert words in found.out, words
    assert "secret" not in found.out
    assert store.read_text() == "not a store"


def test_settings_that_do_not_fit_are_said_and_the_rest_is_looked_at(tmp_path, monkeypatch, quick):
    monkeypatch.setenv("SLALOM_PROT", "1")
    monkeypatch.setenv("SLALOM_STEPS", "many")
    found = [(one.part, one.sentence) for one in examine({"port": 1}) if one.part == "settings"]
    assert any("There is no setting SLALOM_PROT." in sentence for _, sentence in found)
    assert any("SLALOM_STEPS does not fit" in sentence for _, sentence in found)


def test_a_server_that_runs_is_no_fault(server, tmp_path, quick):
    given = {"port": int(server.rpartition(":")[2]), "store": f"{tmp_path}/slalom.db"}
    (found,) = [one for one in examine(given) if one.part == "port"]
    assert (found.verdict, found.sentence[:8]) == ("ok", "a Slalom")


def test_the_address_that_slalom_watch_sends_to_is_no_setting_of_a_server(tmp_path, monkeypatch, quick):
    monkeypatch.setenv("SLALOM_URL", "http://127.0.0.1:8000")
    assert "settings" not in broken(store=f"{tmp_path}/slalom.db")
    monkeypatch.setenv("SLALOM_URLS", "http://127.0.0.1:8000")
    assert "There is no setting SLALOM_URLS." in broken(store=f"{tmp_path}/slalom.db")["settings"]


def test_a_proxy_without_a_scheme_keeps_its_password_too(tmp_path, monkeypatch, quick):
    monkeypatch.setenv("HTTP_PROXY", "user:secret@proxy.example:3128")
    assert "secret" not in slalom("doctor", "--store", f"{tmp_path}/slalom.db").out


def test_a_proxy_that_leaves_this_machine_out_is_no_fault(tmp_path, monkeypatch, quick):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    assert "proxy" not in broken(store=f"{tmp_path}/slalom.db")


def test_a_gpu_that_torch_does_not_see_is_told(monkeypatch):
    torch = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: False),
        __version__="2.9+cpu",
        __spec__=object(),
        set_default_dtype=lambda dtype: None,
        float32=None,
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setattr(doctor.shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    found = doctor._gpu()
    assert (found.verdict, found.sentence[:32]) == ("broken", "PyTorch 2.9+cpu sees none, but t")
