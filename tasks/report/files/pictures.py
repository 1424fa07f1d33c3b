"""Pictures of a report: charts of Vega-Lite in plain dictionaries, with words for who cannot see them.

Light background, letters that a phone of 375 pixels shows, and colours that colour-blind people tell apart
(blue and orange, Okabe and Ito); what a colour says, a place or a word says too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quant.documents import Json
from quant.performance.time_weighted import grown
from tasks.report.document import NAME, line
from tasks.report.model import DriftOn, Report, ValueRow
from warehouse.tables.found import Contribution, DriftRow

BLUE, ORANGE, GREY, BAND = "#0072B2", "#D55E00", "#767676", "#dcdcdc"
LINES = (BLUE, ORANGE, "#009E73", "#CC79A7", GREY)
DASHES = ([1, 0], [6, 3], [2, 2], [8, 2, 2, 2], [1, 3])
"""Of each line its own, so that nobody needs the colours."""
WIDTH = 300
"""Of the drawing, in pixels; with its names it is as wide as a phone."""
MOST = 25
"""Rows of a picture: more cannot be read on a phone."""
STEP = 22
"""Pixels of a row."""
AXIS: Json = {"labelFontSize": 12, "titleFontSize": 12, "gridColor": "#e5e5e5", "domainColor": GREY}
STROKES: Json = {"symbolType": "stroke", "symbolStrokeWidth": 2.5, "symbolSize": 300}
LEGEND: Json = {"labelFontSize": 12, "title": None, "orient": "bottom"}
LOOK: Json = {
    "background": "white",
    "font": "Liberation Sans, Arial, sans-serif",
    "view": {"stroke": None},
    "axis": AXIS,
    "title": {"fontSize": 14, "anchor": "start", "subtitleFontSize": 12},
    "legend": LEGEND,
}


@dataclass(frozen=True)
class Picture:
    """A chart to draw, its title, and what it shows in words."""

    name: str
    title: str
    alt: str
    chart: Json


def pictures(report: Report) -> list[Picture]:
    """What there is to draw: drift against bands, value against benchmark, where the risk comes from."""
    parts = report.risk.contributions if report.risk else []
    found = (
        drift_picture(report.drift),
        value_picture(report.history, report.benchmark.symbol),
        risk_picture(parts),
    )
    return [one for one in found if one is not None]


def drift_picture(rows: Sequence[DriftRow]) -> Picture | None:
    """Each instrument's drift inside its band, in points, the furthest out first; None: none is known."""
    known = [
        (one, one.drift, one.band)
        for one in rows
        if one.level == "instrument" and one.drift is not None and one.band
    ]
    known.sort(key=lambda found: -abs(found[1]) / found[2])
    values = [
        {"symbol": line(one.key, NAME), "drift": drift * 100, "low": -band * 100, "high": band * 100,
         "state": "outside its band" if one.breached else "inside its band"}
        for one, drift, band in known[:MOST]
    ]  # fmt: skip
    if not values:
        return None
    rows_of = {"field": "symbol", "type": "nominal", "sort": None, "title": None}
    band = {
        "mark": {"type": "bar", "color": BAND, "height": 14},
        "encoding": {"y": rows_of, "x": _points("low"), "x2": {"field": "high"}},
    }
    scale = {"domain": ["inside its band", "outside its band"], "range": [BLUE, ORANGE]}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
        "encoding": {
            "y": rows_of,
            "x": _points("drift"),
            "color": {"field": "state", "scale": scale},
            "shape": {"field": "state", "scale": {**scale, "range": ["circle", "diamond"]}},
        },
    }
    out = [one.key for one, _, _ in known if one.breached]
    said = f"{len(out)} of {len(known)} outside their bands"
    first = known[0]
    furthest = f"{line(first[0].key, NAME)}, {first[1] * 100:+.1f} points of ±{first[2] * 100:.1f}"
    alt = f"Drift of {len(known)} instruments against their bands: {said}. Furthest: {furthest}."
    return picture("drift", "Drift and bands", alt, said, values, [band, dots], STEP)


def value_picture(rows: Sequence[ValueRow], benchmark: str | None) -> Picture | None:
    """What 100 in the portfolio and in its benchmark became from the first recorded session on.

    Deposits and withdrawals are no gain: each day's growth is over what was there with them (time-weighted).
    None for fewer than two sessions, or where nothing was left to grow.
    """
    if len(rows) < 2:
        return None
    days = np.array([one.session for one in rows], "datetime64[D]")
    value, flow, market = (
        np.array([getattr(one, name) or 0.0 for one in rows]) for name in ("value", "flow", "benchmark_day")
    )
    growth = np.cumprod(grown(value, flow, days, days).growth)
    if np.isnan(growth[-1]):
        return None
    whose, levels = line(benchmark or "", NAME), np.cumprod([1.0, *(1.0 + market[1:])])
    values: list[Json] = []
    for one, own, level in zip(rows, growth.tolist(), levels.tolist(), strict=True):
        values.append({"session": one.session, "value": own * 100, "of": "portfolio"})
        if benchmark:
            values.append({"session": one.session, "value": level * 100, "of": whose})
    names = ["portfolio", whose]
    lines = {
        "mark": {"type": "line", "strokeWidth": 2.5, "point": len(rows) < MOST},
        "encoding": {
            "x": time_axis(),
            "y": {"field": "value", "type": "quantitative", "title": None, "scale": {"zero": False}},
            "color": {"field": "of", "scale": {"domain": names, "range": [BLUE, ORANGE]}, "legend": STROKES},
            "strokeDash": {"field": "of", "scale": {"domain": names, "range": [[1, 0], [5, 3]]}},
        },
    }  # fmt: skip
    since = f"{rows[0].session} = 100, without deposits and withdrawals"
    versus = f", {whose} {levels[-1] - 1:+.1%}" if benchmark else ""
    when = f"from {rows[0].session} to {rows[-1].session}"
    alt = f"Growth {when}: portfolio {growth[-1] - 1:+.1%}{versus}. {since}."
    return picture("value", "Value and benchmark", alt, since, values, [lines], 200)


