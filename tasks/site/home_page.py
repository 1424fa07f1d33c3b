"""The home page: every portfolio with its newest decision, the alerts, then the runs before. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

from tasks.alerts.decided import Alert
from tasks.context.words import amount
from tasks.report.formats.html import part
from tasks.run.run_list import Listed
from tasks.site import alerts
from tasks.site.page import page

NAMED = {
    "running": "at work", "failed": "FAILED", "held": "HELD", "partial": "partly HELD",
    "recommended": "recommended", "no_action": "nothing to do",
}  # fmt: skip
TONES = {"failed": "bad", "held": "bad", "partial": "warning", "recommended": "good"}


@dataclass(frozen=True)
class Latest:
    """A portfolio's newest run; `value` is in `currency`, None: not known; `started_at` is UTC."""

    run_id: str
    portfolio: str
    session: date
    status: str
    value: float | None
    started_at: datetime
    trades: int
    held: int
    currency: str


def render(
    portfolios: Sequence[Latest], runs: Sequence[Listed], found: Sequence[Alert], made: datetime
) -> str:
    """The whole page; `made` is when, in UTC. Alerts that are not over stand first."""
    told = [part(alerts.table("alerts", "Alerts", found, "UTC"))] if found else []
    first = alerts.open_ones(found)
    main = "\n".join(
        [
            f'<p class="subject">As of {made:%Y-%m-%d %H:%M} UTC</p>\n<h1>Portfolios</h1>',
            *(told if first else []),
            *_table("newest", "The newest decisions", COLUMNS, map(_latest, portfolios)),
            *([] if first else told),
            *_table("runs", "Runs, the newest first", RUN_COLUMNS, map(_earlier, runs)),
        ]
    )
    return page("Portfolios · Ballast", main, [("whatif", "What if")])


COLUMNS = ("portfolio", "session", "decision", "trades", "value")
RUN_COLUMNS = ("run", "portfolio", "session", "decision", "started (UTC)")


def _table(name: str, caption: str, columns: Sequence[str], rows: Iterable[str]) -> Iterator[str]:
    yield f'<section aria-labelledby="{name}">\n<h2 id="{name}">{escape(caption)}</h2>'
    yield f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}"><table>'
    heads = "".join(f'<th scope="col"{_number(column)}>{escape(column)}</th>' for column in columns)
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    yield from rows
    yield "</tbody></table></div>\n</section>"


def _number(column: str) -> str:
    return ' class="number"' if column in {"trades", "value"} else ""


def _latest(one: Latest) -> str:
    trades = f"{one.trades} ({one.held} held)" if one.held else str(one.trades)
    value = amount(one.value, one.currency) if one.value is not None else "not known"
    return (
        f'<tr><th scope="row">{_link(one.run_id, one.portfolio)}</th><td class="day">{one.session}</td>'
        f'{_decision(one.status)}<td class="number">{trades}</td><td class="number">{escape(value)}</td></tr>'
    )


def _earlier(one: Listed) -> str:
    notes = [" (a past session)"] if one.historical else []
    notes += [f" (replaced by {escape(one.superseded_by)})"] if one.superseded_by else []
    decision = _decision(one.status, "".join(notes))
    return (
        f'<tr><th scope="row">{_link(one.run_id, one.run_id)}</th><td>{escape(one.portfolio)}</td>'
        f'<td class="day">{one.session}</td>{decision}'
        f"<td>{one.started_at:%Y-%m-%d %H:%M}</td></tr>"
    )


def _decision(status: str, notes: str = "") -> str:
    return f'<td class="{TONES.get(status, "plain")}">{escape(NAMED.get(status, status))}{notes}</td>'


def _link(run_id: str, text: str) -> str:
    return f'<a href="runs/{escape(run_id)}.html">{escape(text)}</a>'
