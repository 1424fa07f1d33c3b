"""A picture of the last hour: the prices of what falls, as a change since the hour began. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from quant.documents import Json
from tasks.report.document import NAME, line
from tasks.report.files.pictures import DASHES, GREY, LINES, STROKES, Picture, picture


@dataclass(frozen=True)
class Hour:
    """The last prices by minute: `ends` of the minutes (aware), prices by symbol, NaN before the first bar.

    `fired` is when each symbol's fall was seen.
    """

    ends: Sequence[datetime]
    prices: Mapping[str, Sequence[float]]
    fired: Mapping[str, datetime]


def hour_picture(hour: Hour, zone: str) -> Picture | None:
    """The deepest falls first, at most as many as there are LINES; None for fewer than two minutes."""
    changes = {line(symbol, NAME): _changes(prices) for symbol, prices in hour.prices.items()}
    known = {symbol: rows for symbol, rows in changes.items() if len(rows) > 1}
    names = sorted(known, key=lambda symbol: min(known[symbol].values()))[: len(LINES)]
    if not names:
        return None
    local = [one.astimezone(ZoneInfo(zone)) for one in hour.ends]
    values = [
        {"at": f"{local[place]:%Y-%m-%dT%H:%M:%S}", "change": change * 100, "symbol": symbol}
        for symbol in names
        for place, change in known[symbol].items()
    ]
    lines: Json = {
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            "x": {"field": "at", "type": "temporal", "title": None,
                  "axis": {"format": "%H:%M", "tickCount": 4}},
            "y": {"field": "change", "type": "quantitative", "title": "percent", "scale": {"zero": True}},
            "color": {"field": "symbol", "scale": {"domain": names, "range": [*LINES[: len(names)]]},
                      "legend": {"columns": 3, **STROKES}},
            "strokeDash": {"field": "symbol", "scale": {"domain": names, "range": [*DASHES[: len(names)]]}},
        },
    }  # fmt: skip
    seen = min(hour.fired.values()).astimezone(ZoneInfo(zone))
    rule: Json = {
        "data": {"values": [{"at": f"{seen:%Y-%m-%dT%H:%M:%S}"}]},
        "mark": {"type": "rule", "color": GREY, "strokeDash": [4, 4]},
        "encoding": {"x": {"field": "at", "type": "temporal"}},
    }
    deepest = ", ".join(f"{symbol} {min(known[symbol].values()):+.1%}" for symbol in names[:3])
    when = f"{local[0]:%H:%M} to {local[-1]:%H:%M %Z}"
    said = f"lowest since {local[0]:%H:%M}: {deepest}"
    alt = f"Prices from {when}: {said}. The dashed line is when the fall was seen, {seen:%H:%M}."
    return picture("last-hour", f"The last hour, {when}", alt, said, values, [rule, lines], 180)


def _changes(prices: Sequence[float]) -> dict[int, float]:
    """The change of each minute's price since the first known one, by its place."""
    known = {place: price for place, price in enumerate(prices) if math.isfinite(price)}
    first = next(iter(known.values()), 1.0)
    return {place: price / first - 1 for place, price in known.items()}
