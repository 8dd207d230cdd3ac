import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from bayes_border.report.contents import StoredTable
from bayes_border.report.render import render_report

HOSTILE = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Everything a test asks of a page: tags with attributes, and the text of each figure caption and row."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.captions, self._open = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in {"tr", "figcaption"}:
            self._open.append((tag, []))

    def handle_data(self, data):
        for _, words in self._open:
            words.append(data.strip())

    def handle_endtag(self, tag):
        if tag in {"tr", "figcaption"}:
            _, words = self._open.pop()
            (self.rows if tag == "tr" else self.captions).append([word for word in words if word])


@pytest.fixture(scope="session")
def page(rendered):
    return Page(rendered.html)


def test_every_printed_cell_stands_in_one_row_with_its_verdict(contents, page):
    for row in contents.comparison:
        printed = f"{row.cell.estimate.text}{row.cell.stars} ({row.cell.se.text})"
        found = [cells for cells in page.rows if printed in cells and str(row.cell.window) in cells]
        assert [cells for cells in found if str(row.decision.verdict) in cells], row.cell.place


def test_a_province_called_script_is_text_everywhere(rendered):
    assert "<script" not in rendered.html.lower()
    assert "&lt;script&gt;alert(" in rendered.html
    assert all(b"<script" not in figure for figure in rendered.figures.values())


def test_a_hostile_study_title_and_meta_are_text(contents):
    study = replace(contents.study, title=HOSTILE, citation=HOSTILE)
    hostile = replace(contents, study=study, meta={HOSTILE: {HOSTILE: HOSTILE}, "seed": HOSTILE})
    again = render_report(hostile)
    assert "<script" not in again.html.lower()
    assert "<script" not in again.summary_md


def test_the_page_loads_nothing_from_elsewhere(rendered, page):
    for tag, attributes in page.tags:
        assert tag not in {"script", "iframe", "object", "embed", "img"}
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
    assert not re.findall(r"url\((?!#)", rendered.html)
    assert "@import" not in rendered.html
    policies = [a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a]
    assert policies
    assert policies[0].startswith("default-src 'none'")


def test_every_figure_says_what_to_see_and_every_drawing_what_it_shows(page):
    figures = [attributes for tag, attributes in page.tags if tag == "figure"]
    drawings = [attributes for _, attributes in page.tags if attributes.get("role") == "img"]
    assert len(page.captions) == len(figures) > 8
    assert all(len(words) > 1 and words[1].endswith(".") for words in page.captions)
    assert all(len(drawing["aria-label"]) > 20 for drawing in drawings)


def test_ids_are_unique_and_every_link_in_the_page_leads_somewhere(page):
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {a["href"][1:] for t, a in page.tags if t == "a"}
    assert links <= set(ids)
    assert dict(page.tags[0][1])["lang"] == "en"


def test_gamma_is_never_shown_without_saying_what_else_identifies_it(rendered):
    assert rendered.html.count("dispersion that changes with x") >= 4


def test_every_section_says_that_the_panel_is_reconstructed_and_trade_only(rendered):
    for text in (rendered.html, rendered.summary_md):
        assert "trade only" in text
        assert "reconstruct" in text


def test_a_supplied_panel_is_not_called_a_reconstruction(contents):
    supplied = replace(contents, panel=replace(contents.panel, name="mine.csv", source="Supplied."))
    again = render_report(supplied)
    for text in (again.html, again.summary_md):
        assert "mine.csv, as supplied" in text
        assert "openness measured by trade only" not in text


def test_an_unconverged_fit_is_stamped_on_page_and_summary(contents):
    allowed = replace(contents, allowed_unconverged=("coherent_break (table1)",))
    again = render_report(allowed)
    for text in (again.html, again.summary_md):
        assert "Unconverged fits were allowed: coherent_break (table1)" in text


def test_converged_fits_are_not_stamped(rendered):
    assert "Unconverged" not in rendered.html + rendered.summary_md


def test_a_stale_calibration_is_marked(contents, rendered):
    stale = replace(contents.calibration, stale=True)
    assert "Stale." not in rendered.html
    assert "Stale." in render_report(replace(contents, calibration=stale)).html


def test_a_bare_report_says_what_is_missing(contents):
    bare = replace(
        contents, placebos={}, own_placebo=None, calibration=None, checks=(), barrier=pd.DataFrame(),
        hansen=pd.DataFrame(), sources=pd.DataFrame(),
    )  # fmt: skip
    html = render_report(bare).html
    assert "No placebo was run." in html
    assert "No placebo of our own model is stored for this run." in html
    assert "No calibration is stored for this run." in html


def test_the_summary_has_one_row_a_cell_of_the_main_table(rendered):
    rows = [line for line in rendered.summary_md.splitlines() if line.startswith(("| full", "| pre", "| post"))]
    assert len(rows) == 18


def test_every_drawing_is_also_a_file_of_its_own(rendered):
    assert rendered.figures
    assert all(content.startswith(b"<?xml") and b"<svg" in content for content in rendered.figures.values())


def test_the_same_contents_give_the_same_page(contents, rendered):
    assert render_report(contents) == rendered


def test_the_calibration_table_names_when_and_how_it_was_made(contents):
    stored = StoredTable(contents.calibration.table, "2031-05-06", "feed", stale=False, command="make calibrate")
    html = render_report(replace(contents, calibration=stored)).html
    assert "2031-05-06" in html
    assert "feed" in html
