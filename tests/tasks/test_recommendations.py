"""From recommendation to fill, on the desk's day: SELL 205 AAA, BUY 192 BBB, BUY 733 CCC."""

from datetime import UTC, datetime

import pytest

from quant.errors import InputError
from tasks.fills import importing
from tasks.holdings import holdings_files
from tasks.orders.realised_gains import Realised
from tasks.record.explain import explain
from tasks.report.find_report import find_report
from tests.tasks.desk import market
from tests.tasks.importing import decide, entries, take, text

EXPIRY = datetime(2024, 7, 1, 20, tzinfo=UTC)  # the close of the next session


def states(day, now=None):
    desk, run_id = day
    report = find_report((desk.at(now) if now else desk).context(), run_id, None)
    return {row.symbol: row.state for row in report.trades}


def _refused(path, text):
    raise PermissionError(13, "Permission denied")


def _killed(context):
    raise KeyboardInterrupt


def killed_in(day, monkeypatch, function, instead):
    """An import of 10 AAA that ends in a function of `booking`."""
    with monkeypatch.context() as patched:
        patched.setattr(holdings_files, function, instead)
        with pytest.raises(KeyboardInterrupt):
            take(day, "RUN,AAA,SELL,10,99.8,,,")


def test_approved_rejected_and_expired(day):
    assert states(day) == {"AAA": "proposed", "BBB": "proposed", "CCC": "proposed"}
    decide(day, "approved", "AAA")
    decide(day, "rejected", "BBB", reason="dividend next week")
    assert states(day) == {"AAA": "approved", "BBB": "rejected", "CCC": "proposed"}
    assert states(day, EXPIRY) == {"AAA": "expired", "BBB": "rejected", "CCC": "expired"}
    last = entries(day)[-1]
    assert (last.kind, last.subject, last.at) == ("recommendation", day[1], day[0].now)
    assert last.payload == {
        "symbol": "BBB",
        "state": "rejected",
        "by": "Ada",
        "actor": {"kind": "typed", "id": "Ada"},
        "reason": "dividend next week",
    }


def test_without_names_all_that_are_open_are_decided_on(day):
    decide(day, "rejected", "BBB")
    assert [one.symbol for one in decide(day, "approved", "AAA", "CCC")] == ["AAA", "CCC"]
    assert [one.symbol for one in decide(day, "rejected")] == ["AAA", "CCC"]


