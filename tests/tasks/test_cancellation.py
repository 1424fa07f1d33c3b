"""Fills taken back, on the desk's day: SELL 205 AAA, BUY 192 BBB, BUY 733 CCC."""

from datetime import date

import pytest

from config.portfolio_file import read
from quant.errors import InputError
from quant.people import Actor
from tasks.fills import importing
from tasks.fills.cancellation import cancel
from tasks.holdings import booking_journal, holdings_files
from tasks.orders import wash_sales
from tasks.record import ledger
from tasks.report.find_report import find_report
from tests.tasks.desk import market
from tests.tasks.importing import entries, take, text
from warehouse import runs
from warehouse.duckdb_file import backup, restore

LOTS = """symbol,quantity,cost_basis,acquired
AAA,4,120,2024-03-01
AAA,696,60,2020-01-06
BBB,400,40,2020-01-06
CCC,250,30,2020-01-06
"""


def back(day, name, **given):
    given = {"by": "Eve", "reason": "busted"} | given
    return cancel(day[0].context(), name, **given | {"by": Actor.typed(given["by"])})


def books(day):
    return text(day, "trio.csv"), text(day, "trio.toml")


def trades(day):
    report = find_report(day[0].context(), day[1], None)
    return {row.symbol: (row.state, row.filled) for row in report.trades}


def losses(day):
    """The sales at a loss that a purchase of the next session would disallow."""
    with day[0].visit() as db:
        return wash_sales.before(db, runs.load(db, day[1]), read(day[0].folder / "trio.toml")).sold


def test_a_cancelled_fill_leaves_holdings_cash_state_and_sums_but_not_the_ledger(day):
    before = books(day)
    take(day, "RUN,AAA,SELL,10,99.8,1,,x", "RUN,BBB,BUY,5,50.1,0,,y")
    between = books(day)
    take(day, "RUN,AAA,SELL,5,99.9,0.5,,z")
    assert trades(day)["AAA"] == ("executed", 15)
    back(day, "z")
    assert books(day) == between
    assert trades(day)["AAA"] == ("executed", 10)
    done = back(day, "x", reason=" busted ")
    back(day, "y")
    assert books(day) == (
        before[0].replace("700.0", "700").replace("400.0", "400"),
        before[1],
    )  # a number as a person writes it
    assert trades(day) == {"AAA": ("proposed", 0), "BBB": ("proposed", 0), "CCC": ("proposed", 0)}
    assert (done.fill.cancelled.by, done.fill.cancelled.reason) == ("Eve", "busted")
    listed = importing.listing(day[0].context(), None)
    assert [(one.id, one.cancelled is not None) for one in listed] == [("x", True), ("y", True), ("z", True)]
    assert [one.kind for one in entries(day)] == ["run", *["fill"] * 3, *["cancellation"] * 3]
    assert ledger.verify(day[0].context())[2].broken == 0


def test_shares_return_to_the_lots_that_they_were_taken_from(day):
    (day[0].folder / "trio.csv").write_text(LOTS)
    with (day[0].folder / "trio.toml").open("a") as file:
        file.write('[tax]\nmethod = "lifo"\nshort_rate = 0.4\nlong_rate = 0.2\n')
    take(day, "RUN,AAA,SELL,10,99.8,,,x")  # the whole of the newer lot, and 6 of the other
    assert "AAA,690,60,2020-01-06\n" in text(day, "trio.csv")
    assert "2024-03-01" not in text(day, "trio.csv")
    assert [one.symbol for one in losses(day)] == ["AAA"]
    back(day, "x")
    assert losses(day) == ()
    assert sorted(text(day, "trio.csv").splitlines()) == sorted(LOTS.splitlines())


WASHED = """symbol,quantity,cost_basis,acquired
AAA,600,120,2023-12-28
AAA,100,110,2024-06-20
BBB,400,60,2024-06-18
CCC,250,30,2020-01-06
"""


