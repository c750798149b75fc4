"""A real Postgres that the tests bring up themselves: its data in a folder of its own, reached by a socket in there."""

import os
import shutil
import subprocess
import tempfile
import time
from glob import glob
from pathlib import Path

import psycopg

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
"""Where Debian, Fedora and Homebrew put what is not on the path."""
START = 60.0
"""Seconds that a server on a busy machine may take to start."""
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}
"""Nothing here has to survive a power cut, and nobody else may connect."""
# It stops as soon as its standard input closes, so that it never outlives the tests, even where they are killed.
TOGETHER = '"$@" & read -r _; kill -INT $!; wait'


def programs():
    """Return the folder with Postgres' programs, or None where it is not installed."""
    found = [shutil.which("initdb"), *(path for place in PLACES for path in sorted(glob(f"{place}/initdb"))[::-1])]
    return next((Path(path).resolve().parent for path in found if path), None)


POSTGRES = programs()
KINDS = ["sqlite", "postgres"] if POSTGRES else ["sqlite"]
"""The kinds of store that there are on this machine."""


def _somebody():
    """Return as whom to run it: Postgres refuses to be root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "extra_groups": []}


class Postgres:
    """A server with databases of its own; it can be stopped and started as often as a test needs."""

    def __init__(self, programs, *arguments):
        self._programs, self._arguments, self._as = programs, arguments, _somebody()
        self.folder = Path(tempfile.mkdtemp(prefix="slalom-postgres-"))
        if self._as:
            shutil.chown(self.folder, self._as["user"])
        self._data, self._process = self.folder / "data", None
        command = [programs / "initdb", "--pgdata", self._data, "--username=slalom", "--auth=trust", "--no-sync"]
        self._run(*command, "--encoding=UTF8", "--no-locale")
        self.start()

    def _run(self, *command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, **self._as)
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self):
        """Start it, and return when it answers."""
        options = [f"-c{name}={value}" for name, value in OPTIONS.items()]
        server = [self._programs / "postgres", "-D", self._data, "-k", self.folder, *options, *self._arguments]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", TOGETHER, "sh", *server],
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **self._as,
            )
        deadline = time.monotonic() + START
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self):
        """Stop it, and close every connection to it; what it holds stays."""
        self._process.communicate(timeout=START)

    def restart(self):
        """Stop and start it: every connection breaks, and everything that was written is there."""
        self.stop()
        self.start()

    def close(self):
        """Stop it for good and remove its files."""
        if self._process.returncode is None:
            self.stop()
        shutil.rmtree(self.folder)

    def url(self, database):
        """Return the address of a database, as SLALOM_STORE takes it."""
        return f"postgresql://slalom@/{database}?host={self.folder}"

    def fresh(self, database="test"):
        """Return the address of an empty database; whoever still used the one of that name before is cut off."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {database}")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            # Ten times as fast as another database.
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.url(database)

    def _answers(self):
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True
