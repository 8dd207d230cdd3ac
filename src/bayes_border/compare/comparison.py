"""How do the paper's printed estimates stand beside every other estimate of the same cells?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import pandas as pd
import xarray as xr

from bayes_border import criteria
from bayes_border.compare.counterparts import Sources, compare_cell
from bayes_border.compare.draws import DrawKey, Draws
from bayes_border.compare.row import ComparisonRow
from bayes_border.compare.verdict import CAVEAT, Verdict
from bayes_border.design import Design
from bayes_border.errors import GateError
from bayes_border.estimates import Estimate, Estimates
from bayes_border.published import Published
from bayes_border.spec.study import Role


@dataclass(frozen=True)
class Comparison:
    """One row a printed cell, in the paper's order.

    `unconverged` names the fits that did not pass the convergence gate and were allowed in.
    """

    rows: tuple[ComparisonRow, ...]
    published_digest: str
    unconverged: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[ComparisonRow]:
        """Iterate over the rows."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.rows)

    def tally(self) -> dict[Verdict, int]:
        """Return how many cells have each verdict, those of none included."""
        found = Counter(row.decision.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in Verdict}

    def to_rows(self) -> list[dict[str, object]]:
        """Return one flat row a cell, all with the same columns, None where there is nothing."""
        # Group by group, so that a column that the first row lacks still stands beside its like.
        groups = zip(*(row.groups() for row in self.rows), strict=True)
        columns = dict.fromkeys(name for group in groups for part in group for name in part)
        flat = [row.row() for row in self.rows]
        return [{column: row.get(column) for column in columns} for row in flat]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a cell."""
        return pd.DataFrame(self.to_rows())


def compare(  # noqa: PLR0913 one keyword a kind of counterpart, each of them optional
    published: Published,
    *,
    roles: Sequence[Role],
    bayes: Sequence[Estimates] = (),
    gmm: Estimates | None = None,
    draws: Mapping[DrawKey, Draws] | None = None,
    placebo: Sequence[xr.Dataset] = (),
    designs: Mapping[str, Design] | None = None,
    missing: Mapping[tuple[str, str], str] | None = None,
    caveat: str = CAVEAT,
    allow_unconverged: bool = False,
) -> Comparison:
    """Set every printed cell beside its counterparts.

    Parameters
    ----------
    published
        The paper's printed cells; each becomes a row, whether or not there is a counterpart.
    roles
        Which model plays which part.
    bayes, gmm
        Estimates of the two engines. `recipe` names the model or the recipe.
    draws
        Posterior and prior draws (see `collect_draws`), from which probabilities are taken.
    placebo
        Placebo distributions, see `placebo_places`.
    designs
        The rows fitted, by table: they give effects at printed coefficients and observation counts.
    missing
        By model and table, why a model has no estimates of a table.
    caveat
        Of which panel every verdict speaks.
    allow_unconverged
        Take fits that did not pass the convergence gate; every row that uses one says so.

    Raises
    ------
    GateError
        If a fit did not pass the convergence gate and is not allowed in.
    """
    fitted = Estimates(tuple(chain.from_iterable(bayes)))
    unconverged = _unconverged(fitted, allow_unconverged=allow_unconverged)
    sources = Sources(
        published=published,
        bayes=fitted,
        gmm=gmm if gmm is not None else Estimates(()),
        draws=draws or {},
        placebo=tuple(placebo),
        designs=designs or {},
        roles=tuple(roles),
        missing=missing or {},
        caveat=caveat,
    )
    rows = tuple(compare_cell(cell, sources) for cell in published.cells)
    return Comparison(rows, published.digest, unconverged)


def _unconverged(fitted: Estimates, *, allow_unconverged: bool) -> tuple[str, ...]:
    failed = [estimate for estimate in fitted if estimate.extra.get("converged") is not True]
    refused = [x for x in failed if not (allow_unconverged or x.extra.get("allow_unconverged") is True)]
    if refused:
        message = (
            f"comparison refused: {', '.join(_names(refused))} did not pass the convergence gate (R-hat at most "
            f"{criteria.RHAT_MAX}, effective sample size at least {criteria.ESS_PER_CHAIN_MIN:.0f} a chain); draw more "
            "or longer chains, or allow unconverged fits, which marks every output"
        )
        raise GateError(message)
    return tuple(_names(failed))


def _names(estimates: list[Estimate]) -> list[str]:
    return list(dict.fromkeys(f"{estimate.recipe} ({estimate.table})" for estimate in estimates))
