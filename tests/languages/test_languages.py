"""Every language is complete, says the values and numbers of the English text, and is put where its words belong."""

import re
from collections import Counter

import pytest

from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.languages import DOMAINS, SOURCE_LANGUAGE, Sentences, languages, messages, sentences
from slalom.languages.catalogue import MESSAGE_VALUE, marks, read_messages
from slalom.languages.javascript import literals, module_in, places_of, words_in
from slalom.languages.pages import page_in, texts_in
from slalom.web.static.files import frontend
from slalom.web.translations import missing

OTHERS = [language for language in languages() if language != SOURCE_LANGUAGE]
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
MODULES = sorted((frontend() / "words").rglob("*.js"))


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_missing(language, domain):
    assert missing(language, domain) == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_lesson_says_the_same_values_and_numbers(language):
    group, decimal = marks(language)
    plain = str.maketrans({group: ",", decimal: "."})
    for text, said in messages(language, "lessons").items():
        assert Counter(MESSAGE_VALUE.findall(said)) == Counter(MESSAGE_VALUE.findall(text)), text
        bare, other = MESSAGE_VALUE.sub("", text), MESSAGE_VALUE.sub("", said).translate(plain)
        assert Counter(DIGITS.findall(other)) == Counter(DIGITS.findall(bare)), text


def test_german_has_its_own_quotes():
    for domain in DOMAINS:
        for text, said in messages("de", domain).items():
            assert said.count("„") == said.count("“"), text
            assert "”" not in said, text


def test_a_catalogue_with_values_of_its_own_is_refused(tmp_path):
    path = tmp_path / "page.po"
    path.write_text('msgid "step {n}"\nmsgstr "Schritt {k}"\n')
    with pytest.raises(ValueError, match=r"page\.po: 'Schritt {k}' has k, which 'step {n}' has not"):
        read_messages(path, "de")
    path.write_text('msgid "step {n}"\nmsgstr "Schritt {n}"\n\nmsgid "run"\nmsgstr ""\n')
    assert read_messages(path, "de") == {"step {n}": "Schritt {n}"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_of_words_differs_in_its_words_alone(path):
    source = path.read_text("utf-8")
    for language in OTHERS:
        known = messages(language, "page")
        said = module_in(source, known)
        assert module_in(source, {}) == source
        assert said.count("\n") == source.count("\n")
        assert [one.names for one in literals(said)] != [] or not literals(source)
        assert Counter(words_in(said)) <= Counter(known.get(text, text) for text in words_in(source))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('const a = { "run.lr": "learning rate", x: "ok then" };', ["learning rate", "ok then"]),
        ('const a = kind === "diverged" ? "it went" : `${n} steps`;', ["it went", "{n} steps"]),
        ("const a = (n) => `${count(n)} of ${total.steps} ${n === 1 ? `one ${name}` : 'many'}`;",
         ["{n} of {steps} {part}", "one {name}", "many"]),
        ('const a = text.replace("train_", "x y").split(/ab "c/); // "not this"', []),
        ('import { b } from "./c.js"; const d = ["Left", "Right", "→", "a_b"];', ["Left", "Right"]),
        ('const a = new Set(["one", "two"]); const b = names["three"]; const c = { icon: "check" };', []),
        ('const a = "It\\u2019s \\"so\\"";', ["It’s \"so\""]),
    ],
)  # fmt: skip
def test_words_are_told_from_code(source, words):
    assert [text for _, text in places_of(source)] == words


def test_values_may_change_their_places_and_texts_keep_their_signs():
    source = "const a = (n) => `${n} of ${all(`x ${n} left`)} \\`q\\``;"
    known = {"{n} of {part} `q`": "von {part}: {n} `$q` ${n}", "x {n} left": "noch {n}"}
    said = module_in(source, known)
    assert said == "const a = (n) => `von ${all(`noch ${n}`)}: ${n} \\`$q\\` $${n}`;"


