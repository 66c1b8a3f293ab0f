"""Reports: what they say agrees with the record, nothing in them is markup that is not theirs, they load nothing."""

import html
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from figure_samples import importance as made_up_importance
from report_reading import fact, leaves, section, table, text_of
from report_samples import record, run_folder, toy_space

from analysis.corrected_t import corrected_paired_p
from analysis.importance.importance import Importance, Share
from analysis.report.analyses import Analyses, analyse
from analysis.report.best_with_ties import best_with_ties
from analysis.report.blocks import Drawing, Listing, Table
from analysis.report.html_report import html_report
from analysis.report.lost_trials import lost_trials
from analysis.report.markdown_report import markdown_report
from analysis.report.number_columns import number_columns
from analysis.report.report_content import ReportContent, report_content
from analysis.report.report_file import write_report
from analysis.report.words import duration, listed, percent, share_words
from analysis.run_record import RunRecord, read_run
from analysis.summary import summarise

ANCHORS = (
    "in-short", "searched", "found", "matters", "early-stopping", "course", "configurations", "failed", "cost", "again",
)  # fmt: skip
VOID = {"meta", "wbr"}


def toy_importance() -> Importance:
    return made_up_importance(toy_space(), {"learning_rate": 0.6, "hidden_size": 0.2})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    return record(tmp_path_factory.mktemp("runs") / "toy")


@pytest.fixture(scope="module")
def content(run: RunRecord) -> ReportContent:
    analyses = Analyses(importance=toy_importance(), divergence=replace(toy_importance(), outcome="divergence"))
    return report_content(run, analyses)


@pytest.fixture(scope="module")
def page(content: ReportContent) -> str:
    return html_report(content)


