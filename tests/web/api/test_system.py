"""Health, limits and counts."""

import httpx

from slalom import __version__
from slalom.settings import limits_table


def test_health_says_the_version_and_whether_simulations_are_ready(api):
    assert api.get("/healthz").json() == {"status": "ok", "version": __version__, "workers": "ready"}


def test_every_limit_is_reported(quiet):
    house = quiet(steps=77)
    answer = httpx.get(f"{house.http}/api/limits").json()
    assert answer == limits_table(house.settings)
    assert answer["steps"] == {"value": 77, "setting": "SLALOM_STEPS"}