def test_a_loss_is_disallowed_once_is_in_the_cost_and_is_taken_back(day):
    """100 AAA bought 8 days before replace 100 of the 150 that are sold; the loss on 50 is still open."""
    (day[0].folder / "trio.csv").write_text(WASHED)
    with (day[0].folder / "trio.toml").open("a") as file:
        file.write('[tax]\nmethod = "fifo"\nshort_rate = 0.4\nlong_rate = 0.2\n')
    done = take(day, "RUN,AAA,SELL,150,99.5,30,2024-06-28,x", "RUN,BBB,BUY,10,50,5,2024-06-28,y")
    [lot] = done.fills[0].lots  # 99.5 less 0.2 of commission are 99.3
    assert (lot.gain, lot.disallowed, lot.term) == (pytest.approx(-3105), pytest.approx(2070), "short")
    [held] = done.fills[0].replaces
    assert (held.quantity, held.cost_basis, held.sold_on) == (100, 130.7, date(2024, 6, 28))
    # the 183 days from 2023-12-28 to the sale count before 2024-06-20
    assert "AAA,450,120,2023-12-28\n" in text(day, "trio.csv")
    assert "AAA,100,130.7,2023-12-20\n" in text(day, "trio.csv")
    assert "BBB,10,50.5,2024-06-28\n" in text(day, "trio.csv")
    [left] = losses(day)
    assert (left.quantity, left.loss) == (50.0, pytest.approx(50 * 20.7))
    back(day, "x")
    assert losses(day) == ()
    back(day, "y")
    assert sorted(text(day, "trio.csv").splitlines()) == sorted(WASHED.splitlines())


def test_a_purchase_after_the_sale_carries_its_loss_also_after_a_restore(day):
    """Ten days were held: the replacing shares have the date of what stays of that lot, and join it."""
    desk = day[0]
    (desk.folder / "trio.csv").write_text(WASHED)
    with (desk.folder / "trio.toml").open("a") as file:
        file.write('[tax]\nmethod = "fifo"\nshort_rate = 0.4\nlong_rate = 0.2\n')
    backup.take(desk.context().warehouse, desk.now, 7, 4)
    desk.sql("update trades set side = 'SELL', limit_price = 49.75 where symbol = 'BBB'")
    take(day, "RUN,BBB,SELL,100,50,,2024-06-28,x")  # what stays of the lot itself replaces nothing
    assert [(one.symbol, one.quantity, one.loss) for one in losses(day)] == [("BBB", 100.0, 1000.0)]
    before = text(day, "trio.csv")
    desk.sql("update trades set side = 'BUY', limit_price = 50.25 where symbol = 'BBB'")
    take(day, "RUN,BBB,BUY,150,50.1,,2024-06-28,y")
    # (300 x 60 + 100 x (50.1 + 10)) / 400
    assert "BBB,400,60.025,2024-06-18\n" in text(day, "trio.csv")
    assert "BBB,50,50.1,2024-06-28\n" in text(day, "trio.csv")
    assert losses(day) == ()
    restore.restore(desk.context().warehouse, desk.now)
    back(day, "y")
    assert text(day, "trio.csv") == before
    assert [(one.symbol, one.quantity, one.loss) for one in losses(day)] == [("BBB", 100.0, 1000.0)]


def test_an_id_may_be_told_again_with_right_values_and_a_cancelled_row_stays_out(day):
    take(day, "RUN,AAA,SELL,10,99.8,,,x")
    with pytest.raises(
        InputError, match=r"known with other values\. .* cancel it with `ballast fills cancel`"
    ):
        take(day, "RUN,AAA,SELL,1,99.8,,,x")
    back(day, "x")
    again = take(day, "RUN,AAA,SELL,10,99.8,,,x")
    assert (again.known, again.cancelled, again.files) == (1, 1, ())
    assert "AAA,700" in text(day, "trio.csv")
    assert len(take(day, "RUN,AAA,SELL,1,99.8,,,x").fills) == 1
    assert take(day, "RUN,AAA,SELL,10,99.8,,,x", "RUN,AAA,SELL,1,99.8,,,x").known == 2
    assert "AAA,699" in text(day, "trio.csv")
    back(day, "x")
    assert "AAA,700" in text(day, "trio.csv")
    with pytest.raises(InputError, match=r"fill 'x' of run .* was cancelled already, by Eve on 2024-06-28"):
        back(day, "x")


