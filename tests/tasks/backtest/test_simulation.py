"""What becomes of a backtest's holdings, by hand on the desk's small market."""

import re
from dataclasses import replace

import numpy as np
import pytest

from quant.errors import InputError
from tasks.backtest import sheet
from tasks.backtest.question import Asked, checked, sweep
from tasks.backtest.run import run
from tasks.backtest.simulate import Simulation
from tests.tasks.backtest.markets import market_of, stored, wandering
from tests.tasks.desk import SESSION, Desk, sessions

FIRST = sessions(300)[0]
ALONE = {"AAA": 1.0}
TAXED = "[tax]\nmethod = 'hifo'\nshort_rate = 0.4\nlong_rate = 0.2\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("simulated"))
    return desk, stored(desk, wandering())


def simulate(desk, tables="", *, start=FIRST, once=False, cash=250_000.0, **portfolio):
    desk, source = desk
    file = desk.portfolio({}, name="sim", tables=tables, **portfolio)
    market, asked = market_of(desk, file, source, start)
    return market, Simulation(market, asked, cash, once=once).run()


def test_value_moves_only_by_prices_and_distributions(desk):
    """Shares times close plus cash; a split moves nothing and a distribution of 0.70 is paid in cash."""
    _, found = simulate(desk, once=True)
    shares = {one.symbol: one.quantity for one in found.executions}
    frame = wandering().set_index(["symbol", "session"])
    cash = 250_000.0 - sum(one.notional for one in found.executions)
    for place, day in enumerate(found.sessions):
        if place == 0:
            assert found.value[0] == 250_000.0
            continue
        rows = {symbol: frame.loc[(symbol, day)] for symbol in shares}
        if rows["AAA"]["split"] and place > 1:
            shares["AAA"] *= rows["AAA"]["split"]
        cash += sum(shares[symbol] * rows[symbol]["dividend"] for symbol in shares) if place > 1 else 0.0
        assert found.cash[place] == pytest.approx(cash, abs=1e-6)
        worth = sum(shares[symbol] * rows[symbol]["close"] for symbol in shares)
        assert found.value[place] == pytest.approx(worth + cash, abs=1e-6)


def test_an_order_is_done_on_the_next_session_at_the_open_or_its_limit(desk):
    _, found = simulate(desk, "[rebalance]\nband_relative = 0.08\n")
    frame = wandering().set_index(["symbol", "session"])
    assert len(found.executions) > 20
    for one in found.executions:
        assert found.sessions.index(one.session) == found.sessions.index(one.decided) + 1
        row = frame.loc[(one.symbol, one.session)]
        assert row["low"] - 1e-9 <= one.price <= row["high"] + 1e-9
        close = frame.loc[(one.symbol, one.decided)]["close"] / (row["split"] or 1.0)
        limit = close * (1.005 if one.side == "BUY" else 0.995)
        better = one.price <= limit + 0.01 if one.side == "BUY" else one.price >= limit - 0.01
        assert better


def test_quantities_and_cash_balance(desk):
    """What is held at the end is what was bought less what was sold, and no purchase overdraws the cash."""
    _, found = simulate(desk, "[rebalance]\nband_relative = 0.05\n\n[costs]\nhalf_spread = 5.0\n")
    assert found.cash.min() >= 0
    flow = sum((one.notional if one.side == "SELL" else -one.notional) - one.cost for one in found.executions)
    paid = found.cash[-1] - 250_000.0 - flow
    assert paid == pytest.approx(_distributions(found), abs=0.01)
    assert all(one.cost == pytest.approx(one.notional * 5e-4) for one in found.executions)


def _distributions(found):
    frame = wandering()
    days = frame[(frame["symbol"] == "BBB") & (frame["dividend"] > 0)]["session"]
    total = 0.0
    for day in days:
        before = [one for one in found.executions if one.symbol == "BBB" and one.session < day]
        held = sum(one.quantity if one.side == "BUY" else -one.quantity for one in before)
        total += 0.7 * held
    return total


