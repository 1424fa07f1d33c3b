"""What-ifs on the desk's days: the decision of a run, before and after by hand, and nothing stored."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.decisions import halts, overrides
from tasks.fills import importing
from tasks.report.formats import blockkit, text
from tasks.whatif.answer import answer
from tasks.whatif.document import document
from tasks.whatif.question import question
from tests.tasks import abroad
from tests.tasks.desk import CLOSES, EVENING, SESSION, TRADES, Desk, change, held, market, proposed
from tests.tasks.test_accounts import EVEN, TRIO, followed

TAX = "[tax]\nmethod = 'fifo'\nshort_rate = 0.4\nlong_rate = 0.2\n"
LOTS = """symbol,quantity,cost_basis,acquired
AAA,400,90,2020-01-02
AAA,300,99,2023-06-29
BBB,400,30,2020-01-02
CCC,250,20,2020-01-02
"""


def ask(desk, **asked):
    file = asked.pop("file", desk.folder / "trio.toml")
    return answer(desk.context(), question(str(file), **asked))


def everything(desk):
    """Every table's rows and every file of HOME but the warehouse's own, as digests."""
    with desk.visit() as db:
        found = db.connection.execute("select table_name from duckdb_tables() where not temporary order by 1")
        rows = {
            name: sorted(map(repr, db.connection.execute(f'from "{name}"').fetchall()))
            for (name,) in found.fetchall()
        }
    files = {
        str(file.relative_to(desk.folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(desk.folder.rglob("*"))
        if file.is_file() and not file.name.startswith("warehouse.")
    }
    return rows, files


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A day that nobody changes."""
    desk = Desk(tmp_path_factory.mktemp("quiet"))
    return desk, desk.day(market(), desk.portfolio(tables="[costs]\nhalf_spread = 10.0\n"))


def test_without_a_change_it_is_what_the_run_proposed(quiet):
    desk, report = quiet
    found = ask(desk)
    same = {"expires", "state"}
    rows = [row.model_dump(exclude=same) for row in found.trades]
    assert rows == [row.model_dump(exclude=same) for row in report.trades]
    assert (found.checks, found.status, found.session) == (report.checks, report.status, report.session)
    assert (found.before.value, found.before.cash, found.before.drift) == (
        report.value, report.cash, report.drift,
    )  # fmt: skip
    assert found.before.volatility == report.risk.volatility
    assert found.cost == pytest.approx(sum(row.cost for row in report.trades))


def test_after_the_trades_by_hand(quiet):
    """205 AAA sold at 100, 192 BBB bought at 50, 733 CCC at 20: 5,000 + 20,500 - 9,600 - 14,660 = 1,240."""
    after = ask(quiet[0]).after
    assert (after.value, after.cash) == (100_000.0, 1240.0)
    weights = {row.key: row.actual for row in after.drift if row.level == "instrument"}
    assert weights == pytest.approx({"AAA": 0.495, "BBB": 0.296, "CCC": 0.1966})


def test_nothing_is_stored(quiet):
    desk, _ = quiet
    before = everything(desk)
    source = f"files:{desk.folder / 'prices.parquet'}"
    for asked in ({"deposit": 9000.0}, {"settings": ["rebalance.band_absolute=0.5"]}, {"source": source}):
        ask(desk, **asked)
    assert everything(desk) == before
    with pytest.raises(InputError):
        ask(desk, target=["AAA=2"])
    assert everything(desk) == before


def test_prices_that_are_read_for_it_alone_give_the_same(quiet, tmp_path):
    _, report = quiet
    elsewhere = Desk(tmp_path)
    file = elsewhere.portfolio(tables="[costs]\nhalf_spread = 10.0\n")
    source = elsewhere.prices(market())
    assert proposed(ask(elsewhere, file=file, source=source)) == proposed(report) == TRADES
    assert not elsewhere.home.exists()
    # On an evening without a bar the last session with one counts.
    late = elsewhere.at(EVENING + timedelta(days=3))
    older = ask(late, file=file, source=source)
    assert (older.session, older.historical) == (str(SESSION), True)
    assert "Prices of 2024-06-28, which is not the last completed session." in text.render(document(older))


def test_a_deposit_by_hand(quiet):
    """With 15,000: 20,000 in cash of 115,000. BBB to 34,155, CCC to 22,770: 283 and 888 shares lack.

    At 50.25 and 20.10 they cost 32,074 of 20,000 - 1,150: 58.8%.
    """
    found = ask(quiet[0], deposit=15_000.0)
    assert (found.before.value, found.after.value) == (100_000.0, 115_000.0)
    assert [(row.symbol, row.side, row.quantity) for row in found.trades] == [
        ("BBB", "BUY", 166.0), ("CCC", "BUY", 522.0),
    ]  # fmt: skip
    assert found.after.cash == 20_000 - 166 * 50 - 522 * 20
    assert found.untraded["AAA"] == "it is not below its target less the cash buffer"
    assert found.asked == ["deposit of 15,000.00 USD"]
    assert "SELL" in {row.side for row in ask(quiet[0], deposit=15_000.0, rebalance=True).trades}


