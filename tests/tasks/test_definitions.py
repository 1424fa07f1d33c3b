"""What a run computes with is kept with it: what is added to the house later changes no replay."""

import json
import shutil
import sys

import pytest

import quant
from quant import checks, scenarios, triggers
from quant.policy import definitions
from quant.rebalance import triggering
from tasks.record.replay import replay
from tests.tasks.desk import SESSION, Desk, crash, market
from tests.tasks.test_accounts import EVEN, TRIO, followed

LIMITED = "[risk]\nmax_stress_loss = 0.9\nmax_weight = 0.65\n[rebalance]\nwhen = 'band or class_band'\n"
ADDED = {
    checks: (
        "import numpy as np\n"
        "from quant.checks import BLOCK, Measured, Words\n"
        "CHECK = REFERENCE = 'zz_later'\n"
        "def measure(context):\n"
        "    shape = len(context.quantity), 1\n"
        "    held, words = np.ones(context.quantity.shape, bool), Words('none', 'a later check')\n"
        "    status = np.full(shape, BLOCK)\n"
        "    return [Measured('portfolio', np.ones(shape), 0.0, status, lambda *_: words, held)]\n"
    ),
    triggers: (
        "import numpy as np\n"
        "from quant.triggers import Measured\n"
        "def measure(situation):\n"
        "    ones = np.ones((len(situation.holdings.cash), 1))\n"
        "    said = lambda *_: 'a later trigger'\n"
        "    return [Measured('portfolio', 'zz_later', None, ones, 0 * ones, ones > 0, said)]\n"
    ),
    scenarios: "NAME = 'later'\nSOURCE = 'none'\nMOVES = {'aaa': -0.99, 'bbb': -0.99, 'ccc': -0.99}\n",
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A day of a portfolio with limits, and one that accounts follow."""
    desk = Desk(tmp_path_factory.mktemp("definitions"))
    moves = "".join(
        f"[[risk.scenario]]\nname = '{name}'\nasset_class = {{aaa = -0.2, bbb = -0.1, ccc = -0.1}}\n"
        for name in ("1987", "2008")
    )
    alone = desk.day(crash(market(), "CCC", SESSION, by=0.10), desk.portfolio(tables=LIMITED + moves))
    file = followed(desk, TRIO + EVEN, tables=LIMITED)
    return desk, alone.run_id, desk.day(market(), file).run_id


@pytest.fixture
def kept(ran, tmp_path):
    desk, *run_ids = ran
    shutil.copytree(desk.home, tmp_path / "home")
    return Desk(tmp_path), run_ids


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Put a check, a trigger and a scenario of a later version beside those that there are."""

    def add():
        for package, code in ADDED.items():
            folder = tmp_path / "later" / package.__name__
            folder.mkdir(parents=True)
            (folder / "zz_later.py").write_text(code)
            monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        triggering._files.cache_clear()

    yield add
    for package in ADDED:
        sys.modules.pop(f"{package.__name__}.zz_later", None)
    triggering._files.cache_clear()


@pytest.mark.parametrize("of_before", [False, True], ids=["kept", "told by its rows"])
def test_what_is_added_later_changes_no_replay(kept, later, of_before):
    desk, run_ids = kept
    if of_before:
        desk.sql("update runs set definitions = null, gaps = null")
    before = [replay(desk.context(), run_id) for run_id in run_ids]
    later()
    after = [replay(desk.context(), run_id) for run_id in run_ids]
    assert [(one.numbers, one.difference) for one in before] == [(one.numbers, None) for one in after]


def test_what_is_added_counts_in_a_new_run(desk, later):
    later()
    report = desk.day(market(), desk.portfolio(tables=LIMITED))
    assert {"zz_later", "max_stress_loss"} <= {row.check for row in report.checks}
    assert "scenario later" in {row.scope for row in report.checks}
    assert "zz_later" in {row.trigger for row in report.triggers}
    assert replay(desk.context(), report.run_id).difference is None


def test_a_scenario_whose_moves_are_mended_later_changes_no_replay(kept, monkeypatch):
    from quant.scenarios import crash_1987

    desk, run_ids = kept
    monkeypatch.setattr(crash_1987, "MOVES", crash_1987.MOVES | {"aaa": -0.5, "equity": -0.5})
    assert [replay(desk.context(), run_id).difference for run_id in run_ids] == [None, None]


def test_a_run_names_everything_pluggable(kept):
    desk, run_ids = kept
    for run_id in run_ids:
        stored = json.loads(desk.rows("run", run_id=run_id)[0]["definitions"])
        for package, names in stored["plugins"].items():
            assert names == [*definitions.discover(getattr(quant, package))], package
        assert {*stored["plugins"]} == {"allocation", "checks", "faults", "signals", "triggers", "volatility"}
        assert stored["scenarios"]["2008"]["equity"] == -0.398
        assert stored["versions"] == dict(definitions.CHANGED)