def test_what_cannot_be_cancelled_is_refused(day):
    take(day, "RUN,AAA,SELL,10,99.8,,,x")
    before = books(day), entries(day)
    for name, given, sentence in [
        ("nothing", {}, "fill 'nothing': there is none"),
        ("x", {"run": "nothing"}, "there is no such run"),
        ("x", {"by": " "}, "the name of who decides is empty"),
        ("x", {"reason": ""}, "the reason is empty"),
        ("x", {"account": "a"}, "fill 'x': there is none of account 'a'"),
    ]:
        with pytest.raises(InputError, match=sentence):
            back(day, name, **given)
    assert (books(day), entries(day)) == before


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "sentence"),
    [
        ("y", "trio.csv", "BBB,405", "BBB,3", "moved on since this fill of BBB: .*trio.csv holds 3 of the 5"),
        ("y", "trio.csv", "BBB,405\n", "", "holds 0 of the 5 that were bought"),
        ("x", "trio.toml", "benchmark", "holdings_as_of = 2024-06-28\nbenchmark", "counted anew .* by hand"),
    ],
)
def test_holdings_that_have_moved_on_are_left_alone(day, name, file, old, new, sentence):
    take(day, "RUN,AAA,SELL,10,99.8,,,x", "RUN,BBB,BUY,5,50.1,0,,y")
    changed = text(day, file).replace(old, new)
    (day[0].folder / file).write_text(changed)
    before = entries(day)
    with pytest.raises(InputError, match=sentence):
        back(day, name)
    assert (text(day, file), entries(day)) == (changed, before)
    assert not holdings_files.due(day[0].home).exists()


def test_a_kill_behind_the_commit_of_a_cancellation_is_made_good(day, monkeypatch):
    take(day, "RUN,AAA,SELL,10,99.8,,,x")

    def killed(context):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(holdings_files, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            back(day, "x")
    assert "AAA,690" in text(day, "trio.csv")
    holdings_files.finish(day[0].context())
    assert "AAA,700" in text(day, "trio.csv")


def test_an_order_whose_fill_was_cancelled_counts_as_repeated_again(day):
    desk, first = day
    take(day, "RUN,AAA,SELL,10,99.8,,,x")
    waiting = {"run_ids": [first]}
    assert {row["symbol"] for row in desk.rows("orders_waiting", **waiting)} == {"BBB", "CCC"}
    back(day, "x")
    assert {row["symbol"] for row in desk.rows("orders_waiting", **waiting)} == {"AAA", "BBB", "CCC"}


@pytest.mark.long
def test_of_fills_with_one_id_the_run_or_the_account_says_which(day):
    desk, run_id = day
    other = desk.portfolio(name="other")
    second = desk.day(market(), other).run_id
    take(day, "RUN,AAA,SELL,10,99.8,,,x", f"{second},AAA,SELL,10,99.8,,,x")
    with pytest.raises(InputError, match=f"fill 'x': 2 have that id, run {run_id}, run {second}. Add --run"):
        back(day, "x")
    back(day, "x", run=second)
    assert "AAA,700" in text(day, "other.csv")
    assert "AAA,690" in text(day, "trio.csv")


@pytest.mark.long
def test_what_a_restore_has_lost_is_entered_again_once_and_not_booked_again(day):
    """The backup knows x; y was imported, and x cancelled, after it."""
    desk = day[0]
    context = desk.context()
    take(day, "RUN,AAA,SELL,10,99.8,,,x")
    backup.take(context.warehouse, desk.now, 7, 4)
    take(day, "RUN,AAA,SELL,5,99.9,,,y")
    back(day, "x")
    after = books(day)
    lost = [one.hash for one in entries(day)[-2:]]
    for _ in range(2):
        restore.restore(context.warehouse, desk.now)
        assert [one.kind for one in entries(day)] == ["run", "fill", "restore"]
        rows = ["RUN,AAA,SELL,10,99.8,,,x", "RUN,AAA,SELL,5,99.9,,,y"]
        assert take(day, *rows).known == 2
        assert take(day, *rows).known == 2
        assert books(day) == after
        again = entries(day)[3:]
        assert [(one.kind, one.payload["entered_before_as"]) for one in again] == [
            ("fill", lost[0]),
            ("cancellation", lost[1]),
        ]
        assert trades(day)["AAA"] == ("executed", 5)
        assert ledger.verify(context)[2].broken == 0
    assert take(day, "RUN,AAA,SELL,3,99.9,,,z").known == 0
    restore.restore(context.warehouse, desk.now)
    take(day, "RUN,AAA,SELL,2,99.9,,,v")
    assert trades(day)["AAA"] == ("executed", 10)
    assert "AAA,690\n" in text(day, "trio.csv")


def test_a_line_that_a_kill_left_half_written_is_passed_over(day):
    file = booking_journal.file(day[0].home)
    take(day, "RUN,AAA,SELL,10,99.8,,,x")
    with file.open("ab") as kept:
        kept.write('{"hash": "ab", "kind": "Zoë'.encode()[:-1])
    take(day, "RUN,AAA,SELL,5,99.9,,,y")
    day[0].sql("delete from ledger where kind = 'fill'")
    assert take(day, "RUN,AAA,SELL,10,99.8,,,x", "RUN,AAA,SELL,5,99.9,,,y").known == 2
