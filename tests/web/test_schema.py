"""Thousands of requests made from the API's own description: never a 5xx, always what was described."""

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from slalom.settings import Settings
from slalom.web.app import create_app
from slalom.web.docs import describe

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DESCRIPTION = describe(create_app(Settings()))
schema = schemathesis.openapi.from_dict(DESCRIPTION)


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_request_is_answered_as_described(case, server):
    case.call_and_validate(base_url=server, checks=CHECKS)
