"""Which figures of the long table of official statistics does the project use, in the project's own schema?

The figures are facts published by the National Bureau of Statistics of China (NBS): cite NBS and the
compiler of the source. `data/series.toml` says which of them serve which years; this script only decides
which figures travel with the project, and under which names. Run it as

    python scripts/select_official.py path/to/official_statistics_long.csv
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FIRST_YEAR, LAST_YEAR = 1992, 2020
NATION = "China"
FIGURE_COLUMNS = ("province", "year", "series", "value", "unit", "source", "status")
NAMES = {"China (national)": NATION}
UNITS = {"100m yuan": "100 million yuan"}
#: Figures that their source gives as a first estimate: (source, province, year).
PRELIMINARY = {("S01", "Tibet", 2020)}


@dataclass(frozen=True)
class Selection:
    """A variable of one source: what it is called here, the years that are carried and how it came to be."""

    source_id: str
    variable: str
    source: str
    series: str
    first: int = FIRST_YEAR
    last: int = LAST_YEAR
    status: str = "official"
    nation_only: bool = False


@dataclass(frozen=True)
class Source:
    """Where figures were read and whom to cite."""

    source: str
    content: str
    repository: str
    commit: str
    stated_source: str
    vintage: str
    note: str


_GOVFUND, _CHINA_PRO = "S01_govfund_gdp", "S02_AaronGIG_china_pro"
_NBS, _GPI = "S03_NBS_dump_2000_2019", "S04_WD_provincialGPI"
_CARBON, _FAI13 = "S09_yaoyaoustc_carbondata", "S13_govfund_fai_by_industry"

SELECTED: Sequence[Selection] = (
    Selection(_GOVFUND, "gdp_index_prev100", "S01", "gdp_index"),
    Selection(_GOVFUND, "gdp_per_capita", "S01", "gdp_per_capita"),
    Selection(_GOVFUND, "gdp_secondary_va", "S01", "va_secondary"),
    Selection(_GOVFUND, "gdp_tertiary_va", "S01", "va_tertiary"),
    Selection(_CHINA_PRO, "gdp_index_prev100", "S02", "gdp_index"),
    Selection(_CHINA_PRO, "gdp_nominal", "S02", "gdp"),
    Selection(_NBS, "fai_total", "S03", "fai"),
    Selection(_NBS, "gdp_index_prev100", "S03", "gdp_index"),
    Selection(_NBS, "gdp_per_capita", "S03", "gdp_per_capita"),
    Selection(_NBS, "gdp_secondary_va", "S03", "va_secondary"),
    Selection(_NBS, "gdp_tertiary_va", "S03", "va_tertiary"),
    Selection(_NBS, "trade_total_operator", "S03", "trade_usd"),
    Selection(_NBS, "usd_cny_avg", "S03", "usd_cny", nation_only=True),
    Selection(_GPI, "gfcf", "S04", "gfcf", last=1998),
    Selection("S05_CapitalStock_NBS_Tibet_fai", "fai_total", "S05", "fai", last=2000),
    Selection("S05_CapitalStock_Wind_fai_yoy", "fai_growth_yoy", "S05", "fai_growth", status="official growth"),
    Selection("S07_upstream1119_NBS_2011_2022", "gdp_index_prev100", "S07", "gdp_index"),
    Selection("S08x_RenJiyi_merged", "trade_total_rmb", "S08x", "trade_rmb"),
    Selection(_CARBON, "fai_total", "S09", "fai", last=2000),
    Selection(_FAI13, "fai_total", "S13", "fai", first=2017, last=2017),
    Selection(_FAI13, "fai_total_chained_from_official_growth", "S13", "fai", first=2018, status="chained"),
    Selection("S14_kerrydu_spxtsfa", "trade_over_gdp_pct", "S14", "trade_over_gdp", status="derived"),
    Selection("S14_x_S01_derived", "trade_total_rmb_DERIVED", "S14", "trade_rmb", status="derived"),
)

SOURCES: Sequence[Source] = (
    Source(
        "S01",
        "GDP index, per-capita GDP, value added by sector, provinces and nation",
        "muweiabc/govfund",
        "649a6adcf25352272daadcb6b3f943e33b4e3074",
        "none stated; equals the NBS web yearbooks where both were compared",
        "A (yearbook, as first published; 2019-2020 after the fourth economic census)",
        "Level break 2018/2019; value added and GDP come from different vintages in some years, so only ratios of"
        " its value added are used. Tibet 2020 is treated as preliminary.",
    ),
    Source(
        "S02",
        "GDP and GDP index, provinces",
        "AaronGIG/stata",
        "46960cf7c4e6c969d805ce2b028a65039ef241cc",
        "none stated; equals the NBS database",
        "B (NBS database after the fourth economic census)",
        "Same GDP as S03 wherever both exist.",
    ),
    Source(
        "S03",
        "GDP index, per-capita GDP, value added, total fixed-asset investment, trade by location of the operator,"
        " average exchange rate",
        "3112944976/National-Visualization-Web-Application",
        "582d20bfb0dae6bb730230820cf3bd07475f7396",
        "data.stats.gov.cn (NBS), 2000-2019",
        "B (NBS database after the fourth economic census)",
        "Fixed-asset investment ends in 2017; its definition changes in 2011.",
    ),
    Source(
        "S04",
        "gross fixed capital formation, provinces",
        "xxyyluo/WD",
        "3814111b14eee0b283bb759c938e3424bda8305c",
        "replication data of Ji et al., 'A new index reveals a widening decoupling...'",
        "A for most years",
        "A proxy for fixed-asset investment before 1999.",
    ),
    Source(
        "S05",
        "growth of fixed-asset investment, provinces; total fixed-asset investment of Tibet",
        "common2016/CapitalStock",
        "35640d3890bc7aa01a4a4ebd9facef6702bb153b",
        "Wind, NBS",
        "as published year by year",
        "The growth rates cover less than total investment (no rural households); Tibet before 2002 and all of 1995"
        " are doubtful.",
    ),
    Source(
        "S07",
        "GDP index, provinces",
        "upstream1119/statistical-modeling_CUC_PYH",
        "eca6223d62d48896ac0160204eb5a00c1a6fe313",
        "NBS, annual data by province",
        "close to C (after the fifth economic census)",
        "Used only for comparison.",
    ),
    Source(
        "S08x",
        "trade in yuan, provinces",
        "RenJiyi163/panel_data_analysis_for_thesis",
        "756964b145f2ca33ab3c2390922b91e0070a2ed4",
        "author's merge of NBS and customs figures",
        "customs figures in yuan, 2016-2020",
        "2016-2019 lie within 1 % of S03's trade at the average rate in these nine provinces.",
    ),
    Source(
        "S09",
        "total fixed-asset investment, provinces without Tibet",
        "yaoyaoustc/carbondata",
        "9ef43aa8a2b38936623b064378295e6aba77f784",
        "none stated; equals S03 from 2000",
        "as published year by year",
        "Used for 1998-2000.",
    ),
    Source(
        "S13",
        "total fixed-asset investment, provinces",
        "muweiabc/govfund",
        "649a6adcf25352272daadcb6b3f943e33b4e3074",
        "China Statistical Yearbook",
        "as published to 2017; from 2018 chained by its compiler from official growth",
        "2003-2017 equals S03.",
    ),
    Source(
        "S14",
        "trade over GDP, provinces without Tibet; trade in yuan derived from it",
        "kerrydu/spxtsfa",
        "78af58e8703b9df76388dada2db6da53a7cd5f0c",
        "example data of the Stata Journal article on spxtsfa",
        "trade by location of the operator over GDP of the yearbook vintage",
        "Trade in yuan, 1997-1999, is this ratio times the GDP of S01.",
    ),
)


def selected(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, ...]]:
    """Return the figures used, one tuple a row in the order of `FIGURE_COLUMNS`, sorted."""
    wanted: dict[tuple[str, str], list[Selection]] = {}
    for selection in SELECTED:
        wanted.setdefault((selection.source_id, selection.variable), []).append(selection)
    figures = [
        _figure(row, selection)
        for row in rows
        for selection in wanted.get((row["source_id"], row["variable"]), [])
        if _is_wanted(row, selection)
    ]
    return sorted(figures, key=lambda figure: (figure[5], figure[2], figure[0], figure[1]))


def _is_wanted(row: Mapping[str, str], selection: Selection) -> bool:
    national = row["province_en"] in NAMES
    if selection.nation_only and not national:
        return False
    return selection.first <= int(row["year"]) <= selection.last


def _figure(row: Mapping[str, str], selection: Selection) -> tuple[str, ...]:
    province = NAMES.get(row["province_en"], row["province_en"])
    first_estimate = (selection.source, province, int(row["year"])) in PRELIMINARY
    status = "preliminary" if first_estimate else selection.status
    unit = UNITS.get(row["unit"], row["unit"])
    return (province, row["year"], selection.series, row["value"], unit, selection.source, status)


def citation(source: Source) -> str:
    """Return whom to cite for a source's figures."""
    return f"National Bureau of Statistics of China; figures compiled by {source.repository}"


def write_csv(path: Path, header: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    """Write a CSV file under a temporary name, then rename it."""
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    temporary.replace(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `figures.csv` and `sources.csv`; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="long table of official statistics (CSV, UTF-8)")
    parser.add_argument("--output", type=Path, default=Path("data/official"), help="folder to write to")
    options = parser.parse_args(arguments)
    with options.table.open(encoding="utf-8-sig", newline="") as stream:
        figures = selected(list(csv.DictReader(stream)))
    if not figures:
        sys.stderr.write(f"{options.table}: holds none of the figures that the project uses\n")
        return 11
    options.output.mkdir(parents=True, exist_ok=True)
    write_csv(options.output / "figures.csv", FIGURE_COLUMNS, iter(figures))
    fields = tuple(Source.__dataclass_fields__)
    described = ([*(getattr(source, field) for field in fields), citation(source)] for source in SOURCES)
    write_csv(options.output / "sources.csv", (*fields, "cite"), described)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
