import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from bayes_border.estimates import Estimates
from bayes_border.report import captions, tables
from bayes_border.report.figures.coherence import coherence
from bayes_border.report.figures.pit import probability_transform
from bayes_border.report.numbers import interval, percent, probability
from bayes_border.report.render import render_report
from bayes_border.vocabulary import TruthSource, Window

PRIOR = TruthSource.PRIOR
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


def test_a_supplied_panel_is_not_called_a_reconstruction(contents, around):
    supplied = replace(contents, panel=replace(contents.panel, name="mine.csv", source="Supplied."))
    again = around(supplied)
    for text in (again.html, again.summary_md):
        assert "mine.csv, as supplied" in text
        assert "openness measured by trade only" not in text


def test_an_unconverged_fit_is_stamped_on_page_and_summary(contents, around):
    allowed = replace(contents, allowed_unconverged=("coherent_break (table1)",))
    again = around(allowed)
    for text in (again.html, again.summary_md):
        assert "Unconverged fits were allowed: coherent_break (table1)" in text


def test_converged_fits_are_not_stamped(rendered):
    assert "Unconverged" not in rendered.html + rendered.summary_md


def test_a_stale_calibration_is_shown_and_marked_on_page_and_summary(contents, rendered, around):
    for text in (rendered.html, rendered.summary_md):
        assert "stale" not in re.sub(r"(?s)<style>.*?</style>", "", text).lower()
    stale = {**contents.calibrations, PRIOR: replace(contents.calibrations[PRIOR], stale=True)}
    again = around(replace(contents, calibrations=stale))
    mark = "<strong>Stale.</strong> This calibration with truths from the prior was computed on 2026-02-03"
    assert mark in again.html
    assert "(digest <code>abd</code>)" in again.html
    assert contents.calibrations[PRIOR].verdict.summary in unescape(again.html)
    assert "digest abd; **stale**" in again.summary_md


def test_recipes_with_more_instruments_than_clusters_stand_with_their_remedies(contents, rendered, around):
    view = tables.crowded(contents)
    assert [row[1:] for row in view.rows] == [("Table\u00a01", "full", "573", "9", "10", "lags collapsed: 60")]
    assert "lags collapsed: 60" in rendered.html
    assert tables.crowded(replace(contents, crowded=pd.DataFrame())) is None
    assert "singular and J cannot reject" not in around(replace(contents, crowded=pd.DataFrame())).html


def test_each_recipe_s_estimate_says_its_standard_errors(contents):
    extra = {"se_kind": "clustered by unit, CR1", "break": "count"}
    named = Estimates(tuple(replace(x, extra=extra) for x in contents.gmm))
    view = tables.recipes(replace(contents, gmm=named))
    assert {row[view.headers.index("standard errors")] for row in view.rows} == {"clustered by unit, CR1"}


def test_a_bare_report_says_what_is_missing(contents):
    bare = replace(
        contents, placebos={}, own_placebo=None, calibrations={}, checks=(), barrier=pd.DataFrame(),
        hansen=pd.DataFrame(), sources=pd.DataFrame(),
    )  # fmt: skip
    page = render_report(bare)
    assert "No placebo was run." in page.html
    assert "No placebo of our own model is stored for this run." in page.html
    for source in TruthSource:
        assert f"No calibration with truths from the {source} is stored for this run." in page.html
    assert "No calibration is stored for this run." in page.summary_md


def test_the_answer_without_a_row_says_how_far_it_moves_and_which_fits_were_refused(contents):
    frame = contents.barrier.copy()
    shown = tables.barrier(contents)
    assert {row[-1] for row in shown.rows[1:]} == {"0.24 sd"}
    assert "convergence gate" not in shown.caption
    frame.loc[1, "sampled_anew"] = True
    frame.loc[2, "converged"] = False
    frame.loc[2, [column for column in frame if "/" in column]] = np.nan
    view = tables.barrier(replace(contents, barrier=frame))
    assert view.rows[2][-1] == "0.24 sd, sampled anew"
    assert view.rows[3][-1] == "fit refused"
    assert set(view.rows[3][4:-1]) == {"n/a"}
    former = tables.barrier(replace(contents, barrier=contents.barrier.drop(columns="sampled_anew")))
    assert {row[-1] for row in former.rows[1:]} == {"0.24 sd, sampled anew"}
    assert "1 row has no mean: the fit that it would come from did not pass" in view.caption


def test_marginal_effects_stand_beside_their_prior(contents, fits):
    view = tables.marginal(contents)
    tree = fits["coherent_break"].tree
    row = next(row for row in view.rows if row[:2] == ("post", "ΔIS"))
    here = {"regime": "post", "regressor": "dIS"}
    of = {group: tree[group]["effect_mean"].sel(here).values for group in ("posterior", "prior")}
    ends = {group: np.quantile(draws, [0.05, 0.95]) for group, draws in of.items()}
    narrower = 1 - (np.ptp(ends["posterior"]) / np.ptp(ends["prior"])) ** 2
    assert row[-5:] == (
        interval(*ends["posterior"]),
        interval(*ends["prior"]),
        percent(narrower, 0),
        probability((of["posterior"] > 0).mean()),
        probability((of["prior"] > 0).mean()),
    )


