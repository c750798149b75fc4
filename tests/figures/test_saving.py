"""slalom.save_figure: what it writes by the name of the file, and what it refuses."""

import pytest

import slalom


@pytest.fixture(scope="module")
def figure():
    return slalom.simulate({"problem": {"kind": "parabola"}, "runs": [{}], "steps": 2}).figure()


@pytest.mark.parametrize(
    ("name", "begins"), [("x.pdf", b"%PDF"), ("x.SVG", b"<?xml"), ("x.png", b"\x89PNG"), ("x.gif", b"GIF89a")]
)
def test_the_name_says_what_is_written(figure, tmp_path, name, begins):
    slalom.save_figure(tmp_path / name, figure, width=60, title="A parabola")
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("name", "count", "width", "sentence"),
    [
        ("x.eps", 1, 84, r"x\.eps does not end with one of \.pdf, \.svg, \.png, \.gif, \.mp4"),
        ("x.pdf", 0, 84, "There are 0 figures"),
        ("x.pdf", 4, 84, "There are 4 figures"),
        ("x.pdf", 1, 49.9, "width is 49.9: a picture is from 50 to 2000 mm wide"),
        ("x.pdf", 1, 2000.1, "width is 2000.1"),
    ],
)
def test_what_cannot_be_written_is_said(figure, tmp_path, name, count, width, sentence):
    with pytest.raises(slalom.SlalomError, match=sentence):
        slalom.save_figure(tmp_path / name, *[figure] * count, width=width)
    assert list(tmp_path.iterdir()) == []