@pytest.mark.parametrize(
    ("choice", "symbols", "sentence"),
    [
        ("approved", ["BBB"], "BUY BBB of run .* is rejected by Ada on 2024-06-28; it cannot be approved"),
        ("approved", ["AAA", "BBB"], "is rejected by Ada"),
        ("rejected", ["ZZZ"], "does not recommend ZZZ; it recommends AAA, BBB, CCC"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_nothing_changes(day, choice, symbols, sentence):
    decide(day, "rejected", "BBB")
    before = entries(day)
    with pytest.raises(InputError, match=sentence):
        decide(day, choice, *symbols)
    assert entries(day) == before


@pytest.mark.parametrize(("by", "reason"), [(" ", "why"), ("Ada", "  ")])
def test_who_and_why_are_needed(day, by, reason):
    with pytest.raises(InputError, match="is empty"):
        decide(day, "rejected", by=by, reason=reason)


def test_a_decision_that_comes_too_late_enters_that_it_did(day):
    with pytest.raises(
        InputError, match=r"AAA of run .* expired at 2024-07-01 20:00 UTC and cannot be approved"
    ):
        decide(day, "approved", "AAA", now=EXPIRY)
    assert entries(day)[-1].payload["state"] == "expired"
    with pytest.raises(InputError, match="expired at"):
        decide(day, "approved", "AAA", now=EXPIRY)
    assert len(entries(day)) == 2  # the run and one expiry


def test_fills_change_holdings_and_cash_and_are_measured(day):
    done = take(day, "RUN,AAA,SELL,100,99.8,1.5,,", "RUN,AAA,SELL,105,99.6,0,,", "RUN,BBB,BUY,92,50.1,0,,")
    assert text(day, "trio.csv") == "symbol,quantity\nAAA,495\nBBB,492\nCCC,250.0\n"
    # 5,000 + 9,980 - 1.50 + 10,458 - 4,609.20
    assert "\ncash = 20827.3  # at the bank\n" in text(day, "trio.toml")
    assert not holdings_files.due(day[0].home).exists()
    first = done.fills[0]
    # sold 0.20 below the close of 100, and 0.30 above the limit of 99.50
    assert first.against_close.basis_points == pytest.approx(20)
    assert first.against_close.amount == pytest.approx(20)
    assert first.against_limit.basis_points == pytest.approx(-0.3 / 99.5 * 1e4)
    assert states(day) == {"AAA": "executed", "BBB": "executed", "CCC": "proposed"}
    orders, listed = importing.summary(day[0].context(), day[1])
    assert [one.filled for one in orders] == [205, 92, 0]
    assert listed == list(done.fills)


DATED = """symbol,quantity,cost_basis,acquired
AAA,600,60,2020-01-06
AAA,100,120,2024-03-01
BBB,400,40,2020-01-06
CCC,250,30,2020-01-06
"""
TAXED = '[tax]\nmethod = "hifo"\nshort_rate = 0.4\nlong_rate = 0.2\n'


def test_a_sale_takes_lots_by_the_tax_method_and_enters_what_it_gained(day):
    """The dearest first: 100 at a loss of 20.20 each, then 5 at a gain of 39.80 each."""
    (day[0].folder / "trio.csv").write_text(DATED)
    with (day[0].folder / "trio.toml").open("a") as file:
        file.write(TAXED)
    done = take(day, "RUN,AAA,SELL,105,99.8,,2024-06-28,", "RUN,BBB,BUY,3,50,,2024-06-28,")
    assert "AAA,595,60,2020-01-06\nBBB,400,40" in text(day, "trio.csv")
    assert text(day, "trio.csv").endswith("BBB,3,50,2024-06-28\n")
    sale, purchase = (one.payload for one in entries(day)[-2:])
    assert sale["lots"] == [
        {
            "acquired": "2024-03-01",
            "quantity": "100",
            "cost_basis": "120",
            "gain": pytest.approx(-2020),
            "term": "short",
        },
        {
            "acquired": "2020-01-06",
            "quantity": "5",
            "cost_basis": "60",
            "gain": pytest.approx(199),
            "term": "long",
        },
    ]
    assert "lots" not in purchase
    assert done.fills[0].gain == pytest.approx(-1821)
    assert (done.fills[1].lots, done.fills[1].gain) == ((), None)
    assert [one.gain for one in explain(day[0].context(), day[1], "AAA").trades[0].fills] == [
        done.fills[0].gain
    ]


def test_what_the_holdings_do_not_tell_of_a_lot_is_not_guessed(day):
    (day[0].folder / "trio.csv").write_text("symbol,quantity,cost_basis\nAAA,700,\nBBB,400,\nCCC,250,\n")
    done = take(day, "RUN,AAA,SELL,10,99.8,,,")
    assert done.fills[0].lots == (Realised(None, 10.0, None, None, None),)
    assert done.fills[0].gain is None


def test_a_fill_counts_once_however_often_it_is_imported(day):
    rows = ["RUN,AAA,SELL,10,99.8,,,", "RUN,AAA,SELL,10,99.8,,,", "RUN,BBB,BUY,5,50,,,x1"]
    assert len(take(day, *rows).fills) == 3  # two alike in one file are two executions
    before = text(day, "trio.csv"), text(day, "trio.toml"), entries(day)
    again = take(day, *rows)
    assert (again.fills, again.known, again.files) == ((), 3, ())
    assert (text(day, "trio.csv"), text(day, "trio.toml"), entries(day)) == before
    assert [one.symbol for one in take(day, *rows, "RUN,CCC,BUY,1,20,,,").fills] == ["CCC"]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("nothing,AAA,SELL,1,99,,,", "line 3: run 'nothing': there is no such run"),
        ("latest,AAA,SELL,1,99,,,", "line 3: run 'latest' must be the id"),
        ("RUN,ZZZ,SELL,1,99,,,", "line 3: run .* does not recommend ZZZ"),
        ("RUN,AAA,BUY,1,99,,,", "line 3: side BUY of AAA, and run .* recommends SELL"),
        ("RUN,AAA,sell,1,99,,,", "line 3: side 'sell' must be BUY or SELL"),
        ("RUN,AAA,SELL,196,99,,,", "206 AAA would be filled, and run .* recommends 205; at most 1e-06 of a"),
        ("RUN,AAA,SELL,-1,99,,,", "line 3: quantity '-1' must be a number above 0"),
        ("RUN,AAA,SELL,1,nan,,,", "line 3: price 'nan' must be a number above 0"),
        ("RUN,AAA,SELL,1,99,-2,,", "line 3: commission '-2' must be a number of at least 0"),
        ("RUN,AAA,SELL,1,99,,2024-06-27,", "filled_at 2024-06-27 must lie between the session"),
        ("RUN,AAA,SELL,1,99,,2024-07-02T15:00:00Z,", "and today, 2024-06-28"),
        ("RUN,AAA,SELL,1,99,,yesterday,", "filled_at 'yesterday' must be an instant"),
        ("RUN,AAA,SELL,1,99,,,x", "line 3: the fill 'x' of run .* is in the file twice, with"),
        ("RUN,AAA,SELL,1,99,,,a\tb", r"line 3: id 'a\\tb' must be at most 200 characters on one line"),
        ("RUN,AAA,SELL,1,99,,", "has more or fewer values"),
        ("RUN,CCC,BUY,1,20,,,", "was rejected by Ada"),
        ("RUN,AAA,SELL,1,9950,,,", "price 9950 of AAA, and its limit 99.5; at most 25% apart"),
        ("RUN,AAA,SELL,1,99,500,,", r"commission 500 is more than the fill is worth, 99.00 USD"),
    ],
)
def test_a_bad_row_refuses_the_whole_file(day, row, sentence):
    decide(day, "rejected", "CCC", reason="no")
    before = text(day, "trio.csv"), text(day, "trio.toml"), entries(day)
    with pytest.raises(InputError, match=sentence):
        take(day, "RUN,AAA,SELL,10,99.8,,,x", row)
    assert (text(day, "trio.csv"), text(day, "trio.toml"), entries(day)) == before
    assert not holdings_files.due(day[0].home).exists()


def test_an_id_counts_once_over_the_runs_of_a_portfolio(day):
    desk, run_id = day
    take(day, "RUN,AAA,SELL,10,99.8,,,x")
    again = desk.day(market()).run_id
    with pytest.raises(InputError, match=f"the fill 'x' is known of run {run_id}, and would be booked twice"):
        take((desk, again), "RUN,AAA,SELL,10,99.8,,,x")


def test_fills_are_not_booked_into_another_portfolio(day):
    file = day[0].folder / "trio.toml"
    file.write_text(file.read_text().replace('name = "trio"', 'name = "other"'))
    with pytest.raises(InputError, match=r"trio.toml is of portfolio 'other' now, and run .* is of 'trio'"):
        take(day, "RUN,AAA,SELL,10,99.8,,,")
    assert len(entries(day)) == 1


def test_what_is_due_is_read_with_care(day):
    holdings_files.due(day[0].home).write_text("{}\n")
    with pytest.raises(InputError, match=r"holdings.due is not as it was written"):
        take(day, "RUN,AAA,SELL,10,99.8,,,")


def test_files_that_cannot_be_written_are_written_when_they_can(day, monkeypatch):
    killed_in(day, monkeypatch, "finish", _killed)
    with monkeypatch.context() as patched:
        patched.setattr(holdings_files, "write_atomically", _refused)
        with pytest.raises(InputError, match=r"cannot be written \(Permission denied\)\. Its fills are in"):
            holdings_files.finish(day[0].context())
    holdings_files.finish(day[0].context())
    assert "AAA,690" in text(day, "trio.csv")


def test_more_than_is_held_now_is_not_sold(day):
    (day[0].folder / "trio.csv").write_text("symbol,quantity\nAAA,4\nBBB,400\nCCC,250\n")
    with pytest.raises(InputError, match="holds 4 AAA, and 10 were sold"):
        take(day, "RUN,AAA,SELL,10,99.8,,,")


def test_a_kill_behind_the_commit_is_made_good_by_the_next_command(day, monkeypatch):
    killed_in(day, monkeypatch, "finish", _killed)
    assert "AAA,700" in text(day, "trio.csv")
    held = holdings_files.current(day[0].context(), str(day[0].folder / "trio.toml"))
    assert (held.quantities()["AAA"], held.cash) == (690, 5998)
    assert take(day, "RUN,AAA,SELL,10,99.8,,,").known == 1


def test_a_kill_before_the_commit_leaves_nothing(day, monkeypatch):
    def announced(*given):
        announce(*given)
        raise KeyboardInterrupt

    announce = holdings_files.announce
    killed_in(day, monkeypatch, "announce", announced)
    assert holdings_files.due(day[0].home).exists()
    holdings_files.finish(day[0].context())
    assert not holdings_files.due(day[0].home).exists()
    assert "AAA,700" in text(day, "trio.csv")
    assert len(entries(day)) == 1


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(day, monkeypatch):
    killed_in(day, monkeypatch, "finish", _killed)
    (day[0].folder / "trio.csv").write_text("symbol,quantity\nAAA,1\n")
    with pytest.raises(InputError, match=r"trio.csv was changed before the fills .* remove that file"):
        holdings_files.finish(day[0].context())
    assert text(day, "trio.csv") == "symbol,quantity\nAAA,1\n"
