"""Does the selecting script write the committed figures again, byte for byte?"""

import csv
import importlib.util
import sys
from pathlib import Path

import pytest

from bayes_border.project import data_folder

SCRIPT = Path(__file__).parents[2] / "scripts" / "select_official.py"
TABLE = """province_en,province_zh,year,variable,value,unit,source_id
Yunnan,云南,2001,fai_total,738.23,100m yuan,S03_NBS_dump_2000_2019
Gansu,甘肃,2001,fai_total,460.370,100m yuan,S03_NBS_dump_2000_2019
Gansu,甘肃,1991,gdp_index_prev100,106.5,preceding year=100,S02_AaronGIG_china_pro
China (national),全国,2001,usd_cny_avg,8.277,yuan per USD,S03_NBS_dump_2000_2019
Tibet,西藏,2020,gdp_secondary_va,798.25,100m yuan,S01_govfund_gdp
Gansu,甘肃,2001,population_yearend,2523,10k persons,S03_NBS_dump_2000_2019
"""


@pytest.fixture(scope="module")
def script():
    module_spec = importlib.util.spec_from_file_location("select_official", SCRIPT)
    module = importlib.util.module_from_spec(module_spec)
    sys.modules["select_official"] = module
    module_spec.loader.exec_module(module)
    return module


def run(script, folder, text=TABLE):
    table = folder / "long.csv"
    table.write_text(text, encoding="utf-8-sig")
    code = script.main([str(table), "--output", str(folder / "official")])
    return code, folder / "official"


def test_only_the_figures_used_are_selected_sorted_and_renamed(script, tmp_path):
    code, output = run(script, tmp_path)
    assert code == 0
    assert (output / "figures.csv").read_text(encoding="utf-8") == (
        "province,year,series,value,unit,source,status\n"
        "Tibet,2020,va_secondary,798.25,100 million yuan,S01,preliminary\n"
        "Gansu,2001,fai,460.370,100 million yuan,S03,official\n"
        "Yunnan,2001,fai,738.23,100 million yuan,S03,official\n"
        "China,2001,usd_cny,8.277,yuan per USD,S03,official\n"
    )


def test_a_second_run_writes_the_same_bytes_and_leaves_nothing_else(script, tmp_path):
    _, output = run(script, tmp_path)
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    shuffled = TABLE.splitlines(keepends=True)
    run(script, tmp_path, "".join([shuffled[0], *reversed(shuffled[1:])]))
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before
    assert sorted(before) == ["figures.csv", "sources.csv"]


def test_a_table_without_any_figure_used_writes_nothing(script, tmp_path, capsys):
    code, output = run(script, tmp_path, TABLE.splitlines(keepends=True)[0])
    assert code == 11
    assert not output.exists()
    assert "holds none of the figures" in capsys.readouterr().err


def test_the_committed_list_of_sources_is_the_scripts(script, tmp_path):
    _, output = run(script, tmp_path)
    committed = data_folder() / "official" / "sources.csv"
    assert (output / "sources.csv").read_bytes() == committed.read_bytes()


def test_every_source_of_a_committed_figure_is_described(script):
    with (data_folder() / "official" / "figures.csv").open(encoding="utf-8", newline="") as stream:
        used = {row["source"] for row in csv.DictReader(stream)}
    assert used == {source.source for source in script.SOURCES}
    assert used == {selection.source for selection in script.SELECTED}
