"""A long loop that is killed or interrupted goes on, and ends as if nothing had been."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import xarray as xr
from stand_ins import Draws, calibration, fit_from_prior, run, same

from bayes_border.workflow import sbc

TESTS = str(Path(__file__).parent)

#: Runs a loop in a child process and kills it, again and again: at a moment after its start, and at one after the
#: first batch that it has kept, in turn. A child is a copy of this process: nothing is imported again.
KILLING = """
import os, random, signal, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from stand_ins import Draws, calibration, run

loop, path, moment = {loop}, Path({path!r}), random.Random(7)

def kept():
    return len(list(path.glob("status/c/*")))

for kill in range({kills}):
    before, child = kept(), os.fork()
    if child == 0:
        run(loop, path, {n})
        os._exit(0)
    while kill % 2 and kept() == before and os.waitpid(child, os.WNOHANG) == (0, 0):
        time.sleep(0.001)
    time.sleep(moment.uniform(0, {longest}))
    os.kill(child, signal.SIGKILL)
    print(os.waitpid(child, 0)[1], kept())
"""


def killed(path, loop, n, *, kills, longest):
    """Kill a loop so often, and return how many of its batches were kept after each time."""
    code = KILLING.format(tests=TESTS, loop=loop, path=str(path), n=n, kills=kills, longest=longest)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ends, kept = zip(*(map(int, line.split()) for line in done.stdout.splitlines()), strict=True)
    assert ends == (signal.SIGKILL,) * kills
    return list(kept)


def test_killed_at_ten_moments_and_started_again_it_equals_an_uninterrupted_run(tmp_path):
    path = tmp_path / "a.zarr"
    kept = killed(path, "Draws(pause=0.02, batch=2)", 160, kills=10, longest=0.1)
    assert kept == sorted(kept)
    assert kept[1] < kept[3] < kept[5] < kept[7] < kept[9] < 80
    same(run(Draws(batch=2), path, n=160), run(Draws(batch=20), n=160))


def test_a_calibration_killed_twice_equals_an_uninterrupted_run(tmp_path):
    path = tmp_path / "a.zarr"
    kept = killed(path, "calibration()", 6, kills=2, longest=0.2)
    assert kept[0] <= kept[1] < 6
    assert kept[1] > 0
    same(run(calibration(), path, n=6), run(calibration(), n=6, workers=1))


INTERRUPTED = """
import functools, signal, sys
sys.path.insert(0, {tests!r})
from bayes_border.cli import run
from bayes_border.workflow import sbc
from stand_ins import fit_from_prior

# A shell may have started the tests with interrupts ignored, which a child inherits.
signal.signal(signal.SIGINT, signal.default_int_handler)
sbc.SbcRun = functools.partial(sbc.SbcRun, fit=fit_from_prior, batch=1)
sys.argv = ["bayes-border", *{arguments!r}]
run()
"""


def test_ctrl_c_leaves_a_store_that_the_same_command_goes_on_from(cli, tmp_path, monkeypatch):
    asked = ["sbc", "coherent_break", "--draws", "20", "--tune", "1", "--workers", "2", "--output"]
    path = tmp_path / "a.zarr"
    code = INTERRUPTED.format(tests=TESTS, arguments=[*asked, str(path), "--simulations", "300"])
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while child.poll() is None and len(list(path.glob("status/c/*"))) < 2:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate()
    assert (child.returncode, out) == (130, "")
    assert err.startswith("sbc coherent_break: 0 of 300\n")
    kept, where = len(list(path.glob("status/c/*"))), re.escape(str(path))
    last = (
        rf"bayes-border: interrupted: (\d+) of 300 simulations are kept in {where}; the same command goes on from there"
    )
    told = re.fullmatch(last, err.splitlines()[-1])
    # An interrupt between the last file of a batch and its being counted.
    assert int(told[1]) in {kept - 1, kept}

    monkeypatch.setattr(sbc, "SbcRun", partial(sbc.SbcRun, fit=fit_from_prior, batch=1))
    whole, n = tmp_path / "b.zarr", kept + 2
    _, _, err = cli(*asked, str(path), "--simulations", str(n))
    assert err.startswith(f"sbc coherent_break: {kept} of {n}\n")
    cli(*asked, str(whole), "--simulations", str(n), "--quiet")
    with xr.open_zarr(path, consolidated=False) as one, xr.open_zarr(whole, consolidated=False) as other:
        same(one.load().isel(simulation=slice(n)), other.load())
