"""Do a table's sector shares add up, and does the text give the same ones?"""

from __future__ import annotations

from bayes_border.compare.findings import Finding, Grade, count
from bayes_border.published import Published, Shares
from bayes_border.published.claims import Sector

#: The place of `structure.csv` that is running text; every other place is a table.
TEXT = "text"
_WHOLE = 100.0


def audit_shares(published: Published) -> list[Finding]:
    """Return the findings on tables of shares; none where the paper has no such table."""
    table = [shares for shares in published.structure if shares.place != TEXT]
    if not table:
        return []
    findings = [_reading(shares, published) for shares in table if not is_sound(shares, published)]
    sound = [shares for shares in table if is_sound(shares, published)]
    if sound:
        findings.append(_sound(sound, len(table)))
    return findings


def add_up(shares: Shares) -> bool:
    """Return whether three printed shares can be the roundings of shares that sum to 100."""
    sectors = [shares.of(sector) for sector in Sector]
    return sum(share.lower for share in sectors) <= _WHOLE <= sum(share.upper for share in sectors)


def in_text(shares: Shares, published: Published) -> Shares | None:
    """Return the same year's and area's shares as the text gives them."""
    same = (other for other in published.structure if (other.year, other.area) == (shares.year, shares.area))
    return next((other for other in same if other.place == TEXT), None)


def is_sound(shares: Shares, published: Published) -> bool:
    """Return whether a row adds up and the text, where it repeats it, repeats it unchanged."""
    return add_up(shares) and not _differing(shares, published)


def legible(shares: Shares, sector: Sector, published: Published) -> bool:
    """Return whether one share can be relied upon: its row adds up, or the text repeats it unchanged."""
    text = in_text(shares, published)
    return add_up(shares) or (text is not None and text.of(sector) == shares.of(sector))


def _differing(shares: Shares, published: Published) -> list[Sector]:
    text = in_text(shares, published)
    return [] if text is None else [sector for sector in Sector if text.of(sector) != shares.of(sector)]


def _reading(shares: Shares, published: Published) -> Finding:
    text = in_text(shares, published)
    total = sum(shares.of(sector).exact for sector in Sector)
    detail = f"{shares.year}, {shares.area}: the table's shares sum to {total}. " if not add_up(shares) else ""
    for sector in _differing(shares, published):
        detail += f"The {sector} share reads {shares.of(sector)} in the table and {_share(text, sector)} in the text. "
    if text is not None and add_up(text):
        total = sum(text.of(sector).exact for sector in Sector)
        detail += f"The text's shares sum to {total}. "
    return Finding(
        id=f"shares_{shares.place}_{shares.year}_{shares.area}",
        grade=Grade.TO_CHECK,
        title=f"Shares of {shares.year}, {shares.area}, as extracted",
        detail=detail + "A digit may have been lost when the text was extracted: compare with the printed page.",
        evidence=tuple(_row(one, sector) for one in (shares, text) if one is not None for sector in Sector),
    )


def _share(shares: Shares | None, sector: Sector) -> str:
    return "" if shares is None else shares.of(sector).text


def _sound(sound: list[Shares], rows: int) -> Finding:
    return Finding(
        id="shares_sum",
        grade=Grade.CONSISTENT,
        title="Shares that add up",
        detail=(
            f"{len(sound)} of {count(rows, 'row')} of shares sum to 100 within rounding and agree with the text "
            "where it repeats them."
        ),
        evidence=tuple(_row(shares, sector) for shares in sound for sector in Sector),
    )


def _row(shares: Shares, sector: Sector) -> dict[str, object]:
    return {
        "place": shares.place,
        "year": shares.year,
        "area": shares.area,
        "sector": str(sector),
        "share": shares.of(sector).text,
    }
