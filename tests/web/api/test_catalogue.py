"""The catalogue describes every choice so that a form can be made from it, and nothing but JSON."""

import json

import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.optimizers import OPTIMIZERS, TorchClass
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.schedules import SCHEDULES
from slalom.web.api.catalogue import describe_catalogue

WHOLE = describe_catalogue()
CHOICES = [(group, entry) for group in ("problems", "optimizers", "schedules") for entry in WHOLE[group]]


def test_everything_that_can_be_chosen_is_listed():
    rules = (*OPTIMIZERS, TorchClass)
    for group, kinds in (("problems", PROBLEMS), ("optimizers", rules), ("schedules", SCHEDULES)):
        assert [entry["kind"] for entry in WHOLE[group]] == [kind.model_fields["kind"].default for kind in kinds]


@pytest.mark.parametrize(
    ("group", "entry"), CHOICES, ids=lambda value: value if isinstance(value, str) else value["kind"]
)
def test_a_choice_explains_itself_and_its_defaults_can_be_sent(group, entry):
    assert entry["title"]
    assert entry["help"].endswith((".", ")", "≥ 0")) or "\n" in entry["help"]
    assert entry["source"]
    assert entry["defaults"]["kind"] == entry["kind"]
    assert entry["schema"]["properties"].keys() == entry["defaults"].keys()
    spec = {"problem": {"kind": "parabola"}, "runs": [{}]}
    if group == "problems":
        spec["problem"] = entry["defaults"]
    else:
        spec["runs"][0][group.removesuffix("s")] = entry["defaults"]
    Comparison.model_validate_json(json.dumps(spec))


@pytest.mark.parametrize("entry", WHOLE["problems"], ids=lambda entry: entry["kind"])
def test_a_problem_says_what_is_known_of_it(entry):
    dimension = entry["dimension"] or 0
    assert entry["network"] == (entry["dimension"] is None) == (entry["kind"] in ("network", "character"))
    assert len(entry["domain"]) == len(entry["start"]) == len(entry["variables"]) == dimension
    assert all(len(one["point"]) == dimension for one in entry["minima"])
    assert (entry["formula"] is None) == (entry["mathml"] is None)
    if entry["minima"]:
        assert entry["best"] == min(one["value"] for one in entry["minima"])


def test_only_ones_own_installation_offers_classes_by_their_paths():
    assert [entry["kind"] for entry in describe_catalogue(False)["optimizers"]] == [
        entry["kind"] for entry in WHOLE["optimizers"][:-1]
    ]
    assert WHOLE["optimizers"][-1]["kind"] == "torch"


def test_the_catalogue_is_sent_once_and_compressed(api):
    answer = api.get("/api/catalogue")
    assert answer.json() == json.loads(json.dumps(WHOLE))
    assert answer.headers["content-encoding"] == "gzip"
    again = api.get("/api/catalogue", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    plain = api.get("/api/catalogue", headers={"Accept-Encoding": "identity"})
    assert plain.content == answer.content