def test_the_screen_leaves_out_no_day(desk):
    """The same with a decision on every day."""
    desk_, source = desk
    file = desk_.portfolio({}, name="sim", tables="[rebalance]\nband_relative = 0.1\ncooldown = 5\n")
    market, portfolio = market_of(desk_, file, source, sessions(80)[0])
    found = Simulation(market, portfolio, 250_000.0).run()

    class EveryDay(Simulation):
        def _first(self, state, still, rows):
            return rows.start

    daily = EveryDay(market, portfolio, 250_000.0).run()
    assert daily.executions == found.executions
    assert np.array_equal(daily.value, found.value)


def test_closes_outside_a_band_are_counted_where_a_target_has_a_replacement(desk):
    """Nothing but AAA, with CCC as its replacement, and BBB: the first close is all cash."""
    desk_, source = desk
    file = desk_.portfolio(
        {}, {"AAA": 0.6, "BBB": 0.4}, name="pair", tables="[rebalance]\nband_relative = 0.1\n"
    )
    file.write_text(file.read_text().replace('symbol = "AAA"', 'symbol = "AAA"\nreplacement = "CCC"'))
    market, portfolio = market_of(desk_, file, source, FIRST)
    found = Simulation(market, portfolio, 250_000.0).run()
    decided = {one.session for one in found.decided}
    outside = {day for day, out in zip(found.sessions, found.outside.tolist(), strict=True) if out}
    assert FIRST in outside
    assert len(outside) > 3
    assert decided == outside  # every broken band is a decision


def test_taxes_are_paid_at_the_new_year_and_losses_are_kept(desk):
    _, found = simulate(desk, "[rebalance]\nband_relative = 0.05\n\n" + TAXED)
    _, untaxed = simulate(desk, "[rebalance]\nband_relative = 0.05\n")
    year = next(at for at, day in enumerate(found.sessions) if day.year == 2024)
    owed = sum(one.tax for one in found.executions if one.session.year == 2023)
    gains = [one.gain for one in found.executions if one.gain is not None]
    assert min(gains) < 0 < max(gains)
    assert owed > 0
    assert found.cash[year - 1] == pytest.approx(untaxed.cash[year - 1])
    assert found.cash[year] == pytest.approx(untaxed.cash[year] - owed)
    assert found.owed == pytest.approx(sum(one.tax for one in found.executions if one.session.year == 2024))


def test_a_check_that_blocks_holds_the_order_in_a_backtest_too(desk):
    _, found = simulate(desk, "[risk]\nmax_order_value = 1000.0\n")
    assert not found.executions
    assert found.decided[0].held == found.decided[0].trades == 3
    assert "max_order_value" in " ".join(found.decided[0].because)
    assert (found.value == 250_000.0).all()


def test_buy_and_hold_never_sells(desk):
    _, found = simulate(desk, once=True)
    assert {one.side for one in found.executions} == {"BUY"}
    assert {one.symbol for one in found.executions} == {"AAA", "BBB", "CCC"}


@pytest.fixture(scope="module")
def asked(desk):
    desk, source = desk
    file = desk.portfolio({}, name="asked", tables="[rebalance]\nband_relative = 0.1\n")
    return desk.context(), Asked(str(file), FIRST, source=source)


def test_the_whole_answer(asked, tmp_path):
    context, asked = asked
    sweeps = (sweep("rebalance.band_relative=0.1..0.3:3"), sweep("rebalance.band_absolute=0.02..0.04:2"))
    found = run(context, replace(asked, sweeps=sweeps))
    assert [one.name for one in found.series] == ["policy", "buy_and_hold", "benchmark", "benchmark_policy"]
    assert (found.start, found.end, len(found.sessions)) == (FIRST, SESSION, 300)
    assert len(found.sweep) == 6
    settings = [tuple(one.setting.values()) for one in found.sweep]
    assert settings[0] == (0.1, 0.02)
    assert settings[-1] == (0.3, 0.04)
    changed = replace(asked, settings={"rebalance.band_relative": "0.3", "rebalance.band_absolute": "0.04"})
    alone = run(context, changed).series[0]
    assert (found.sweep[-1].annual, found.sweep[-1].sharpe) == (alone.annual, alone.sharpe)
    page = sheet.write(found, tmp_path / "a" / "sheet.html").read_text()
    assert "http" not in page.split("<body>")[0]
    assert page.count("plotly-graph-div") >= 3
    assert "6 settings of this portfolio were tried so far, and luck alone" in page
    assert found.trials == 6
    ratios = np.array([one.sharpe for one in found.sweep])
    assert found.luck > ratios.mean()
    assert run(context, replace(asked, sweeps=sweeps)).trials == 6  # the same again is no new try


