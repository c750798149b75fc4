"""The API describes itself completely, and the page's types are those of the models."""

import re

import pytest
from app_routes import routes_of
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from slalom.catalogue.base.choice import NAME_CHARACTERS
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.comparison import Run
from slalom.settings import Settings
from slalom.web.api.description.examples import STORED_SPECS
from slalom.web.api.description.openapi import describe_routes
from slalom.web.app import create_app
from slalom.web.static.files import frontend
from slalom.web.typescript import declarations, kinds

APP = create_app(Settings())
SCHEMA = describe_routes(APP)
SHAPES = SCHEMA["components"]["schemas"]
OPERATIONS = {
    "simulate simulate_steps write_script get_script create_experiment list_experiments get_experiment "
    "update_experiment delete_experiment restore_experiment cancel_experiment pause_experiment resume_experiment "
    "fork_experiment compare_experiments import_experiment get_trace get_detail get_sweep get_map get_map_cell "
    "get_range_findings get_findings get_parameters get_thumbnail get_view create_dataset create_dataset_reading "
    "list_datasets get_dataset update_dataset delete_dataset list_lessons get_lesson get_lesson_values answer_quiz "
    "draft_lesson get_glossary get_qr get_room join_room become_teacher renew_code update_room end_class "
    "begin_next_class choose_nickname create_poll get_poll update_poll delete_poll cast_vote get_poll_results "
    "create_offer list_offers present_offer delete_offer create_challenge list_challenges get_challenge submit_attempt "
    "hide_submission create_embed_link get_catalogue get_landscape get_health get_limits get_metrics get_status "
    "create_recording append_frame beat_recording end_recording"
}
"""What methods of generated clients are called: programs use these names, so none is changed."""


def operations():
    return [one for methods in SCHEMA["paths"].values() for one in methods.values()]


def parts(value):
    """Yield every object of a description."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(item)


def test_operations_have_the_names_that_programs_use():
    assert sorted(one["operationId"] for one in operations()) == sorted(OPERATIONS.pop().split())
    assert len(operations()) == sum(len(one.methods) for one in routes_of(APP, APIRoute) if one.include_in_schema)


def test_no_title_is_there_twice():
    titles = [one["title"] for part in (SCHEMA["paths"], SHAPES) for one in parts(part) if _is_schema_title(one)]
    assert len(titles) == len(set(titles))


def _is_schema_title(part):
    return isinstance(part.get("title"), str) and not part.keys() & {"spec", "summary"}


def test_what_tells_shapes_apart_is_required_and_constant():
    unions = [one for one in parts(SCHEMA) if "discriminator" in one]
    assert len(unions) >= 10
    for union in unions:
        name, mapping = union["discriminator"]["propertyName"], union["discriminator"]["mapping"]
        assert {option["$ref"] for option in union["oneOf"]} == set(mapping.values())
        for value, reference in mapping.items():
            shape = SHAPES[reference.rpartition("/")[2]]
            assert shape["properties"][name]["const"] == value
            assert name in shape["required"]


def test_unions_of_shapes_with_a_kind_are_told_apart():
    for union in (one for one in parts(SCHEMA) if len(one.get("oneOf", ())) > 1):
        shapes = [SHAPES.get(option.get("$ref", "").rpartition("/")[2], {}) for option in union["oneOf"]]
        if all("const" in shape.get("properties", {}).get("kind", {}) for shape in shapes):
            assert "discriminator" in union, union


def test_it_says_where_the_server_is_and_who_may_ask():
    assert SCHEMA["servers"] == [{"url": ".", "description": "This server, wherever its pages are."}]
    schemes = SCHEMA["components"]["securitySchemes"]
    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert {one["name"] for one in schemes.values() if one["type"] == "apiKey"} == {"slalom", "slalom_visitor"}
    assert [{}, *({name: []} for name in schemes)] == SCHEMA["security"]


def test_every_group_is_described_and_every_operation_in_one():
    described = [tag["name"] for tag in SCHEMA["tags"]]
    assert {tuple(one["tags"]) for one in operations()} == {(name,) for name in described}
    assert all(tag["description"].endswith(".") for tag in SCHEMA["tags"])


def test_examples_fit_what_they_are_examples_of():
    found = 0
    for operation in operations():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            for value in [media.get("example"), *(one["value"] for one in media.get("examples", {}).values())]:
                if value is not None:
                    found += 1
                    Draft202012Validator(media["schema"] | {"components": SCHEMA["components"]}).validate(value)
    assert found >= 40


@pytest.mark.parametrize("name", STORED_SPECS)
def test_specs_of_examples_are_what_one_may_send(name):
    assert SPEC.validate_python(STORED_SPECS[name]["value"]).kind == STORED_SPECS[name]["value"]["kind"]


def test_the_examples_are_computed_as_they_are(api):
    for name in ("two_rates", "thermometer", "formula"):
        answer = api.post("/api/simulate", json=STORED_SPECS[name]["value"])
        assert answer.status_code == 200, answer.text[:300]


def test_a_name_is_declared_as_long_as_it_may_be():
    name, label = SHAPES["Naming"]["properties"]["name"], SHAPES["Run"]["properties"]["label"]
    assert name["anyOf"][0]["maxLength"] == label["maxLength"] == NAME_CHARACTERS
    assert Run(label="x" * NAME_CHARACTERS).label == "x" * NAME_CHARACTERS
    with pytest.raises(ValidationError):
        Run(label="x" * (NAME_CHARACTERS + 1))


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
    for path in ("/docs", "/pages/docs.js", "/pages/docs/call.js", "/pages/docs/shapes.js", "/css/docs.css"):
        answer = api.get(path)
        assert answer.status_code == 200
        assert "http://" not in answer.text
        assert "https://" not in answer.text
    assert api.get("/openapi.json").json() == SCHEMA
