"""How are a paper's printed figures read, every fault of the folder reported at once?"""

from __future__ import annotations

import hashlib
from itertools import product
from pathlib import Path

from bayes_border.errors import DataError, Fault, SpecificationError
from bayes_border.project import data_folder
from bayes_border.published.claims import Claim, Claims, ShareChange, ShareGap
from bayes_border.published.columns import FaultList, Line, read_lines
from bayes_border.published.paper import Paper
from bayes_border.published.printed import Printed
from bayes_border.published.published import Cell, Footer, Published, Shares
from bayes_border.spec.names import FILE_REMEDY, is_file_name
from bayes_border.spec.reader import read_toml, validate
from bayes_border.vocabulary import Window

FILES = ("paper.toml", "estimates.csv", "footers.csv", "structure.csv", "claims.toml")
ESTIMATE_COLUMNS = ("table", "window", "term", "estimate", "se", "stars")
FOOTER_COLUMNS = ("table", "window", "hansen_p", "m1_p", "m2_p", "n_obs")
STRUCTURE_COLUMNS = ("place", "year", "area", "primary", "secondary", "tertiary")
_PERCENT = 100.0


def load_published(name: str, folder: Path | None = None) -> Published:
    """Return the printed figures `data/published/<name>`, or those of another folder.

    A folder holds `paper.toml`, `estimates.csv` and `footers.csv`; `structure.csv` and `claims.toml`
    where the paper has a table of shares and the text makes claims.

    Raises
    ------
    SpecificationError
        If the name is unsafe or `paper.toml` is missing or faulty: nothing else can be judged without it.
    DataError
        Naming file, row and column of every other fault of the folder.
    """
    if not is_file_name(name):
        raise SpecificationError("published", [Fault("name", f"{name!r} is not a safe name", FILE_REMEDY)])
    source = data_folder() / "published" / name if folder is None else folder
    paper = validate(Paper, read_toml(source / "paper.toml"), str(source / "paper.toml"))
    faults = FaultList()
    cells = _cells(source, paper, faults)
    footers = _footers(source, paper, faults)
    structure = _structure(source, faults)
    claims = _claims(source, paper, structure, faults)
    if faults.faults:
        raise DataError(str(source), faults.faults)
    return Published(name, paper, cells, footers, structure, claims, _digest(source))


def published_names() -> tuple[str, ...]:
    """Return the names of the printed figures that ship with the project."""
    return tuple(sorted(path.parent.name for path in (data_folder() / "published").glob("*/paper.toml")))


def _cells(source: Path, paper: Paper, faults: FaultList) -> tuple[Cell, ...]:
    lines = read_lines(source / "estimates.csv", ESTIMATE_COLUMNS, faults)
    found = [cell for line in lines if (cell := _cell(line, paper)) is not None]
    expected = product(
        [label.table for label in paper.tables],
        [label.window for label in paper.windows],
        [label.term for label in paper.terms],
    )
    _require_complete(lines, [cell.place for cell in found], ["/".join(key) for key in expected], faults)
    return tuple(found)


def _cell(line: Line, paper: Paper) -> Cell | None:
    table = line.one_of("table", [label.table for label in paper.tables])
    window = line.one_of("window", [label.window for label in paper.windows])
    term = line.one_of("term", [label.term for label in paper.terms])
    estimate = line.printed("estimate")
    se = line.printed("se", minimum=0.0)
    stars = line.one_of("stars", ["", *(star.stars for star in paper.stars)])
    if se is not None and se.value == 0:
        line.complain("se", f"{se.text} is not above zero", "write the standard error as printed")
    if table is None or window is None or term is None or estimate is None or se is None or stars is None:
        return None
    row = next(label.label for label in paper.terms if label.term == term)
    return Cell(table, Window(window), term, estimate, se, stars, row, _column(paper, window))


def _footers(source: Path, paper: Paper, faults: FaultList) -> tuple[Footer, ...]:
    lines = read_lines(source / "footers.csv", FOOTER_COLUMNS, faults)
    found = [footer for line in lines if (footer := _footer(line, paper)) is not None]
    expected = product([t.table for t in paper.tables], [w.window for w in paper.windows])
    places = [f"{footer.table}/{footer.window}" for footer in found]
    _require_complete(lines, places, ["/".join(key) for key in expected], faults)
    return tuple(found)