def test_a_withdrawal_by_hand(quiet):
    """24,000 of 5,000 in cash: 760 is the buffer of 76,000, 19,760 lack: 199 AAA at 99.50 bring 19,800.50."""
    found = ask(quiet[0], withdraw=24_000.0)
    assert [(row.symbol, row.side, row.quantity) for row in found.trades] == [("AAA", "SELL", 199.0)]
    assert (found.after.value, found.after.cash, found.shortfall) == (76_000.0, 900.0, 0.0)


def test_what_cannot_be_raised_is_said(quiet):
    found = ask(quiet[0], withdraw=24_000.0, settings=['rebalance.do_not_sell=["AAA", "BBB"]'])
    assert found.shortfall == pytest.approx(19_760 - 250 * 19.9)
    assert "It cannot be raised: 14,785.00 USD are missing." in text.render(document(found))


def test_a_tax_allowance_by_hand(day):
    """AAA is over its target: 10 a share of the oldest. 100 shares gain 1,000."""
    desk = day[0]
    desk.portfolio(tables=TAX)
    (desk.folder / "trio.csv").write_text(LOTS)
    found = ask(desk, up_to_gain=1000.0)
    assert [(row.symbol, row.side, row.quantity) for row in found.trades] == [("AAA", "SELL", 100.0)]
    assert (found.gain, found.tax) == (pytest.approx(1000.0), pytest.approx(200.0))
    # 24,000 withdrawn need 19,760. Within 1,000 of gain: 250 CCC, which gain nothing, and 100 AAA.
    capped = ask(desk, withdraw=24_000.0, up_to_gain=1000.0)
    assert {row.symbol: row.quantity for row in capped.trades} == {"AAA": 100.0, "CCC": 250.0}
    assert (capped.gain, capped.shortfall) == (pytest.approx(1000.0), pytest.approx(19_760 - 9950 - 4975))
    # More shares than there are lots: as if bought at the close, so they gain nothing.
    more = ask(desk, holding=["CCC=2000"], withdraw=1.0)
    assert {row.symbol for row in more.trades} <= {"CCC"}


def test_a_halt_and_an_override_bind_it_too(day):
    desk, limit = day[0], ["risk.max_order_value=15000"]
    assert "AAA" in held(ask(desk, settings=limit))
    actor, context = Actor.typed("Ada"), desk.context()
    one = overrides.request(context, "trio", "max_order_value", None, actor, "tested", "2024-07-01")
    overrides.approve(context, one.id, Actor.typed("Bob"))
    assert held(ask(desk, settings=limit)) == {}
    (desk.home / "KILL").write_text("stop")
    assert [*held(ask(desk)).values()] == ["the kill switch is on: stop"] * 3
    (desk.home / "KILL").unlink()
    context.warehouse.transact(lambda db: halts.switch(db, context, "trio", "disabled", actor, "away"))
    assert len(held(ask(desk, deposit=10_000.0))) == 2


def test_a_quarantined_bar_holds_and_one_that_was_accepted_does_not(desk):
    from tasks.data import quarantine

    broken = change(market(), "BBB", SESSION, close=500.0, high=500.5)
    report = desk.day(broken)
    assert report.status == "held"
    found = ask(desk)
    assert (found.status, held(found)) == (report.status, held(report))
    ids = [row.id for row in quarantine.listing(desk.context(), "BBB", every=False)]
    quarantine.decide(desk.context(), ids, "accepted", "the split is true", Actor.typed("Ada"))
    accepted = ask(desk)
    assert accepted.before.value > 200_000
    assert "quarantined" not in str(held(accepted))


def test_accounts_are_decided_one_by_one(day):
    """Of two accounts one is as the desk's own portfolio, the other, worth 10,000, on its targets."""
    desk = day[0]
    followed(desk, TRIO + EVEN)
    found = ask(desk)
    assert proposed(found) == TRADES
    assert (found.accounts, found.before.value) == (2, 110_000.0)
    with pytest.raises(InputError, match=r"has accounts.*--deposit"):
        ask(desk, deposit=1.0)


def test_fills_are_in_the_holdings_and_a_broken_import_is_refused(day):
    desk, run_id = day[:2]
    fills = desk.folder / "fills.csv"
    fills.write_text(
        f"run,symbol,side,quantity,price,filled_at\n{run_id},AAA,SELL,205,99.5,2024-06-28T23:00:00Z\n"
    )
    importing.take(desk.at(EVENING + timedelta(hours=1)).context(), fills, Actor.typed("Ada"))
    found = ask(desk)
    assert found.before.cash == pytest.approx(5000 + 205 * 99.5)
    assert "AAA" not in {row.symbol for row in found.trades}  # 49.5% is where it should be
    (desk.home / "holdings.due").write_text("{}")
    with pytest.raises(InputError, match="an import was cut off"):
        ask(desk)


