"""Answers, streams and pages in the language of whoever asks; what is stored, typed or kept as a file stays."""

import json

import httpx
import pytest
from classroom import SECRET, student_of, teacher_of
from websockets.sync.client import connect

from slalom.room.challenges import PRESETS
from slalom.web.http.languages import json_in
from slalom.wire.container import read_container

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
SPEC = {
    "problem": {"kind": "parabola"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1.05}, "label": "Give it more steps."}],
    "steps": 40,
}


def outcome_of(answer):
    return answer.json()["runs"][0]["outcome"]


def test_prose_is_said_in_the_language_that_is_asked_for(api):
    english = api.post("/api/simulate", json=SPEC)
    german = api.post("/api/simulate", json=SPEC, headers=GERMAN)
    assert outcome_of(english)["because"].startswith("At step ")
    assert outcome_of(german)["because"].startswith("Bei Schritt 38 ist der Verlust mehr als 1.000-mal über")
    assert (german.headers["content-language"], "accept-language" in german.headers["vary"].lower()) == ("de", True)
    assert "accept-language" in english.headers["vary"].lower()
    assert outcome_of(german)["kind"] == "diverged"
    assert german.json()["runs"][0]["label"] == SPEC["runs"][0]["label"]
    assert outcome_of(german)["evidence"] == outcome_of(english)["evidence"]


def test_the_address_goes_before_the_header_and_english_is_for_everybody_else(api):
    titles = [
        api.get(f"/api/lessons{query}", headers={"Accept-Language": header}).json()["items"][0]["title"]
        for query, header in [("?lang=de", "en"), ("?lang=en", "de"), ("?lang=xx", "de"), ("", "fr,ja"), ("", "")]
    ]
    german, english = "Wie groß darf ein Schritt sein?", "How big a step?"
    assert titles == [german, english, german, english, english]


def test_a_lesson_keeps_what_is_looked_up(api):
    lesson = api.get("/api/lessons/how-big-a-step", headers=GERMAN).json()
    english = api.get("/api/lessons/how-big-a-step").json()
    assert lesson["presets"][0]["spec"] == english["presets"][0]["spec"]
    assert lesson["prediction"]["answers"] == ["0,01", "0,1", "0,5", "0,9", "1,05"]
    assert "{run.1.reaches.1e-6}" in lesson["why"]
    terms = api.get("/api/glossary", headers=GERMAN).json()["items"]
    assert {term["name"] for term in terms} >= set(lesson["terms"])
    assert next(term for term in terms if term["id"] == "learning rate")["name"] == "Lernrate"


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({**SPEC, "steps": 0}, 422, "steps muss mindestens 1 sein, ist aber 0."),
        ({**SPEC, "problem": {"kind": "formula", "text": "x +"}}, 422, "Die Formel endet zu früh"),
        ({**SPEC, "colour": 1}, 422, "colour ist hier keine Einstellung"),
    ],
)
def test_a_refusal_is_said_in_the_language(api, body, status, detail):
    answer = api.post("/api/simulate", json=body, headers=GERMAN)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["detail"].startswith(detail), answer.json()["detail"]


def test_the_catalogue_is_packed_and_has_a_name_of_its_own(api):
    german, english = api.get("/api/catalogue", headers=GERMAN), api.get("/api/catalogue")
    assert german.headers["etag"] != english.headers["etag"]
    parabola = german.json()["problems"][0]
    assert (parabola["title"], parabola["formula"]) == ("Parabel", english.json()["problems"][0]["formula"])
    assert parabola["help"].startswith("Das einfachste Tal")
    assert parabola["defaults"] == english.json()["problems"][0]["defaults"]


def test_german_is_sent_again_only_where_it_has_changed(api):
    german, english = (api.get("/api/catalogue", headers=one).headers["etag"] for one in (GERMAN, {}))

    def again(tags, **head):
        return api.get("/api/catalogue", headers=head | {"If-None-Match": tags})

    same = again(german, **GERMAN)
    assert (same.status_code, same.headers["etag"], same.content) == (304, german, b"")
    assert again(f'"other", {german}', **GERMAN).status_code == 304
    assert again(english, **GERMAN).json()["problems"][0]["title"] == "Parabel"
    assert again(german).json()["problems"][0]["title"] == "Parabola"
    assert again(english).status_code == 304


def test_a_refusal_outside_the_api_is_said_in_the_language_and_files_are_as_they_are(api):
    missing = api.get("/nothing.js", headers=GERMAN)
    assert (missing.status_code, missing.headers["content-language"]) == (404, "de")
    assert missing.json()["detail"] != api.get("/nothing.js").json()["detail"]
    for path in ("/bundle/pages/docs.js.map", "/openapi.json", "/healthz", "/css/style.css"):
        german, english = api.get(path, headers=GERMAN), api.get(path)
        assert german.status_code == english.status_code == 200
        assert german.headers.get("content-language") is None, path
        assert path == "/healthz" or german.content == english.content, path


def test_who_must_bring_the_token_is_asked_in_the_language(quiet):
    house = quiet(mode="public", token="a long secret of the test")
    said = [httpx.get(house.http + path, headers=GERMAN).text for path in ("/", "/embed?ticket=none")]
    assert ["fragt nach seinem Token" in said[0], "ist abgelaufen" in said[1]] == [True, True]
    assert all('<html lang="de" data-decimal=",">' in one for one in said)