def _footer(line: Line, paper: Paper) -> Footer | None:
    table = line.one_of("table", [label.table for label in paper.tables])
    window = line.one_of("window", [label.window for label in paper.windows])
    hansen, m1, m2 = (_p_value(line, column) for column in ("hansen_p", "m1_p", "m2_p"))
    n_obs = line.whole("n_obs")
    if table is None or window is None or n_obs is None:
        return None
    return Footer(table, Window(window), _column(paper, window), hansen, m1, m2, n_obs)


def _p_value(line: Line, column: str) -> Printed | None:
    return line.printed(column, 0.0, 1.0) if line.values[column] else None


def _column(paper: Paper, window: str) -> str:
    return next(label.label for label in paper.windows if label.window == window)


def _structure(source: Path, faults: FaultList) -> tuple[Shares, ...]:
    path = source / "structure.csv"
    if not path.exists():
        return ()
    lines = read_lines(path, STRUCTURE_COLUMNS, faults)
    found = [shares for line in lines if (shares := _shares(line)) is not None]
    _require_once(lines, [f"{shares.place}/{shares.year}/{shares.area}" for shares in found], faults)
    return tuple(found)


def _shares(line: Line) -> Shares | None:
    year = line.whole("year")
    sectors = [line.printed(column, 0.0, _PERCENT) for column in STRUCTURE_COLUMNS[3:]]
    named = [line.values[column] for column in ("place", "area")]
    for column, value in zip(("place", "area"), named, strict=True):
        if not value:
            line.complain(column, "is empty", "name it")
    known = [sector for sector in sectors if sector is not None]
    if year is None or len(known) < len(sectors) or not all(named):
        return None
    return Shares(named[0], year, named[1], *known)


def _claims(source: Path, paper: Paper, structure: tuple[Shares, ...], faults: FaultList) -> tuple[Claim, ...]:
    path = source / "claims.toml"
    if not path.exists():
        return ()
    try:
        claims = validate(Claims, read_toml(path), str(path)).claims
    except SpecificationError as error:
        faults.faults += [Fault(f"claims.toml, {fault.place}", fault.found, fault.remedy) for fault in error.faults]
        return ()
    known = {
        *(label.table for label in paper.tables),
        *(str(label.window) for label in paper.windows),
        *(label.term for label in paper.terms),
    }
    for claim in claims:
        for name in (str(name) for name in (*claim.tables, *claim.windows, *claim.terms)):
            if name not in known:
                faults.add(f"claims.toml, {claim.id}", f"{name!r} is unknown", "use a name of paper.toml")
        _require_shares(claim, structure, faults)
    for name in _repeated([claim.id for claim in claims]):
        faults.add(f"claims.toml, {name}", "is there twice", "give each claim its own id")
    return claims


def _require_shares(claim: Claim, structure: tuple[Shares, ...], faults: FaultList) -> None:
    match claim.on_print:
        case ShareGap() as test:
            needed = {(test.year, test.area), (test.year, test.against)}
        case ShareChange() as test:
            needed = {(year, area) for year in (test.first, test.last) for area in test.areas}
        case _:
            return
    for year, area in sorted(needed - {(shares.year, shares.area) for shares in structure}):
        faults.add(f"claims.toml, {claim.id}", f"no shares of {area} in {year}", "add them to structure.csv")


def _require_complete(lines: list[Line], found: list[str], expected: list[str], faults: FaultList) -> None:
    _require_once(lines, found, faults)
    # Where a line is faulty its cell is not known: the fault already says what to do.
    if lines and len(found) == len(lines):
        for missing in (place for place in expected if place not in found):
            faults.add(lines[0].file, f"{missing} is missing", "add its row: every cell is printed")


def _require_once(lines: list[Line], found: list[str], faults: FaultList) -> None:
    for place in _repeated(found):
        faults.add(lines[0].file, f"{place} is there twice", "keep one row")


def _repeated(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        path = source / name
        digest.update(name.encode() + b"\0" + (path.read_bytes() if path.exists() else b""))
    return digest.hexdigest()[:16]
