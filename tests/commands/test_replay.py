"""The replay that Python writes is the one that the page writes: the same parts, and data that the player unpacks."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

import slalom
from slalom.commands.replay import PLAYER, REPLAY_POLICY, REPLAY_STYLES, packed, recorded, replay_page
from slalom.errors import SlalomError

FRONTEND = Path(__file__).parents[2] / "frontend"
UNPACKED = f"""
import {{ unpack }} from "{FRONTEND.as_uri()}/export/pack.js";
import {{ readFileSync }} from "node:fs";
const seen = (value) => {{
  const told = (one) => (Number.isFinite(one) ? one : one > 0 ? "inf" : "nan");
  if (ArrayBuffer.isView(value)) return [value.constructor.name, Array.from(value, told)];
  if (Array.isArray(value)) return value.map(seen);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, seen(one)]));
}};
console.log(JSON.stringify(seen(await unpack(JSON.parse(readFileSync(0, "utf8"))))));
"""


def unpacked(text):
    script = ["node", "--input-type=module", "-e", UNPACKED]
    return json.loads(subprocess.run(script, input=json.dumps(text), capture_output=True, text=True, check=True).stdout)


@pytest.fixture(scope="module")
def result():
    label = "=</script><b>"
    runs = [{"optimizer": {"kind": "sgd", "lr": 0.3}, "label": label}, {}]
    return slalom.simulate({"problem": {"kind": "bowl"}, "runs": runs, "steps": 400})


def test_the_player_unpacks_what_was_recorded(result):
    found = unpacked(packed(recorded(result, "A bowl", "dark")))
    first = found["runs"][0]
    kind, losses = first["columns"]["loss"]
    assert (kind, first["n"], losses[-1]) == ("Float64Array", len(result[0].loss), "inf")
    assert [float(loss) for loss in losses] == result[0].loss.tolist()
    assert first["outcome"]["because"] == result[0].outcome.because
    assert set(first["columns"]) == {"loss", "lr", "sharpness", "limit", "p0", "p1"}
    assert found["landscape"]["shape"] == [0, 0]
    assert np.array(found["field"]["z"][1]).shape == (240 * 240,)
    assert (found["view"]["theme"], found["clock"]["last"], found["clock"]["step"]) == ("dark", 400, 400)


def test_it_has_the_parts_of_the_page_and_nothing_from_elsewhere(result):
    text = replay_page(result, "A <bowl>").decode()
    written = (FRONTEND / "export/replay.js").read_text()
    assert PLAYER in re.search(r"SCRIPT = (.*?);", written)[1]
    assert json.loads(re.search(r"STYLES = (\[.*?\]);", written)[1]) == list(REPLAY_STYLES)
    assert f'POLICY = "{REPLAY_POLICY}"' in written
    assert "<title>A &lt;bowl&gt;: replay</title>" in text
    assert text.count("</script>") == 2
    assert "<b>" not in text.partition("<script")[2].partition('type="module"')[0]
    assert not re.search(r"""(src|href)=["']http""", text)


@pytest.mark.parametrize("problem", [{"kind": "parabola"}, {"kind": "quadratic", "eigenvalues": [1, 2, 3]}])
def test_problems_of_other_dimensions_have_a_ground_of_their_own(problem):
    found = recorded(slalom.simulate({"problem": problem, "runs": [{}], "steps": 3}), "x", "light")
    assert found["field"] is None
    assert found["landscape"]["z"].size == np.prod(found["landscape"]["shape"])


def test_a_network_is_refused_with_where_it_is_to_be_had(result, monkeypatch):
    monkeypatch.setattr(type(result.spec.problem), "is_network", True)
    with pytest.raises(SlalomError, match="saved on the page"):
        replay_page(result, "x")