def test_many_settings_on_several_processes_are_those_of_one(asked):
    context, asked = asked
    swept = replace(asked, sweeps=(sweep("rebalance.band_relative=0.05..0.4:36"),))
    few = replace(asked, sweeps=(sweep("rebalance.band_relative=0.05..0.4:8"),))
    many = {one.setting["rebalance.band_relative"]: one for one in run(context, swept).sweep}
    for one in run(context, few).sweep:
        assert many[one.setting["rebalance.band_relative"]] == one


def test_a_setting_that_is_not_allowed_is_named_and_the_others_are_tried(asked):
    context, asked = asked
    found = run(context, replace(asked, sweeps=(sweep("rebalance.band_absolute=0.5..1.5:2"),))).sweep
    assert found[0].error is None
    assert "band_absolute" in found[1].error
    assert found[1].annual is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rebalance.band_absolute=0.1..0.01:10", "LOW must be below HIGH"),
        ("rebalance.band_absolute=0.01..0.1:1", "COUNT from 2"),
        ("rebalance.band_absolute=0.01-0.1:5", "is no range of a setting"),
        ("rebalance.band_absolute=a..0.1:5", "'a' is no number"),
    ],
)
def test_a_sweep_that_is_none(text, said):
    with pytest.raises(InputError, match=said):
        sweep(text)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cash": 0.0}, "an amount above 0"),
        ({"cash": float("nan")}, "an amount above 0"),
        ({"end": FIRST}, "is not after --start"),
        ({"sweeps": (sweep("a.b=1..2:2"),) * 2}, "two different ones"),
        ({"sweeps": (sweep("a.b=1..2:200"), sweep("a.c=1..2:200"))}, "at most 10,000"),
        ({"sweeps": (sweep("a.b=1..2:2"),), "settings": {"a.b": "1"}}, "give it once"),
    ],
)
def test_what_cannot_be_asked(asked, changed, said):
    with pytest.raises(InputError, match=said):
        checked(replace(asked[1], **changed))


def test_a_start_before_the_prices_names_the_first_that_is_possible(asked):
    context, asked = asked
    first = sessions(1100)[0]
    with pytest.raises(InputError, match=f"begin with --start {first}"):
        run(context, replace(asked, start=first.replace(year=first.year - 1)))


def test_one_session_is_too_few(asked):
    context, asked = asked
    with pytest.raises(InputError, match="fewer than two sessions"):
        run(context, replace(asked, start=SESSION))


def test_a_sweep_of_settings_none_of_which_is_allowed_is_refused_and_not_counted(asked):
    context, asked = asked
    before = run(context, asked).trials
    swept = replace(asked, sweeps=(sweep("rebalance.construction=1..2:2"),))
    with pytest.raises(InputError, match="none of the settings"):
        run(context, swept)
    assert run(context, asked).trials == before


def test_a_tearsheet_where_nothing_can_be_written_is_refused(asked, tmp_path):
    context, asked = asked
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        sheet.write(run(context, asked), tmp_path / "file" / "sheet.html")


def test_no_prices_at_all(asked, tmp_path):
    context, asked = asked
    other = f"Prices of {asked.source} are stored: --source names one"
    with pytest.raises(InputError, match=f"ballast backfill.*{re.escape(other)}"):
        run(context, replace(asked, source="yfinance"))
    with pytest.raises(InputError, match="there is no warehouse"):
        run(Desk(tmp_path / "none").context(), asked)
