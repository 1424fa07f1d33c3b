"""The charts of a run's page: those of its message, and its drifts over time. Pure."""

from collections.abc import Iterator, Sequence

from tasks.report.files.pictures import LINES, Picture, drift_over_time_picture, pictures
from tasks.report.model import DriftOn, Report

MOST = len(LINES)
"""So many instruments are drawn over time."""
TITLES = {"value": "value and benchmark", "drift-over-time": "drift and bands over time"}
"""What needs a history."""


def charts(report: Report, past: Sequence[DriftOn]) -> list[Picture]:
    """What there is to draw of a run; `past` are the recorded drifts of MOST instruments up to then."""
    over_time = drift_over_time_picture(past)
    return [*pictures(report), *([over_time] if over_time else [])]


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
