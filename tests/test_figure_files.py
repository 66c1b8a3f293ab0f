"""Figures as SVG for a page and as files."""

import re
from xml.etree import ElementTree

import pytest
from figure_samples import importance, record
from PIL import Image

from analysis.figures.catalogue import FIGURES, draw_figures
from analysis.figures.style import INK, PAPER
from analysis.figures.svg import save_figure, svg_text

SVG = "{http://www.w3.org/2000/svg}"


def group_shares():
    kind = FIGURES["group_shares"]
    return kind.draw(kind.data(importance(trials=10)))


@pytest.fixture(scope="module")
def figure():
    return group_shares()


@pytest.fixture(scope="module")
def page() -> dict[str, str]:
    return {
        name: svg_text(figure)
        for name, figure in draw_figures(record=record(trials=15), importance=importance(trials=15))
    }


def test_every_figure_of_the_catalogue_is_an_svg_element_of_its_own(page):
    assert set(page) == set(FIGURES)
    for text in page.values():
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert len(root.get("aria-label", "")) > 20
        assert not list(root.iter(f"{SVG}style"))  # it would hold for the whole page
        assert text.startswith("<svg ")


def test_ids_are_unique_on_the_page_and_every_reference_is_to_one_of_its_figure(page):
    ids = [each for text in page.values() for each in re.findall(r'\sid="([^"]*)"', text)]
    assert len(ids) == len(set(ids))
    for text in page.values():
        own = set(re.findall(r'\sid="([^"]*)"', text))
        used = set(re.findall(r'(?:url\(#|href="#)([^)"]*)', text))
        assert used
        assert used <= own


def test_colours_of_text_and_axes_are_the_pages_and_text_is_text_in_the_pages_font(page):
    for text in page.values():
        assert "currentColor" in text
        assert INK not in text
        assert PAPER not in text
        assert "font-family" not in text
        for element in ElementTree.fromstring(text).iter(f"{SVG}text"):
            style = element.get("style", "")
            assert "fill: currentColor" in style or "fill: #000001" in style or "fill: #fffffe" in style
    words = " ".join(element.text or "" for element in ElementTree.fromstring(page["slice"]).iter(f"{SVG}text"))
    assert "learning rate" in words
    assert "1e-4" in words


def test_nothing_is_painted_behind_a_figure(page):
    for text in page.values():
        first = re.search(r"<path[^>]*style=\"([^\"]*)\"", text)
        assert first is not None
        assert first[1] == "fill: none"


def test_the_same_figure_gives_the_same_text():
    one, other = group_shares(), group_shares()  # both alive: nothing may hang on where they lie in memory
    assert svg_text(one) == svg_text(other)
    assert svg_text(one) == svg_text(one)


def test_two_figures_of_one_kind_live_on_a_page_under_two_prefixes(figure):
    one, other = svg_text(figure), svg_text(figure, prefix="divergence", label='Why "trials" diverge')
    assert not set(re.findall(r'\sid="([^"]*)"', one)) & set(re.findall(r'\sid="([^"]*)"', other))
    assert ElementTree.fromstring(other).get("aria-label") == 'Why "trials" diverge'


def test_figures_are_saved_by_their_suffix(tmp_path, figure):
    for name in ("a.png", "a.svg", "a.pdf"):
        save_figure(figure, tmp_path / name)
    with Image.open(tmp_path / "a.png") as image:
        assert image.size[0] == 7.2 * 200
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert ElementTree.parse(tmp_path / "a.svg").getroot().tag == f"{SVG}svg"
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png", "a.svg"]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_saved_figure_is_the_same_each_time(tmp_path, suffix):
    for name in ("one", "other"):
        save_figure(group_shares(), tmp_path / f"{name}.{suffix}")
    assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"other.{suffix}").read_bytes()


def test_an_unknown_suffix_and_a_missing_folder_are_refused(tmp_path, figure):
    with pytest.raises(ValueError, match=r"one of \.pdf, \.png, \.svg, got 'a\.gif'"):
        save_figure(figure, tmp_path / "a.gif")
    with pytest.raises(FileNotFoundError, match="existing folder"):
        save_figure(figure, tmp_path / "none" / "a.svg")
