"""Thousands of requests made from the API's own description: never a 5xx, always what was described."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from slalom.settings import Settings
from slalom.web.api.description.openapi import describe_routes
from slalom.web.app import create_app

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIPTION = describe_routes(create_app(Settings()))
SAME = r"^/api/(simulate|simulate/steps|script|experiments|lessons/draft)$"
"""What takes a whole spec: 13,000 cases each, of which most are of its runs. A fork, which is made of runs, gets every
case; here they are drawn at random, unless SLALOM_EVERY_CASE asks for all (two minutes)."""
every_case = schemathesis.openapi.from_dict(DESCRIPTION).exclude(path_regex=SAME)
some_cases = schemathesis.openapi.from_dict(DESCRIPTION).include(path_regex=SAME)
some_cases.config.phases.coverage.enabled = "SLALOM_EVERY_CASE" in os.environ


@pytest.fixture(scope="module")
def flooded(tmp_path_factory, serving):
    """Yield the address of a server for nobody else: what is asked of it at random may take long, and is cut short."""
    store = tmp_path_factory.mktemp("flooded") / "slalom.db"
    small = {
        "SLALOM_EXPERIMENT_SECONDS": "1",
        "SLALOM_SIMULATE_WORK": "1000000000",
        "SLALOM_SIMULATE_SURFACE_WORK": "1000000000",
        "SLALOM_QUEUE_PER_CLIENT": "1000",
    }
    process, address = serving.start(store, **small)
    serving.warm(address)
    yield address
    assert serving.stop(process) == 0


@every_case.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_is_answered_as_described(case, flooded):
    case.call_and_validate(base_url=flooded, checks=CHECKS)


@some_cases.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_takes_the_same_body_is_answered_as_described(case, flooded):
    case.call_and_validate(base_url=flooded, checks=CHECKS)
