"""The charts of a run's page: those of its message, and its drifts over time. Pure."""

from collections.abc import Iterator, Sequence

import numpy as np

from quant.documents import Json
from quant.performance.measures import drawdowns
from tasks.performance.document import fallen
from tasks.performance.model import Performance
from tasks.report.document import NAME, line
from tasks.report.files.pictures import (
    BLUE,
    LINES,
    ORANGE,
    STROKES,
    Picture,
    drift_over_time_picture,
    picture,
    pictures,
    time_axis,
)
from tasks.report.model import DriftOn, Report

MOST = len(LINES)
"""So many instruments are drawn over time."""
TITLES = {"value": "value and benchmark", "drift-over-time": "drift and bands over time"}
"""What needs a history."""


def charts(report: Report, past: Sequence[DriftOn], earned: Performance | None = None) -> list[Picture]:
    """What there is to draw of a run; `past` are the recorded drifts of MOST instruments up to then.

    `earned` is how the portfolio has done up to then.
    """
    more = [drift_over_time_picture(past), falls_picture(earned) if earned else None]
    return [*pictures(report), *(one for one in more if one)]


def falls_picture(earned: Performance) -> Picture | None:
    """How far portfolio and benchmark lie below their highest values so far; None where nothing fell."""
    own, bench = (
        drawdowns(np.array([getattr(day, name) for day in earned.days], float))
        for name in ("portfolio", "benchmark")
    )
    if not np.nanmin(own) < 0:
        return None
    whose = line(earned.benchmark.symbol or "", NAME) if earned.benchmark else ""
    lines = {"portfolio": own} | ({whose: bench} if whose else {})
    values: list[Json] = [
        {"session": str(day.session), "below": float(below) * 100, "of": name}
        for name, falls in lines.items()
        for day, below in zip(earned.days, falls, strict=True)
    ]
    names = [*lines]
    drawn: Json = {
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            "x": time_axis(),
            "y": {"field": "below", "type": "quantitative", "title": "percent"},
            "color": {"field": "of", "scale": {"domain": names, "range": [BLUE, ORANGE]}, "legend": STROKES},
            "strokeDash": {"field": "of", "scale": {"domain": names, "range": [[1, 0], [5, 3]]}},
        },
    }
    said = f"deepest {fallen(earned.max_drawdown)}"
    alt = f"How far the value lies below its highest one so far, from {earned.start} to {earned.end}: {said}."
    return picture("falls", "Below the highest value so far", alt, said, values, [drawn], 140)


def lacking(report: Report, found: Sequence[Picture]) -> Iterator[str]:
    """Why there is no picture of what happened over time, a sentence."""
    titles = [title for name, title in TITLES.items() if name not in {one.name for one in found}]
    if not titles or report.status == "failed":
        return
    if report.historical:
        why = "this run is for study of a past session, which belongs to no history"
    else:
        why = "that needs runs of at least two sessions, for the value without a gap between them"
    yield f"No picture of {', or of '.join(titles)}: {why}."
