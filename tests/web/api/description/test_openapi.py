"""The API describes itself completely, and the page's types are those of the models."""

import re

from slalom.settings import Settings
from slalom.web.api.description.openapi import describe_routes
from slalom.web.app import create_app
from slalom.web.static.files import frontend
from slalom.web.typescript import declarations, kinds

SCHEMA = describe_routes(create_app(Settings()))


def test_every_reference_leads_somewhere():
    references = set(re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", str(SCHEMA)))
    assert "Comparison" in references
    assert references <= SCHEMA["components"]["schemas"].keys()


def test_every_path_is_described_with_its_refusals():
    for path, methods in SCHEMA["paths"].items():
        for operation in methods.values():
            assert operation["description"].endswith("."), path
            assert operation["responses"], path
    assert set(SCHEMA["paths"]) >= {"/api/simulate", "/api/experiments/{id}/trace", "/api/catalogue", "/healthz"}


def test_every_choice_has_a_shape():
    shapes = SCHEMA["components"]["schemas"]
    assert {
        "Run",
        "Sgd",
        "Adam",
        "Outcome",
        "Evidence",
        "Rosenbrock",
        "Constant",
        "Problem",
        "FrameHeader",
    } <= shapes.keys()
    assert shapes["Sgd"]["properties"]["momentum"]["description"]


def test_the_types_of_the_page_are_up_to_date():
    for name, content in (("types/wire.d.ts", declarations()), ("state/kinds.js", kinds())):
        assert frontend().joinpath(name).read_text(encoding="utf-8") == content, "Run make types."


def test_the_docs_page_needs_no_network(api):
    for path in ("/docs", "/pages/docs.js", "/css/docs.css"):
        answer = api.get(path)
        assert answer.status_code == 200
        assert "http://" not in answer.text
        assert "https://" not in answer.text
    assert api.get("/openapi.json").json() == SCHEMA