def test_a_page_is_said_in_texts_and_attributes_and_asks_for_its_modules():
    page = '<html lang="en"><script src="a/b.js" type="module"></script><a title="Go on">Back</a><svg>Path</svg></html>'
    assert texts_in(page) == ["Go on", "Back"]
    known = {"Go on": 'Weiter "so"', "Back": "Zurück"}
    assert page_in(page, "de", known) == (
        '<html lang="de" data-decimal=","><script src="de/a/b.js" type="module"></script>'
        '<a title="Weiter &quot;so&quot;">Zurück</a><svg>Path</svg></html>'
    )


@pytest.mark.parametrize("more", ["", ' data-room="teacher" data-room-page="desk"', ' data-root="../"'])
def test_a_page_says_its_language_whatever_else_its_first_element_says(more):
    page = f'<!doctype html>\n<html{more} lang="en" data-view="play"><a lang="en">English</a></html>'
    assert page_in(page, "de", {}) == page.replace('lang="en"', 'lang="de" data-decimal=","', 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("At step 38 the loss is more than 1,000 times above its start of 16.",
         "Bei Schritt 38 ist der Verlust mehr als 1.000-mal über seinem Start von 16."),
        ("Step 1: the loss rises for the first time, from 0.16 to 1.1 × 10⁻⁸.",
         "Schritt 1: Der Verlust steigt zum ersten Mal, von 0,16 auf 1,1 × 10⁻⁸."),
        ("Give it more steps. A text that nobody knows.", "Mehr Schritte geben. A text that nobody knows."),
        ("The value 0.5 of somebody.", "The value 0.5 of somebody."),
        ("The stability limit of Zauberer is unknown to us.", "The stability limit of Zauberer is unknown to us."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_said_whole_or_not_at_all(text, said):
    assert sentences("de").say(text) == said


def test_numbers_have_the_marks_of_the_language():
    german = sentences("de")
    assert german.formula("ηλ = 0.0105 × 2,000 = 21 > 2") == "ηλ = 0,0105 × 2.000 = 21 > 2"
    assert german.formula("(0.5, −1)") == "(0,5; −1)"
    assert sentences("en").say("The loss is 1,000.5.") == "The loss is 1,000.5."


def test_what_stands_in_a_pattern_may_be_a_message_or_a_name_but_not_two_sentences():
    known = Sentences({"{a}, so {b}.": "{a}, also {b}.", "it falls": "es fällt", "rule {x}": "Regel {x}"}, ".", ",")
    assert known.say("it falls, so rule Adam.") == "es fällt, also Regel Adam."
    assert known.say("It falls, so rule 1.5.") == "Es fällt, also Regel 1,5."
    unread = known.reading("it falls, so the end. It falls, so it is over.")
    assert unread.text == "it falls, so the end. It falls, so it is over."
    assert len(unread.unread) == 2


def test_what_cannot_be_read_ends_soon():
    known = Sentences({"{a} and {b}": "{a} und {b}", "{a}, {b}": "{b}; {a}"}, ".", ",")
    text = "one and " * 200 + "the end"
    assert known.say(text) == text
    assert known.say("a" * 5000) == "a" * 5000


PROBLEMS = ("parabola", "double_well", "saddle", "beale")
RATES = (0.001, 0.1, 0.5, 1.05)
RULES = (
    {"kind": "sgd"},
    {"kind": "sgd", "momentum": 0.9},
    {"kind": "sgd", "weight_decay": 1.0},
    {"kind": "adam"},
    {"kind": "lion"},
)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_sentence_about_a_run_is_known(language, problem):
    runs = [{"optimizer": {**rule, "lr": lr}} for rule in RULES for lr in RATES]
    descent = Descent(Comparison.model_validate({"problem": {"kind": problem}, "runs": runs, "steps": 120}))
    events = [event.sentence for tick in descent for event in tick.events]
    notes = [note.sentence for outcome in descent.outcomes for note in outcome.notes]
    said = {*events, *notes, *(outcome.because for outcome in descent.outcomes)}
    assert {text: left for text in said if (left := sentences(language).reading(text).unread)} == {}