class Page(HTMLParser):
    """The tags of a page, with what they refer to and whether they are nested as they must be."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_a_report_of_a_full_record_has_every_section_in_order(content: ReportContent):
    assert tuple(each.anchor for each in content.sections) == ANCHORS
    assert all(each.blocks for each in content.sections)


def test_the_numbers_of_a_report_are_those_of_the_record(run: RunRecord, content: ReportContent):
    summary = summarise(run)
    assert summary.best is not None
    found = fact(content, "in-short", "Found")
    assert summary.best.trial_id in found
    assert f"{summary.best.value:.4f} ± {summary.best.sd:.4f}" in found
    spent = f"{summary.epochs_trained} epochs were trained and {summary.epochs_saved} saved"
    assert spent in fact(content, "in-short", "Cost")
    assert fact(content, "cost", "Epochs trained").startswith(f"{summary.epochs_trained},")
    counts = {row[0]: row[1] for row in table(content, "failed", "status").rows}
    assert counts == {status: str(count) for status, count in summary.trials_by_status.items()}
    rungs = table(content, "early-stopping", "epoch")
    assert [row[:4] for row in rungs.rows] == [
        (str(rung.rung), str(rung.seen), str(rung.passed), str(rung.spared)) for rung in summary.rungs
    ]


def test_the_best_table_lists_the_best_usable_trials_best_first(run: RunRecord, content: ReportContent):
    usable = run.trials[~run.trials["status"].isin(["diverged", "failed"])]
    best = usable.sort_values("metrics/accuracy", ascending=False).head(10)
    rows = table(content, "found", "rank").rows
    assert [row[1] for row in rows] == best["trial_id"].tolist()
    assert [row[2] for row in rows] == [f"{value:.4f}" for value in best["metrics/accuracy"]]


def test_the_best_configuration_is_given_in_full_precision(run: RunRecord, content: ReportContent):
    listing = next(block for block in section(content, "found").blocks if isinstance(block, Listing))
    best = run.trials.set_index("trial_id").loc[best_with_ties(run).trial_id]
    given = yaml.safe_load(listing.text)
    assert float(given["learning_rate"]) == best["config/learning_rate"]
    assert given["optimizer"] == best["config/optimizer"]
    assert ("momentum" in given) == (given["optimizer"] == "sgd")


def test_ties_are_those_of_the_paired_test_over_folds_at_each_trials_last_epoch(run: RunRecord):
    found = best_with_ties(run)
    last = run.trials.set_index("trial_id")["epochs"]

    def folds(trial_id: str) -> np.ndarray:
        rows = run.replicates[(run.replicates["trial_id"] == trial_id) & (run.replicates["epoch"] == last[trial_id])]
        return rows.sort_values("fold")["metrics/accuracy"].to_numpy()

    usable = run.trials.loc[~run.trials["status"].isin(["diverged", "failed"]), "trial_id"]
    expected = {
        other
        for other in usable
        if other != found.trial_id
        and corrected_paired_p(folds(str(found.trial_id)), folds(other), test_to_train=1 / 2) >= 0.05
    }
    assert expected
    assert set(found.tied) == expected


def test_one_replicate_gives_neither_spread_nor_ties(tmp_path: Path):
    found = best_with_ties(record(tmp_path / "one-fold", folds=1))
    assert found.tied == ()
    assert np.isnan(found.sd)
    assert "95 % interval" not in found.table.columns


def test_the_sentence_on_what_matters_says_share_interval_outcome_and_range(content: ReportContent):
    first = toy_importance().hyperparameters[0]
    interval = f"{100 * first.alone.low:.0f} to {100 * first.alone.high:.0f} %"
    sentence = fact(content, "in-short", "What matters")
    assert sentence.startswith(
        f"Learning rate alone explains 60 % (90 % interval {interval}) of the variance between configurations in "
        "accuracy after 27 epochs, over 0.0001 … 0.1 (log)"
    )
    assert "R² 0.83" in fact(content, "in-short", "How sure")


def test_overlapping_intervals_are_told_and_apart_ones_are_not(run: RunRecord):
    importance = toy_importance()
    first, second, *rest = importance.hyperparameters

    def sure(total: Share) -> str:
        changed = (replace(first, total=Share(share=0.7, low=0.5, high=0.9)), replace(second, total=total), *rest)
        return fact(report_content(run, Analyses(importance=replace(importance, hyperparameters=changed))),
                    "in-short", "How sure")  # fmt: skip

    assert "their order is not certain" in sure(Share(share=0.3, low=0.2, high=0.51))
    assert "their order is not certain" not in sure(Share(share=0.3, low=0.2, high=0.49))


def test_without_a_ranking_the_reason_stands_in_its_place(run: RunRecord):
    content = report_content(run, Analyses(reason="Nothing is explained: too few."))
    assert fact(content, "in-short", "What matters") == "No ranking is given. Nothing is explained: too few."
    assert "Nothing is explained: too few." in text_of(content, "matters")
    assert not [block for block in section(content, "matters").blocks if isinstance(block, Drawing)]


def test_lost_trials_are_grouped_by_the_last_line_but_for_its_numbers(run: RunRecord):
    lost = lost_trials(run)
    statuses = run.trials.set_index("trial_id")["status"]
    failed = statuses[statuses == "failed"].index.tolist()
    diverged = statuses[statuses == "diverged"].index.tolist()
    groups = {group.status: group for group in lost.groups}
    assert len(lost.groups) == 2
    assert groups["failed"].trial_ids == tuple(failed)
    assert groups["failed"].alike
    assert groups["failed"].message.startswith("ValueError: <script>")
    assert (groups["failed"].example or "").startswith("Traceback")
    assert groups["diverged"].trial_ids == tuple(diverged)
    assert not groups["diverged"].alike
    assert groups["diverged"].example is None


def test_what_a_run_says_is_text_in_html(tmp_path: Path):
    bad = "<script>alert('task')</script>"
    run = record(tmp_path / "toy", sweep={"task": bad, "network": "</style><b>"}, name=bad)
    page = html_report(report_content(run, Analyses(reason=bad)))
    assert "<script" not in page
    assert "</style><b>" not in page
    tags = {tag for tag, _ in Page(page).tags}
    assert not tags & {"script", "b", "iframe", "object", "link", "img"}
    assert "".join(Page(page).words).count("<script>alert(1)</script> & a | b") >= 2


def test_a_page_refers_to_nothing_outside_itself(page: str):
    allowed = re.compile(r"#[\w-]+|data:image/png;base64,[\s\S]+")
    names = {"src", "href", "xlink:href", "action", "data", "srcset", "poster"}
    for tag, attributes in Page(page).tags:
        for name, value in attributes.items():
            if name in names:
                assert allowed.fullmatch(value or ""), (tag, name, value)
            if "url(" in (value or ""):
                assert re.search(r"url\(#[\w-]+\)", value or ""), (tag, name, value)
            assert not name.startswith("on"), (tag, name)
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    left = page.replace('"http://www.w3.org/2000/svg"', "").replace('"http://www.w3.org/1999/xlink"', "")
    assert set(re.findall(r"https?://[\w.]+", html.unescape(left))) == {"https://example.org"}  # in an error, as text


def test_a_page_forbids_itself_to_load_anything(page: str):
    policies = [each["content"] for tag, each in Page(page).tags if each.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_ids_are_unique_and_every_link_has_its_aim(page: str):
    parsed = Page(page)
    assert parsed.open == []
    ids = [each["id"] for _, each in parsed.tags if "id" in each]
    assert len(ids) == len(set(ids))
    links = [each.get("href") or each.get("xlink:href") for _, each in parsed.tags]
    aims = {link.removeprefix("#") for link in links if link and link.startswith("#")}
    labels = {label for _, each in parsed.tags for label in (each.get("aria-labelledby") or "").split()}
    assert set(ANCHORS) <= aims
    assert aims | labels <= set(ids)


def test_every_table_has_heads_and_every_figure_a_caption(page: str):
    tags = Page(page).tags
    count = {tag: sum(1 for name, _ in tags if name == tag) for tag in ("table", "figure", "figcaption", "svg")}
    assert count["figure"] == count["figcaption"] > count["svg"] > 8
    assert all(each.get("scope") in ("col", "row") for tag, each in tags if tag == "th")
    assert all(each.get("aria-label") for tag, each in tags if tag == "svg")


def test_the_same_record_gives_the_same_bytes(tmp_path: Path, content: ReportContent, page: str):
    again = report_content(
        record(tmp_path / "toy"),
        Analyses(importance=toy_importance(), divergence=replace(toy_importance(), outcome="divergence")),
    )
    assert html_report(again) == page
    assert markdown_report(again) == markdown_report(content)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"trials": 0, "status": "running"}, "No trial was begun yet."),
        ({"trials": 1, "status": "running"}, "This run is under way"),
        ({"trials": 8, "all_lost": True, "status": "failed"}, "Of 8 trials, none has a usable outcome."),
        ({"trials": 9, "status": "interrupted", "unfinished": 4}, "odyssey resume toy"),
        ({"trials": 12, "minimise": True, "prefix": "long_" * 40}, "reached log loss"),
        (
            {
                "trials": 6,
                "scheduler": "fifo",
                "rungs": [9],
                "hardware": None,
                "versions": None,
                "sweep": {},
                "seeds": None,
            },
            "none: each trial trains 9 epochs",
        ),
    ],
)
def test_every_kind_of_run_gives_a_whole_report(tmp_path: Path, choices, expected):
    run = record(tmp_path / "toy", **choices)
    content = report_content(run, analyse(run))
    page = Page(html_report(content))
    assert page.open == []
    words = " ".join("".join(page.words).split())
    assert expected in words.replace("\xa0", " ")
    assert not re.search(r"\b(nan|None|NaT)\b", re.sub(r"must be finite, got nan", "", words))
    assert re.sub(r"\W", "", expected) in re.sub(r"\W", "", markdown_report(content))


def test_of_a_minimised_metric_the_least_is_best(tmp_path: Path):
    run = record(tmp_path / "toy", minimise=True)
    usable = run.trials[~run.trials["status"].isin(["diverged", "failed"])]
    best = usable.loc[usable["metrics/log_loss"].idxmin()]
    assert best_with_ties(run).trial_id == best["trial_id"]


def test_no_trial_runs_in_a_run_that_has_ended(tmp_path: Path):
    run = record(tmp_path / "toy", trials=9, status="interrupted", unfinished=4)
    counts = {row[0]: row[1] for row in table(report_content(run, Analyses()), "failed", "status").rows}
    assert counts["interrupted"] == "4"
    assert "running" not in counts


def test_the_sweep_file_is_given_as_it_lies_in_the_run_folder(tmp_path: Path):
    folder = run_folder(tmp_path / "toy", trials=3)
    (folder / "sweep.yaml").write_text("name: toy  # <kept>\nseed: 3\n")
    content = report_content(read_run(folder), Analyses())
    listings = {
        block.caption: block.text for block in leaves(section(content, "again").blocks) if isinstance(block, Listing)
    }
    assert listings["sweep.yaml"] == "name: toy  # <kept>\nseed: 3"
    assert listings["Versions, as constraints.txt"] == "torch==2.13.0"
    assert "uncommitted changes" in text_of(content, "again")


def test_markdown_has_whole_tables_and_no_markup_of_the_runs(content: ReportContent):
    text = markdown_report(content)
    outside = re.sub(r"(?ms)^(```+)\n.*?^\1$", "", text)
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    assert len(rows) > 40
    width = None
    for line, following in zip(rows, [*rows[1:], ""], strict=True):
        cells = len(re.findall(r"(?<!\\)\|", line))
        width = cells if following.startswith("| ---") else width
        assert cells == width
    assert "<script" not in outside
    assert "&lt;script" in outside
    assert "![" not in text


def test_a_report_is_written_by_its_suffix_and_markdown_takes_figures_along_if_asked(tmp_path: Path):
    run = record(tmp_path / "toy", trials=2)
    write_report(run, tmp_path / "toy.html")
    assert (tmp_path / "toy.html").read_text().startswith("<!DOCTYPE html>")
    write_report(run, tmp_path / "toy.md", figures=True)
    images = re.findall(r"!\[[^]]*\]\(<([^>]+)>\)", (tmp_path / "toy.md").read_text())
    assert len(images) > 3
    assert all((tmp_path / image).read_bytes().startswith(b"\x89PNG") for image in images)


@pytest.mark.parametrize(
    ("name", "error", "match"),
    [
        ("report.pdf", ValueError, r"must end in .html or .md, got 'report.pdf'"),
        ("nowhere/report.md", FileNotFoundError, "existing folder"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_computed(tmp_path: Path, run, name, error, match):
    empty = replace(run, trials=pd.DataFrame())  # would fail in any analysis
    with pytest.raises(error, match=match):
        write_report(empty, tmp_path / name)


def test_numbers_in_sentences_are_written_for_readers():
    assert [duration(each) for each in (0.25, 34.2, 125, 3600, 7300, 200000)] == [
        "0.25 s", "34 s", "2 min 5 s", "1 h", "2 h 1 min", "2 d 7 h",
    ]  # fmt: skip
    assert [percent(each) for each in (0.0, 0.001, 0.634, 0.998, 1.0)] == ["0 %", "<1 %", "63 %", ">99 %", "100 %"]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert share_words(Share(share=0.5, low=float("nan"), high=float("nan"))) == "50 %"


def test_columns_of_numbers_are_told_from_names_and_the_first_names_the_rows():
    rows = (("1", "t0001", "0.5 (0 … 1)", "–"), ("2", "16, log", "−3e-05", "12 %"))
    assert number_columns(Table(caption="", columns=("a", "b", "c", "d"), rows=rows)) == (False, False, True, True)