def drift_over_time_picture(rows: Sequence[DriftOn]) -> Picture | None:
    """The drift of a few instruments as a part of its band of that day; None for fewer than two sessions.

    `rows` have at most as many symbols as there are LINES, the one furthest out last first, by session.
    """
    sessions = sorted({one.session for one in rows})
    if len(sessions) < 2:
        return None
    names = [*dict.fromkeys(line(one.symbol, NAME) for one in rows)]
    values = [
        {"session": str(one.session), "symbol": line(one.symbol, NAME), "part": one.drift / one.band * 100}
        for one in rows
    ]
    edges: Json = {
        "data": {"values": [{"edge": -100}, {"edge": 100}]},
        "mark": {"type": "rule", "color": GREY, "strokeWidth": 1.5},
        "encoding": {"y": {"field": "edge", "type": "quantitative"}},
    }
    lines: Json = {
        "mark": {"type": "line", "strokeWidth": 2.5, "point": len(sessions) < MOST},
        "encoding": {
            "x": time_axis(),
            "y": {"field": "part", "type": "quantitative", "title": "percent of the band"},
            "color": {"field": "symbol", "scale": {"domain": names, "range": [*LINES[: len(names)]]},
                      "legend": {"columns": 3, **STROKES}},
            "strokeDash": {"field": "symbol", "scale": {"domain": names, "range": [*DASHES[: len(names)]]}},
        },
    }  # fmt: skip
    last = {one.symbol: one for one in rows if one.session == sessions[-1]}
    ends = ", ".join(f"{line(one.symbol, NAME)} {one.drift / one.band:+.0%}" for one in last.values())
    said = f"100 and -100 are the edges of the band; at the end {ends}"
    when = f"{len(sessions)} sessions from {sessions[0]} to {sessions[-1]}"
    alt = f"Drift as a part of the band on {when}: {said}."
    return picture("drift-over-time", "Drift and bands over time", alt, said, values, [edges, lines], 200)


def risk_picture(parts: Sequence[Contribution]) -> Picture | None:
    """Each position's part of the portfolio's volatility beside its weight; None where none is known."""
    known = sorted((one for one in parts if one.share is not None), key=lambda one: -abs(one.share or 0.0))
    if not known:
        return None
    values = [
        {"symbol": line(one.symbol, NAME), "share": (amount or 0.0) * 100, "of": of}
        for one in known[:MOST]
        for of, amount in (("part of the risk", one.share), ("weight", one.weight))
    ]
    scale = {"domain": ["part of the risk", "weight"], "range": [ORANGE, BLUE]}
    bars = {
        "mark": {"type": "bar"},
        "encoding": {
            "y": {"field": "symbol", "type": "nominal", "sort": None, "title": None},
            "yOffset": {"field": "of", "sort": None},
            "x": {"field": "share", "type": "quantitative", "title": "percent"},
            "color": {"field": "of", "scale": scale},
        },
    }
    most = ", ".join(f"{line(one.symbol, NAME)} {one.share or 0.0:.0%}" for one in known[:3])
    alt = f"Where the volatility of the portfolio comes from: {most}."
    return picture("risk", "Where the risk comes from", alt, f"most from {most}", values, [bars], STEP)


def time_axis() -> Json:
    """The field `session` along the bottom."""
    axis = {"format": "%d %b", "tickCount": 4, "labelOverlap": "greedy", "labelSeparation": 8}
    return {"field": "session", "type": "temporal", "title": None, "axis": axis}


def _points(field: str) -> Json:
    return {"field": field, "type": "quantitative", "title": "points from target"}


def picture(
    name: str, title: str, alt: str, said: str, values: Sequence[Json], layers: Sequence[Json], height: int
) -> Picture:
    """A chart of layers over the same values; each row is STEP high, or the whole `height`."""
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "title": {"text": title, "subtitle": line(said, 70)},
        "data": {"values": [*values]},
        "layer": [*layers],
        "width": WIDTH,
        "height": {"step": STEP, "for": "position"} if height == STEP else height,
        "config": LOOK,
    }
    return Picture(name, title, alt, chart)
