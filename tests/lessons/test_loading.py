"""What is wrong in a lesson's file is told with its file and line, and terms are in the glossary."""

import re

import pytest

from slalom.errors import SpecError
from slalom.lessons import LESSONS, lesson_in, lessons_in, library

GOOD = (LESSONS / "01-how-big-a-step.toml").read_text("utf-8")


def refused(folder, text, name="my-lesson.toml"):
    path = folder / name
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        lesson_in(path)
    return str(caught.value)


def line_of(text, part):
    return text.splitlines().index(part) + 1


def test_a_lesson_is_called_as_its_file_without_the_number(tmp_path):
    for name in ("03-my-lesson.toml", "my-lesson.toml"):
        (tmp_path / name).write_text(GOOD, "utf-8")
        assert lesson_in(tmp_path / name).slug == "my-lesson"


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        (
            'kind = "choice"\ntext = "Which of the six',
            'kind = "guess"\ntext = "Which of the six',
            "[prediction]",
            "guess",
        ),
        ("right = 2\n\n[[presets]]", "right = 5\n\n[[presets]]", "[prediction]", "the right answer is number 5"),
        ("steps = 4000", "steps = -1", "steps = -1", "greater than"),
        (
            "{run.2.reaches.1e-6} step.",
            "{longer: run.2.reaches.1e-6} step.",
            None,
            "there is no preset called 'longer'",
        ),
        ("takeaway = ", "take_away = ", 'take_away = "Gradient', "Extra inputs"),
        (
            "equals = 38\n",
            'equals = 38\nabove = 1\nascending = ["run.0.loss.1", "run.0.loss.2"]\n',
            None,
            "a claim has",
        ),
        ("{drag runs.3.optimizer.lr}", "{drag runs.9.optimizer.lr}", None, "the preset has no number at runs.9.optim"),
        ("{drag runs.3.optimizer.lr}", "{drag runs.3.optimizer.kind}", None, "the preset has no number at runs.3"),
        ("{drag runs.3.optimizer.lr}", "{drag run.3.lr}", None, "write it like {drag runs.0.optimizer.lr}"),
        ("{drag runs.3.optimizer.lr}", "{drag longer: runs.3.optimizer.lr}", None, "no preset called 'longer'"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, old, new, at, said):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    told = refused(tmp_path, text)
    assert told.startswith("my-lesson.toml, line ")
    assert said in told
    if at is not None:
        lines = [int(number) for number in re.findall(r"line (\d+)", told)]
        first = next(i for i, line in enumerate(text.splitlines(), 1) if line.startswith(at))
        assert any(first <= line <= first + 6 for line in lines), (lines, first)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"\nquestion = \n', "my-lesson.toml, line 2: Invalid value."),
        ('title = "x"\nquestion =', "my-lesson.toml, line 2: Invalid value."),
        ('title = "x"\ntitle = "y"\n', "my-lesson.toml, line 2: Cannot overwrite a value."),
    ],
)
def test_a_file_that_is_no_toml_says_where(tmp_path, text, said):
    assert refused(tmp_path, text) == said


def test_a_file_that_is_no_text_says_where(tmp_path):
    (tmp_path / "latin.toml").write_bytes('title = "x"\nquestion = "größer"\n'.encode("latin-1"))
    with pytest.raises(SpecError, match=r"latin\.toml, line 2: this is not UTF-8"):
        lesson_in(tmp_path / "latin.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(SpecError, match=r"folder\.toml cannot be read"):
        lesson_in(tmp_path / "folder.toml")


def test_a_folder_of_lessons_is_whole(tmp_path):
    with pytest.raises(SpecError, match=r"no file that ends in \.toml"):
        lessons_in(tmp_path)
    (tmp_path / "one.toml").write_text(GOOD, "utf-8")
    with pytest.raises(SpecError, match=r"one\.toml, line \d+: it goes on to 'the-thermometer', and there is no such"):
        lessons_in(tmp_path)
    assert lessons_in(tmp_path, ("the-thermometer", "ravines"))[0].slug == "one"
    (tmp_path / "02-one.toml").write_text(GOOD, "utf-8")
    with pytest.raises(SpecError, match=r"one\.toml and 02-one\.toml are both called one|02-one\.toml and one\.toml"):
        lessons_in(tmp_path, ("the-thermometer", "ravines"))


def test_own_lessons_come_last_or_in_the_place_of_slalom_s(tmp_path):
    slugs = [lesson.slug for lesson in library()]
    (tmp_path / "my-lesson.toml").write_text(GOOD, "utf-8")
    (tmp_path / "9-momentum.toml").write_text(GOOD.replace("How big a step?", "Mine", 1), "utf-8")
    found = library(tmp_path)
    assert [lesson.slug for lesson in found] == [*slugs, "my-lesson"]
    assert found[slugs.index("momentum")].title == "Mine"


def test_a_playlist_chooses_and_orders(tmp_path):
    (tmp_path / "playlist.toml").write_text('lessons = ["momentum", "ravines"]\n')
    assert [lesson.slug for lesson in library(tmp_path)] == ["momentum", "ravines"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('lessons = [\n  "ravines",\n  "ravine",\n]', "playlist.toml, line 3: 'ravine' is no lesson."),
        ('lessons = ["ravines", "ravines"]', "playlist.toml, line 1: 'ravines' is listed twice."),
        ("lessons = []", "playlist.toml: write a list of lessons"),
        ("lessons = [[1]]", "playlist.toml: write a list of lessons"),
        ("order = 1", "playlist.toml: write a list of lessons"),
    ],
)
def test_a_playlist_that_names_nothing_is_told(tmp_path, text, said):
    (tmp_path / "playlist.toml").write_text(text)
    with pytest.raises(SpecError) as caught:
        library(tmp_path)
    assert str(caught.value).startswith(said)


def test_twelve_lessons_stand_and_lead_to_each_other():
    found = lessons_in(LESSONS)
    assert len(found) == 12
    reached = {slug for lesson in found for slug in lesson.go_on}
    assert {lesson.slug for lesson in found[1:]} <= reached