def test_money_is_in_the_portfolios_currency(desk):
    """Pounds, pence and yen, against the fractions of tests/tasks/abroad.py."""
    targets = {symbol: float(weight) for symbol, weight in abroad.TARGET.items()}
    file, frame = desk.portfolio(abroad.HELD, targets, tables=abroad.INSTRUMENTS), abroad.market(years=2.2)
    late = desk.at(datetime(2024, 12, 31, tzinfo=UTC))
    found = ask(late, file=file, session=abroad.SESSION, source=desk.prices(frame))
    close = abroad.closes(frame, abroad.SESSION)
    assert found.before.value == pytest.approx(float(abroad.value(close)))
    signed = {row.symbol: row.quantity * (1 if row.side == "BUY" else -1) for row in found.trades}
    assert signed == {symbol: order.shares for symbol, order in abroad.orders(close).items()}
    spent = sum(row.notional if row.side == "BUY" else -row.notional for row in found.trades)
    assert found.after.cash == pytest.approx(found.before.cash - spent)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target": ["AAB=0.5"]}, r"with --target AAB=0.5: AAB is not a \[\[target\]\].*nearest is AAA"),
        ({"target": ["AAA=0.4"]}, "the target weights sum to 0.9, not 1.*by \\+0.1"),
        ({"target": ["AAA=40%"]}, "must be a share from 0 to 1"),
        ({"settings": ["rebalanc.band_absolute=0.1"]}, "unknown key 'rebalanc'.*'rebalance'"),
        ({"settings": ["rebalance.band_absolut=0.1"]}, "the nearest known key is 'band_absolute'"),
        ({"settings": ["rebalance.band_absolute=5"]}, "rebalance.band_absolute = 5"),
        ({"settings": ["target.weight=5"]}, "weights are changed by --target"),
        ({"settings": ["name.first=x"]}, "'name' is no table"),
        ({"settings": ["cash=5"]}, "is no SECTION.KEY"),
        ({"holding": ["ZZZ=5"]}, "no price of it is stored"),
        ({"holding": ["aaa=5"]}, "the portfolio spells this symbol AAA"),
        ({"holding": ["AAA=-5"]}, "must be a number of at least 0"),
        ({"holding": ["AAA"]}, "write it as --holding SPY=120"),
        ({"holding": ["AAA=1", "AAA=2"]}, "names AAA twice"),
        ({"deposit": -5.0}, "must be an amount above 0"),
        ({"deposit": float("nan")}, "must be an amount above 0"),
        ({"deposit": 5.0, "withdraw": 5.0}, "contradict each other"),
        ({"withdraw": 1e9}, "is not less than the portfolio's value, 100,000.00 USD"),
        ({"up_to_gain": 5.0}, "columns cost_basis and acquired"),
        ({"up_to_gain": 5.0, "deposit": 5.0}, "--deposit sells nothing"),
        ({"session": SESSION + timedelta(days=1)}, "not a trading day|no session|is not"),
        ({"session": SESSION - timedelta(days=365)}, "--session 2023-06-29 --no-notify` fetches them"),
        ({"source": "tiingo"}, "no prices of portfolio 'trio' are stored from tiingo"),
        ({"source": "tiinga"}, "did you mean 'tiingo'"),
    ],
)
def test_a_mistake_is_one_sentence(quiet, asked, words):
    with pytest.raises(InputError, match=words) as refused:
        ask(quiet[0], **asked)
    assert "\n" not in str(refused.value)


def test_without_prices_it_says_what_to_run(tmp_path):
    desk = Desk(tmp_path)
    with pytest.raises(InputError, match=r"`ballast daily --portfolio .* --no-notify` fetches them"):
        ask(desk, file=desk.portfolio())


def test_the_answer_fits_a_message_and_says_what_is_held(quiet):
    desk, _ = quiet
    found = ask(desk, deposit=15_000.0, settings=["risk.max_order_quantity=500"])
    said = text.render(document(found))
    assert said.startswith("What if · trio · 2024-06-28 · 1 buy, 14,150 USD to trade; 1 HELD\n")
    assert "HELD BUY 522 CCC" in said
    assert "Deposit of 15,000.00 USD; set risk.max_order_quantity=500. Nothing is stored." in said
    assert max(map(len, said.splitlines())) < 160
    assert "HELD BUY 522 CCC" in str(blockkit.render(document(found)))


def test_fewer_shares_leave_the_newest_lots(quiet):
    found = ask(quiet[0], holding=["AAA=100"])
    assert found.before.value == 100_000 - 600 * CLOSES["AAA"]
