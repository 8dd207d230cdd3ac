"""The rows nearest to incoherence, and the answer without them."""

import numpy as np
import pytest

from bayes_border.checks.barrier import smallest_m, without_each
from bayes_border.spec.sampling import SamplerSettings


def test_the_smallest_m_are_those_of_the_posterior(posterior):
    table = smallest_m(posterior)
    gamma = posterior.tree["posterior"].to_dataset()["gamma"].transpose("chain", "draw", "regime", "regressor").values
    design = posterior.design
    m = 1 - np.einsum("cdrk,rk->cdr", gamma[:, :, design.data["regime_index"].values], design.x)
    mean = m.mean(axis=(0, 1))
    assert list(table["row"]) == list(np.argsort(mean)[:10])
    assert table["m"].to_numpy() == pytest.approx(np.sort(mean)[:10])
    assert table["m_lower"].iloc[0] == pytest.approx(np.quantile(m[:, :, table["row"].iloc[0]], 0.05))
    first = table.iloc[0]
    assert design.data["province"].values[first["row"]] == first["province"]


def test_leaving_a_row_out_moves_the_answer_when_the_row_is_extreme(posterior):
    y = posterior.design.y.copy()
    y[4] += 30
    moved = type(posterior)(posterior.spec, posterior.design.with_outcome(y), posterior.tree, posterior.table)
    rows = smallest_m(posterior).iloc[:2].assign(row=[4, 5])
    table = without_each(moved, rows, settings=SamplerSettings(draws=300, tune=300), seed=1)
    own = posterior.tree["posterior"]["sigma"].mean()
    assert len(table) == 2
    gap = np.abs(table["pre:dlnFAI"].iloc[0] - table["pre:dlnFAI"].iloc[1])
    assert gap > 0.3
    assert float(own) > 0
