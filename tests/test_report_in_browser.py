"""Reports as Chromium shows them: nothing is loaded, nothing complains, nothing is wider than the screen."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chromium_page import CHROMIUM, Chromium
from figure_samples import importance as made_up_importance
from report_samples import record, toy_space

from analysis.report.analyses import Analyses
from analysis.report.report_file import write_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

PHONE, DESKTOP = 390, 1280
LONG = "of_the_second_recurrent_layer_and_its_gates_" * 2

SIZES = """[...document.querySelectorAll("figure svg")].map(
    (svg) => [svg.getBoundingClientRect().width, svg.getBoundingClientRect().height])"""
TOO_WIDE = """[...document.querySelectorAll("body *")].filter((each) =>
    !each.closest(".scroll, pre, .skip") && each.getBoundingClientRect().right > innerWidth + 1).map(
    (each) => each.outerHTML.slice(0, 80))"""
# WCAG 2.2, 1.4.3: the contrast of text against what lies behind it, on the paper and on panels.
CONTRAST = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((of) => of / 255).map(
    (of) => of <= 0.04045 ? of / 12.92 : ((of + 0.055) / 1.055) ** 2.4).reduce(
    (sum, of, place) => sum + of * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (each) => {
    for (let at = each; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0) return colour;
    }
  };
  const least = (each) => {
    const [a, b] = [light(getComputedStyle(each).color), light(behind(each))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const texts = "p, li, dt, dd, th, td, figcaption, a, summary, pre, h1, h2, .label, .note, .value";
  return Math.min(...[...document.querySelectorAll(texts)].map(least));
})()"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    run = record(folder / f"run-{'x' * 60}", prefix=LONG, status="interrupted")
    importance = made_up_importance(toy_space(LONG), {f"{LONG}learning_rate": 0.6, f"{LONG}hidden_size": 0.2})
    analyses = Analyses(importance=importance, divergence=replace(importance, outcome="divergence"))
    write_report(run, folder / "report.html", analyses=analyses)
    return folder / "report.html"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_report_fits_the_screen_and_loads_nothing(chromium: Chromium, report: Path, width: int, dark: bool):
    chromium.open(report, width=width, dark=dark)
    assert chromium.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.evaluate(TOO_WIDE) == []
    sizes = chromium.evaluate(SIZES)
    assert len(sizes) > 10
    assert all(across > 250 and down > 60 for across, down in sizes)
    assert chromium.evaluate(CONTRAST) >= 4.5
    assert chromium.messages == []
    assert [url for url in chromium.requests if not url.startswith("data:")] == [report.as_uri()]


def test_a_report_is_dark_where_the_reader_wants_it_dark(chromium: Chromium, report: Path):
    papers = []
    for dark in (False, True):
        chromium.open(report, width=DESKTOP, dark=dark)
        papers.append(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 24, 30)"]


def test_an_image_from_elsewhere_is_refused_by_the_reports_own_policy(chromium: Chromium, report: Path):
    chromium.open(report, width=DESKTOP)
    refused = """new Promise((done) => {
        document.addEventListener("securitypolicyviolation", (event) => done(event.blockedURI));
        document.body.append(Object.assign(new Image(), {src: "https://example.org/a.png"}));
    })"""
    assert chromium.evaluate(refused) == "https://example.org/a.png"
