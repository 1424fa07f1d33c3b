"""The files that go with a message: orders that can be imported when they are filled in, and pictures."""

import csv
import io
import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import altair as alt
import pytest

from config.fills import read_fills
from quant.errors import InputError
from tasks.report.files import attachments as made
from tasks.report.files.attachments import attachments
from tasks.report.files.drawing import svg
from tasks.report.files.orders_file import orders_file
from tasks.report.files.pictures import drift_over_time_picture, drift_picture, pictures, value_picture
from tasks.report.model import DriftOn, ValueRow
from tests.tasks.notifiers import days
from tests.tasks.notifiers.reports import drift, report, trade

HISTORY = [ValueRow(f"2026-09-{day}", 1e6 + day * 1e3, 0.001) for day in (24, 25, 28)]
PAST = [
    DriftOn(date(2026, 9, day), symbol, drift, 0.05)
    for day, drift in ((24, 0.01), (25, 0.02), (28, 0.062))
    for symbol in ("SPY", "AGG")
]
PNG = b"\x89PNG\r\n\x1a\n"


def filled_in(text, **cells):
    """The file with these cells in each of its rows, as somebody saves it."""
    rows = [row | cells for row in csv.DictReader(io.StringIO(text))]
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_the_file_of_orders_is_imported_when_it_has_been_filled_in(tmp_path):
    day = days.trading(3)
    file = tmp_path / "orders.csv"
    file.write_text(filled_in(orders_file(day), price="60.25", filled_at="2026-09-29", id="b-1"))
    fills = read_fills(file)
    assert [(one.symbol, one.side, one.quantity) for one in fills] == [
        (one.symbol, one.side, Decimal(int(one.quantity))) for one in day.trades
    ]
    assert {one.run for one in fills} == {day.run_id}
    file.write_text(orders_file(day))
    with pytest.raises(InputError, match="line 2: price ''"):  # nothing is booked that nobody has filled in
        read_fills(file)


@pytest.mark.parametrize("odd", ["=1+1", "+A", "-A", "@SUM(A1)", "A,B", 'A"B', "\tA"])
def test_no_cell_of_the_file_is_a_formula_and_what_it_says_is_still_read(odd):
    text = orders_file(report(run_id=odd, trades=[trade(odd, quantity=0.000001)]))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["run"].strip(), row["symbol"].strip()) == (odd.strip(), odd.strip())
    assert row["quantity"] == "0.000001"


def test_held_orders_are_in_no_file():
    assert [one.name for one in attachments(days.held())] == [
        "drift-core-2026-09-28.png",
        "risk-core-2026-09-28.png",
    ]
    assert attachments(report(drift=[])) == ()


def test_a_day_has_its_orders_and_its_pictures():
    day = days.trading(12).model_copy(update={"history": HISTORY, "portfolio": "../<!channel>"})
    orders, *drawn = attachments(day)
    assert orders.name == "orders------channel--2026-09-28.csv"
    assert [one.title for one in drawn] == [
        "Drift and bands",
        "Value and benchmark",
        "Where the risk comes from",
    ]
    assert all(one.content.startswith(PNG) and one.alt for one in drawn)


def test_a_picture_that_fails_is_logged_and_holds_nothing_up(monkeypatch, caplog):
    broken = drift_picture([drift("SPY")])
    broken.chart["layer"][0]["mark"] = {"type": object()}
    monkeypatch.setattr(made, "pictures", lambda _: [broken])
    with caplog.at_level(logging.ERROR):
        [orders] = attachments(days.trading(1))
    assert orders.name.endswith(".csv")
    assert "the picture drift of run 20260928-core-7c1e could not be drawn" in caplog.text


def test_every_chart_is_one_that_vega_lite_knows():
    day = days.trading(12).model_copy(update={"history": HISTORY})
    found = [*pictures(day), drift_over_time_picture(PAST)]
    assert {one.name for one in found} >= {"drift", "value"}
    for one in found:
        alt.Chart.from_dict(one.chart, validate=True)


def test_a_picture_says_in_words_what_it_shows():
    rows = [drift("SPY", drift=0.062, breached=True), drift("AGG", drift=-0.01)]
    first = "Drift of 2 instruments against their bands: 1 of 2 outside their bands."
    assert drift_picture(rows).alt == f"{first} Furthest: SPY, +6.2 points of ±5.0."
    said = value_picture(HISTORY, "SPY").alt
    assert said.startswith("Growth from 2026-09-24 to 2026-09-28: portfolio +0.4%, SPY +0.2%.")
    paid_in = replace(HISTORY[2], value=HISTORY[2].value + 5e5, flow=5e5)
    assert "portfolio +0.3%," in value_picture([*HISTORY[:2], paid_in], "SPY").alt
    assert value_picture(HISTORY[:1], "SPY") is None
    assert drift_picture([drift("OLD", actual=None, drift=None)]) is None


def test_thousands_of_rows_make_a_picture_of_the_furthest():
    chart = drift_picture([drift(f"S{n}", drift=n / 1e6) for n in range(3000)]).chart
    assert [row["symbol"] for row in chart["data"]["values"]][:2] == ["S2999", "S2998"]
    assert len(chart["data"]["values"]) == 25


def test_drift_over_time_is_told_in_parts_of_the_band():
    said = drift_over_time_picture(PAST).alt
    assert said.startswith("Drift as a part of the band on 3 sessions from 2026-09-24 to 2026-09-28: ")
    assert said.endswith("at the end SPY +124%, AGG +124%.")
    assert drift_over_time_picture(PAST[:2]) is None  # one session


@pytest.mark.parametrize(
    "odd", ["SPY", "<script>alert(1)</script>", "</svg><img src=x>", 'a" onload="x', "{{1}}"]
)
def test_a_picture_on_a_page_is_only_drawn(odd):
    """Nothing in it runs, is loaded, or is styled by itself; letters have the colour of the page."""
    rows = [DriftOn(one.session, odd, one.drift, one.band) for one in PAST]
    for one in (drift_picture([drift(odd), drift("AGG")]), drift_over_time_picture(rows)):
        found = ET.fromstring(svg(one))
        assert {element.tag for element in found.iter()} <= {"svg", "g", "path", "text", "line", "rect"}
        names = {name for element in found.iter() for name in element.attrib}
        assert not [
            name for name in names if name.startswith("on") or name in {"style", "href", "id", "class"}
        ]
        texts = list(found.iter("text"))
        assert odd in {element.text for element in texts}
        assert {element.attrib["fill"] for element in texts} == {"currentColor"}
        assert found.attrib["aria-hidden"] == "true"