def test_a_stream_is_said_in_the_language_of_its_address(server):
    def last(query):
        with connect(server.replace("http", "ws") + f"/api/preview{query}") as socket:
            socket.send(json.dumps({"id": 1, "spec": SPEC}))
            said = []
            while not any("outcomes" in one for one in said):
                message = socket.recv(timeout=60)
                said.append(json.loads(message) if isinstance(message, str) else read_container(message)[0])
            return json.dumps(said, ensure_ascii=False)

    assert "zum ersten Mal" in last("?lang=de")
    assert "for the first time" in last("")


def test_a_file_to_keep_stays_english(api):
    experiment = api.post("/api/experiments", json=SPEC).json()
    api.get(f"/api/experiments/{experiment['id']}?wait=30")
    record = api.get(f"/api/experiments/{experiment['id']}", headers=GERMAN).json()
    assert record["outcomes"][0]["because"].startswith("Bei Schritt")
    kept = api.get(f"/api/experiments/{experiment['id']}/trace?format=json", headers=GERMAN)
    assert kept.content == api.get(f"/api/experiments/{experiment['id']}/trace?format=json").content


def test_what_somebody_typed_is_no_prose():
    typed = {"name": "Give it more steps.", "spec": {"title": "Parabola"}, "labels": ["diverged"], "kind": "diverged"}
    assert json_in(typed, "de") == typed


@pytest.fixture(scope="module")
def house(tmp_path_factory, quiet_server):
    with quiet_server(tmp_path_factory.mktemp("room"), mode="class", token=SECRET) as house:
        yield house


def test_a_room_says_what_is_wrong_in_the_language_also_to_who_is_not_in_it(house):
    teacher, student = teacher_of(house), student_of(house)
    refusals = [
        httpx.get(f"{house.http}/api/lessons", headers=GERMAN),
        httpx.post(f"{house.http}/api/room/join", json={"code": "AAAAAA"}, headers=GERMAN),
        student.post("/end", headers=GERMAN),
        student.put("/nickname", json={"nickname": "A"}, headers=GERMAN),
        teacher.post("/again", headers=GERMAN),
        teacher.get("/polls/nothing", headers=GERMAN),
    ]
    assert [(answer.json()["title"], answer.json()["detail"]) for answer in refusals] == [
        ("Abgelehnt", "Das ist nur für Mitglieder des Raums. Unter /join mit dem Code beitreten."),
        ("Abgelehnt", "Das ist nicht der Code dieses Raums. Noch einmal dort nachsehen, wo die Lehrkraft ihn zeigt."),
        ("Abgelehnt", "Das darf nur die Lehrkraft."),
        ("Die Anfrage passt nicht", "Der Spitzname hat 1 Zeichen; erlaubt sind 2 bis 20."),
        (
            "Jetzt nicht möglich",
            "Die Stunde ist nicht zu Ende. Sie zuerst beenden, oder dem Raum einen anderen Code geben.",
        ),
        ("Nicht gefunden", "In diesem Raum gibt es keine Frage 'nothing'. Nach der auf der Bühne fragen."),
    ]


def test_a_room_says_its_own_words_in_the_language_and_keeps_what_was_typed(house):
    teacher = teacher_of(house)
    presets = teacher.get("/challenges", headers=GERMAN).json()["presets"]
    assert (
        presets[2]["title"] == "Eine lange Schüssel: die wenigsten Schritte bis 10⁻⁶ mit Gradientenabstieg und Momentum"
    )
    asked = {"kind": "choice", "question": "Rate 0,0001?", "options": ["1.000", "Both"]}
    seen = teacher.post("/polls", json=asked, headers=GERMAN).json()
    assert (seen["question"], seen["options"]) == ("Rate 0,0001?", ["1.000", "Beides"])
    made = teacher.post("/challenges", json={**PRESETS["bowl"], "title": "Runde 1.000"}, headers=GERMAN).json()
    assert made["title"] == "Runde 1.000"


def test_the_stage_is_said_in_the_language_of_its_address(house):
    with connect(f"{house.ws}/api/room/live?lang=de", additional_headers=student_of(house).head) as socket:
        socket.send(json.dumps({"type": "stage", "revision": 0, "change": {}}))
        while (said := json.loads(socket.recv(timeout=20)))["type"] != "problem":
            pass
    assert said["detail"] == "Die Bühne ändert nur die Lehrkraft. Auf der eigenen Seite selbst erkunden."


def test_a_page_has_its_language_and_remembers_the_one_of_its_address(server, api):
    page = api.get("/", headers=GERMAN)
    assert '<html lang="de"' in page.text
    assert "Werkbank" in page.text
    assert 'src="de/bundle/workbench/main.js"' in page.text
    assert '<a class="language" href="?lang=en" lang="en" hreflang="en">English</a>' in page.text
    assert "set-cookie" not in page.headers
    chosen = api.get("/library?lang=de")
    cookie = chosen.headers["set-cookie"]
    assert cookie.startswith("slalom-language=de;")
    again = api.get("/library", headers={"Cookie": "slalom-language=de", "Accept-Language": "en"})
    assert '<html lang="de"' in again.text
    api.cookies.clear()
    assert '<html lang="en"' in api.get("/library?lang=xx").text


def test_modules_and_bundles_are_there_in_every_language(api):
    german, english = (api.get(f"{prefix}/bundle/workbench/main.js").text for prefix in ("/de", ""))
    assert german.count("\n") == english.count("\n")
    assert '"Lernrate"' in german
    assert '"Lernrate"' not in english
    assert 'import("../lessons/guide.js?beside=workbench/main.js")' in german
    assert 'title: "Lektionen"' in api.get("/de/words/learning/lessons.js").text
    assert api.get("/de/ui/dom.js").content == api.get("/ui/dom.js").content
    assert api.get("/xx/ui/dom.js").status_code == 404
    assert api.get("/de/../ui/dom.js").status_code in (200, 404)