def test_where_a_model_has_both_the_correlation_of_gamma_and_dispersion_is_shown(contents, fits, tied, around):
    assert tables.dispersion(contents) is None
    view = tables.dispersion(replace(contents, fits={"table1": {**fits, "coherent_skedastic": tied}}))
    assert [row[1] for row in view.rows] == ["pre"] * 3 + ["post"] * 3
    correlations = [float(row[-1].replace("−", "-")) for row in view.rows]
    assert correlations[4] == pytest.approx(-1 / np.sqrt(2), abs=0.05)
    # The gamma of the same regressor before the break is pooled with it; the others have nothing to do with it.
    assert correlations[4] < correlations[1] < -0.1
    assert max(abs(correlations[k]) for k in (0, 2, 3, 5)) < 0.1
    assert f"most tied for γ2 post (posterior correlation {view.rows[4][-1]};" in view.caption
    both = replace(contents, fits={"table1": {**fits, "coherent_skedastic": tied}})
    assert "most tied for γ2 post" in around(both).html


@pytest.fixture
def tied(dressed):
    """Return a skedastic fit whose kappa of dIS is minus its gamma after the break, with as much noise again."""
    fit = dressed("coherent_skedastic")
    posterior = fit.tree["posterior"].to_dataset()
    gamma = posterior["gamma"].sel(regime="post", regressor="dIS", drop=True)
    kappa = posterior["kappa"].copy()
    noise = np.random.default_rng(1).normal(0, float(gamma.std()), gamma.shape)
    kappa.loc[{"regressor": "dIS"}] = -gamma + noise
    tree = fit.tree.copy()
    tree["posterior"] = posterior.assign(kappa=kappa)
    return replace(fit, tree=tree)


def test_the_share_outside_the_coherence_region_of_the_equation_as_a_regression_is_said(contents, fits, dressed):
    fit = dressed("as_estimated")
    both = replace(contents, fits={"table1": {**fits, "as_estimated": fit}})
    gamma = fit.tree["posterior"]["gamma"].transpose("chain", "draw", "regime", "regressor").values.reshape(-1, 2, 3)
    design = fit.design
    outside = 1 - np.einsum("drk,rk->dr", gamma[:, design.data["regime_index"].values], design.x) <= 0
    post = outside[:, design.rows_of(Window.POST)]
    assert post.mean() > 0.001
    said = captions.coherence(both)
    draws = percent(post.any(axis=1).mean(), 0)
    assert f"{percent(post.mean())} (post; on some row in {draws} of draws) of draws and rows" in said
    assert "taken as a regression" not in captions.coherence(contents)
    assert "as estimated: 1/m from" in coherence(both).panels[-1].alt


def test_the_pit_is_drawn_and_its_tails_are_counted(contents, fits):
    flagship = fits["coherent_break"]
    drawn = flagship.tree["posterior_predictive"]["dg"].transpose("chain", "draw", "row").values.reshape(-1, 180)
    place = (drawn < flagship.design.y).mean(axis=0)
    pre = flagship.design.rows_of(Window.PRE)
    counts = np.histogram(place[pre], 10, (0, 1))[0]
    view = probability_transform(contents)
    assert view.panels[0].alt.endswith(f"replicates: {', '.join(map(str, counts))}.")
    assert counts.sum() == 126
    tails = int(((place[pre] < 0.05) | (place[pre] > 0.95)).sum())
    assert f"{tails or 'none'} of 126 rows pre" in captions.pit(contents)


def test_the_summary_has_one_row_a_cell_of_the_main_table(rendered):
    rows = [line for line in rendered.summary_md.splitlines() if line.startswith(("| full", "| pre", "| post"))]
    assert len(rows) == 18


def test_every_drawing_is_also_a_file_of_its_own(rendered):
    assert rendered.figures
    assert all(content.startswith(b"<?xml") and b"<svg" in content for content in rendered.figures.values())


def test_the_same_contents_give_the_same_page(contents, rendered):
    assert render_report(contents) == rendered


def test_each_calibration_says_its_verdict_when_and_how_it_was_made_and_draws_every_figure(contents, rendered):
    html, summary = unescape(rendered.html), unescape(rendered.summary_md)
    for source, run in contents.calibrations.items():
        assert f"truths from the {source} was computed on 2026-02-03 and is kept; its digest is" in html
        assert f"- Truths from the {source} (computed on 2026-02-03, digest abd): {run.verdict.summary}" in summary
        assert f"<strong>Verdict.</strong> {run.verdict.summary}</p>" in html
        for what in ("ecdf", "ranks", "coverage", "contraction"):
            assert f'id="figure-calibration-{source}-{what}"' in html
            assert any(name.startswith(f"calibration-{source}-{what}") for name in rendered.figures)
    assert "<code>abd</code>, its command <code>make calibrate</code>" in html


def test_both_calibrations_stand_in_one_section_with_their_tables_folded_away(page, rendered):
    section = rendered.html.split('<h2 id="calibration">')[1].split("<h2 ")[0]
    assert re.findall(r"<h3[^>]*>(.*?)</h3>", section) == ["Truths from the prior", "Truths from the posterior"]
    assert section.count("<details><summary>The verdict on each quantity</summary>") == 2
    assert [len(row) for row in page.rows if row[:2] == ["sigma[pre]", "error sd σ"]] == [11, 11]
