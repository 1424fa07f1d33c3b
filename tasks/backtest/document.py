"""The result of a backtest as a document, for the terminal or a page. Pure."""

from collections.abc import Iterator

from tasks.backtest.model import Backtest, Name, Series, Tried
from tasks.context.words import count, instant, points, ratio, rounded, share
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Notes,
    Row,
    Table,
    Verdict,
    fact,
    note,
    row,
)

FIRST, NEEDED, USEFUL, DETAIL = Importance
NAMES: dict[Name, str] = {
    "policy": "policy",
    "buy_and_hold": "buy and hold",
    "benchmark": "benchmark",
    "benchmark_policy": "benchmark, same policy",
}
YEAR = 365
"""Days below which a return a year says more than is known (CFA Institute, GIPS 2020: none is shown)."""
BEST = 10
"""Settings of a sweep that a screen shows."""
ASSUMED = (
    "It begins with cash. Every order that no check holds is taken as approved for the next session.",
    "It is done at the open where its limit allows that, else at its limit if the day's range reaches it.",
    "Distributions are paid in cash on their ex-dates, and cash earns nothing.",
    "Nobody overrides a check, and blocked runs disable nothing.",
    "The settings were chosen by somebody who knows this history: a result is no forecast.",
)
"""What a reader must know of every backtest."""


def document(found: Backtest) -> Document:
    """What the policy would have done, beside what it is compared with."""
    show = f"ballast backtest --portfolio {found.portfolio} --start {found.start} --json"
    parts: tuple[AnyPart, ...] = (
        Table(
            "series", "Results", NEEDED, show,
            ("", "value", "a year", "volatility", "Sharpe", "deepest fall", "until"),
            tuple(_series(one) for one in found.series),
        ),
        Table(
            "compared", "The policy against", NEEDED, show,
            ("", "active", "tracking error", "information ratio", "up", "down", "beta"),
            tuple(
                row(
                    NAMES[one.to], points(one.active), share(one.tracking_error),
                    ratio(one.information_ratio), share(one.up_capture), share(one.down_capture),
                    ratio(one.beta),
                )
                for one in found.compared
            ),
        ),
        Facts("traded", "What it traded", NEEDED, show, tuple(_traded(found))),
        _years(found, show),
        _sweep(found, show),
        Notes("reasons", "Why trades were held", USEFUL, show, tuple(map(note, found.traded.reasons))),
        Notes("assumed", "How to read it", USEFUL, show, tuple(note(one, "muted") for one in ASSUMED)),
    )  # fmt: skip
    policy = found.series[0]
    subject = f"Backtest · {found.portfolio} · {found.start} to {found.end}"
    earned = f"{_signed(policy.annual)} a year"
    if (found.end - found.start).days < YEAR:
        earned = f"{_signed(policy.total)}, less than a year"
    said = f"{earned}, {count(found.traded.sessions, 'rebalance')}"
    where = Facts("where", "Where", FIRST, show, tuple(_where(found)))
    verdict = Verdict(subject, said, "plain")
    return Document(verdict, tuple(one for one in parts if one.rows), where)


def _series(one: Series) -> Row:
    fall = one.drawdown
    return row(
        NAMES[one.name],
        "n/a" if one.end is None else rounded(one.end),
        _signed(one.annual),
        share(one.volatility),
        ratio(one.sharpe),
        share(fall.depth),
        "" if fall.peak is None else str(fall.recovered or "not recovered"),
    )


def _traded(found: Backtest) -> Iterator[Fact]:
    done, money = found.traded, found.currency
    yield fact("Rebalances", f"{done.sessions:,} ({done.blocked:,} held by checks)")
    yield fact("Orders", f"{done.done:,} of {done.orders:,} done; the limits of the others were not reached")
    yield fact("Turnover", f"{share(done.turnover)} of value a year")
    yield fact("Costs", "n/a" if done.cost is None else rounded(done.cost, money))
    if done.tax is not None:
        yield fact("Taxes", rounded(done.tax, money))
    yield fact("Outside a band", f"{done.outside:,} of {count(len(found.sessions), 'close')}")


def _years(found: Backtest, show: str) -> Table:
    rows = tuple(
        row(str(year), *(_signed(one.years.get(year)) for one in found.series))
        for year in found.series[0].years
    )
    columns = ("year", *(NAMES[one.name] for one in found.series))
    return Table("years", "Years", USEFUL, show, columns, rows)


def _sweep(found: Backtest, show: str) -> Table:
    """The settings with the highest Sharpe ratio first."""
    tried = sorted(found.sweep, key=lambda one: -(one.sharpe if one.sharpe is not None else -1e9))
    keys = [key.partition(".")[2] for key in found.sweep[0].setting] if found.sweep else []
    columns = (*keys, "a year", "volatility", "Sharpe", "fall", "turnover", "trades on")
    rows = tuple(_tried(one) for one in tried[:BEST])
    caption = f"The best {len(rows)} of {count(len(tried), 'setting')} tried, by Sharpe ratio"
    luck = (
        ""
        if found.luck is None
        else f", and luck alone is expected to find a Sharpe ratio of {found.luck:.2f}"
    )
    warned = f"{found.trials:,} settings of this portfolio were tried so far{luck}."
    return Table("sweep", caption, USEFUL, show, columns, rows, texts=0, note=warned)


def _tried(one: Tried) -> Row:
    setting = (f"{value:g}" for value in one.setting.values())
    if one.error:
        return row(*setting, notes=(one.error,), tone="warning")
    return row(
        *setting, _signed(one.annual), share(one.volatility), ratio(one.sharpe), share(one.drawdown),
        share(one.turnover), f"{one.sessions:,} days",
    )  # fmt: skip


def _where(found: Backtest) -> Iterator[Fact]:
    yield fact("Prices", f"{found.source}, as known at {instant(found.known_at)}")
    if found.asked:
        yield fact("Settings", "; ".join(found.asked))


def _signed(value: float | None) -> str:
    return share(value, "+")
