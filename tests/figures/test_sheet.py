"""Pictures on paper: exact widths, embedded fonts, and every picture that a figure can be."""

import re
import subprocess
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

import slalom
from slalom.errors import SlalomError
from slalom.figures import film
from slalom.figures.film import save_film
from slalom.figures.printed import color
from slalom.figures.sheet import MOST_DOTS, SHARP, PrintedSheet

BOWL = {
    "problem": {"kind": "bowl"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": lr}} for lr in (0.05, 0.19)],
    "steps": 40,
}


@pytest.fixture(scope="module")
def result():
    return slalom.simulate(BOWL)


def save(tmp_path, figures, format="pdf", width=84.0, **about):
    sheet = PrintedSheet(figures, width, **about)
    path = tmp_path / f"picture.{format}"
    sheet.save(path, format)
    return sheet, path.read_bytes()


@pytest.mark.parametrize("width", [50.0, 84.0, 119.9, 120.0])
def test_a_page_is_as_wide_as_it_was_asked_to_be(result, tmp_path, width):
    _, pdf = save(tmp_path, [result.figure("grad_norm"), result.figure("loss")], width=width)
    (box,) = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    assert float(box[0]) == pytest.approx(width / 25.4 * 72, abs=1e-3)
    assert (float(box[0]) > float(box[1])) == (width >= 120)


def test_fonts_are_embedded_as_truetype_and_none_is_made_of_curves(result, tmp_path):
    _, pdf = save(tmp_path, [result.figure("loss")], title="η = 0.19 > 2/λ")
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"DejaVuSans" in pdf


def test_a_file_is_the_same_each_time_and_says_what_it_shows(result, tmp_path):
    found = {}
    for place in ("a.pdf", "b.pdf", "a.svg", "b.svg", "a.png"):
        sheet = PrintedSheet([result.figure("loss")], 50.0)
        sheet.save(tmp_path / place, place[2:], result.provenance)
        found[place] = (tmp_path / place).read_bytes()
    assert found["a.pdf"] == found["b.pdf"]
    assert found["a.svg"] == found["b.svg"]
    assert b"&quot;kind&quot;: &quot;bowl&quot;" in found["a.svg"] or b'"kind": "bowl"' in found["a.svg"]
    with Image.open(tmp_path / "a.png") as image:
        assert '"kind": "bowl"' in image.info["Description"]
        assert image.width == int(50 / 25.4 * 300)


def test_every_kind_of_figure_can_be_drawn(result, tmp_path):
    theme = "dark"
    line = slalom.simulate({"problem": {"kind": "parabola"}, "runs": [{"optimizer": {"lr": 1.05, "kind": "sgd"}}]})
    vary = [{"field": "run.optimizer.lr", "from": 0.01, "to": 1, "n": 5, "scale": "log"}]
    cells = slalom.run(
        {"kind": "map", "problem": {"kind": "bowl"}, "run": {}, "steps": 20}
        | {"vary": [*vary, {"field": "run.optimizer.momentum", "from": 0, "to": 0.9, "n": 4}]},
        progress=False,
    )
    climb = slalom.run({"kind": "range_test", "problem": {"kind": "bowl"}, "run": {}, "steps": 40, "seeds": 2})
    figures = [
        *(result.figure(name, theme) for name in ("path", "loss", "share", "grad_norm")),
        line.figure("path", theme),
        cells.figure(theme),
        climb.findings.figure(theme),
    ]
    for i in range(0, len(figures), 3):
        sheet, svg = save(tmp_path, figures[i : i + 3], "svg", 174.0)
        assert svg.startswith(b"<?xml")
        assert all(len(axes.get_children()) > 10 for axes in sheet.figure.axes)


def test_a_run_that_diverges_leaves_the_picture_with_its_marks(result):
    sheet = PrintedSheet([result.figure("path"), result.figure("loss")])
    path, loss = sheet.figure.axes
    assert loss.get_yscale() == "log"
    assert {"▲"} <= {text.get_text() for text in loss.texts}
    for axes in (path, loss):
        inside = [line for line in axes.lines if line.get_clip_on()]
        assert inside
    spans = result.spec.problem.domain
    assert (path.get_xlim(), path.get_ylim()) == spans
    legend = [text.get_text() for text in sheet.figure.legends[0].texts]
    assert legend == ["Gradient descent, lr 0.05", "Gradient descent, lr 0.19"]


def test_a_legend_says_what_it_is_told_to(result):
    sheet = PrintedSheet([result.figure()], captions={"Gradient descent, lr 0.19": "too large"})
    assert [text.get_text() for text in sheet.figure.legends[0].texts] == ["Gradient descent, lr 0.05", "too large"]


def test_a_film_grows_from_the_start_to_the_end(result, tmp_path):
    path = tmp_path / "film.gif"
    sheet = PrintedSheet([result.figure("path"), result.figure("loss")], 84.0)
    save_film(sheet, path, "gif")
    with Image.open(path) as image:
        assert image.n_frames >= 2
        frames = []
        for place in range(image.n_frames):
            image.seek(place)
            frames.append(np.asarray(image.convert("RGB")).astype(int))
    assert all(np.abs(a - b).sum() > 0 for a, b in pairwise(frames))


def test_a_frame_of_a_wide_sheet_is_no_larger_than_a_screen(result, tmp_path, monkeypatch):
    frames = []
    monkeypatch.setattr(film, "_save_gif", lambda made, path: frames.append(next(made).shape))
    for width in (174.0, 2000.0):
        save_film(PrintedSheet([result.figure()], width), tmp_path / "film", "gif")
    (height, usual, _), (wide_height, wide, _) = frames
    assert usual == pytest.approx(174 / 25.4 * film.FILM_DOTS["gif"], abs=2)
    assert film.MOST_PIXELS * 0.98 < wide * wide_height <= film.MOST_PIXELS * 1.001
    assert wide / wide_height == pytest.approx(usual / height, rel=0.1)


def test_a_sheet_of_two_metres_has_no_more_dots_than_memory_has_room_for(result, monkeypatch):
    sheet, asked = PrintedSheet([result.figure()], 2000.0), []
    monkeypatch.setattr(sheet.figure, "savefig", lambda path, dpi, **_: asked.append(dpi))
    sheet.save(None, "png")
    width, height = sheet.figure.get_size_inches()
    assert asked[0] < SHARP
    assert asked[0] ** 2 * width * height == pytest.approx(MOST_DOTS)


def test_a_video_is_decoded_to_the_frames_of_its_film(result, tmp_path, monkeypatch):
    monkeypatch.setattr(film.shutil, "which", lambda name: None)  # Not the system's: what the extra brings.
    path, drawn = tmp_path / "film.mp4", []
    make = film._frames
    monkeypatch.setattr(film, "_frames", lambda *about: (drawn.append(one) or one for one in make(*about)))
    save_film(PrintedSheet([result.figure("path")], 60.0), path, "mp4")
    command = [film.need_ffmpeg(), "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    decoded = subprocess.run(command, capture_output=True, check=True)
    frames = np.frombuffer(decoded.stdout, np.uint8).reshape(-1, *drawn[0].shape)
    assert re.search(rf"Video: h264 .* {film.PER_SECOND} fps", decoded.stderr.decode())
    assert len(frames) == len(drawn)
    for seen, own in zip(frames, drawn, strict=True):
        assert np.abs(seen.astype(int) - own).mean() < 6, "Compressed, and nearly the same."


def test_what_ffmpeg_says_of_a_video_that_it_cannot_make_is_told(result, tmp_path, monkeypatch):
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexec 0<&-\necho 'Unknown encoder libx264' >&2\nexit 8\n")
    program.chmod(0o755)
    monkeypatch.setattr(film.shutil, "which", lambda name: str(program))
    sheet = PrintedSheet([result.figure()], 84.0)
    with pytest.raises(SlalomError, match=r"could not make the video: Unknown encoder libx264\. Try --gif"):
        save_film(sheet, tmp_path / "film.mp4", "mp4")


def test_dollar_signs_are_texts_and_no_formulas(tmp_path):
    runs = [{"optimizer": {"kind": "sgd", "lr": lr}, "label": f"$\\lr{lr}$"} for lr in (0.05, 0.1)]
    figure = slalom.simulate(BOWL | {"runs": runs}).figure("path")
    sheet, _ = save(tmp_path, [figure], "svg", title="costs $5, not $\\six$")
    assert [text.get_text() for text in sheet.figure.legends[0].texts] == ["$\\lr0.05$", "$\\lr0.1$"]


def test_what_is_missing_is_said_with_what_to_install(result, monkeypatch):
    monkeypatch.setattr(film.shutil, "which", lambda name: None)
    monkeypatch.setattr(film.util, "find_spec", lambda name: None)
    with pytest.raises(SlalomError, match=r"MP4 is made by ffmpeg, which is not installed\. .*imageio-ffmpeg"):
        film.need_ffmpeg()
    with pytest.raises(SlalomError, match=r'pip install "slalom\[figures\]"'):
        PrintedSheet([result.figure()])


def test_colours_are_read_as_plotly_writes_them():
    assert color("rgba(128,140,150,0.25)") == (128 / 255, 140 / 255, 150 / 255, 0.25)
    assert color("#fff") == "#fff"
