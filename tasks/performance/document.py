"""A portfolio's performance as a document, for the terminal, a page and a message. Pure."""

from collections.abc import Iterator

from tasks.context.words import count, points, ratio, rounded, share
from tasks.performance.model import Fall, Performance, Series, To
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Notes,
    Place,
    Row,
    Table,
    Verdict,
    fact,
    note,
    row,
)

FIRST, NEEDED, USEFUL, DETAIL = Importance
NAMES: dict[To, str] = {
    "benchmark": "benchmark",
    "same_policy": "benchmark, same policy",
    "strategic": "strategic weights",
}


def document(found: Performance) -> Document:
    """How a portfolio has done, and where that comes from."""
    show = f"ballast performance {found.portfolio} --start {found.start} --json"
    subject = f"{found.portfolio} · {found.start} to {found.end}"
    said = f"{share(found.twr, '+')} time-weighted, {share(found.mwr, '+')} money-weighted"
    where = Facts("where", "Where", FIRST, show, (fact("All of it", show, "command"),))
    return Document(Verdict(subject, said, "plain"), (*parts(found, show), *_months(found, show)), where)


def parts(found: Performance, show: str, place: Place = Place.MESSAGE) -> tuple[AnyPart, ...]:
    """What a performance says without its months; parts that have nothing to say are left out."""
    made: tuple[AnyPart, ...] = (
        Facts("earned", "Earned", NEEDED, show, tuple(_earned(found)), place=place),
        series(found, show, place),
        Table(
            "against", "The portfolio against", NEEDED, show,
            ("", "active", "tracking error", "information ratio", "up", "down", "beta"),
            tuple(
                row(
                    NAMES[one.to], points(one.active), share(one.tracking_error),
                    ratio(one.information_ratio), share(one.up_capture), share(one.down_capture),
                    ratio(one.beta),
                )
                for one in sorted(found.against, key=lambda one: [*NAMES].index(one.to))
            ),
            place=place,
        ),
        attribution(found, show, place),
        Facts("rebalancing", "What rebalancing earned", USEFUL, show, tuple(_traded(found)), place=place),
        Notes(
            "performance-notes", "About these figures", USEFUL, show, tuple(map(note, found.notes)),
            place=place,
        ),
    )  # fmt: skip
    return tuple(one for one in made if one.rows)


def series(found: Performance, show: str, place: Place = Place.MESSAGE) -> Table:
    """The portfolio beside what it is compared with."""
    own = Series(
        return_=found.twr, cagr=found.cagr, volatility=found.volatility, sharpe=found.sharpe,
        max_drawdown=found.max_drawdown,
    )  # fmt: skip
    named: dict[str, Series | None] = {
        "portfolio": own, NAMES["benchmark"]: found.benchmark, NAMES["same_policy"]: found.same_policy,
        NAMES["strategic"]: found.strategic,
    }  # fmt: skip
    return Table(
        "performance", f"Performance from {found.start} to {found.end}", NEEDED, show,
        ("", "return", "a year", "volatility", "Sharpe", "deepest fall", "until"),
        tuple(_series(name, one) for name, one in named.items() if one),
        note="A year: of a stretch of at least one. Strategic weights: held every day, without costs.",
        place=place,
    )  # fmt: skip


def attribution(found: Performance, show: str, place: Place = Place.MESSAGE) -> Table:
    """What each class added to the return over the strategic weights; the last row is the sum."""
    rows = [
        row(
            one.asset_class, share(one.weight), share(one.target), _bare(one.allocation),
            _bare(one.selection), _bare(one.interaction),
            _bare(sum(filter(None, (one.allocation, one.selection, one.interaction)))),
        )
        for one in found.attribution
    ]  # fmt: skip
    if rows:
        sums = [
            sum(filter(None, (getattr(one, name) for one in found.attribution)))
            for name in ("allocation", "selection", "interaction")
        ]
        left = found.unattributed or 0.0
        rows.append(row("trades and the rest", "", "", "", "", "", _bare(left)))
        rows.append(row("all", "", "", *map(_bare, sums), _bare(sum(sums) + left)))
    return Table(
        "attribution", "Against the strategic weights, by class", USEFUL, show,
        ("", "weight", "target", "allocation", "selection", "interaction", "sum"), tuple(rows),
        note="In points of return: Brinson-Fachler, linked over time. Weights are means.", place=place,
    )  # fmt: skip


def _bare(value: float | None) -> str:
    """Points without the word, for a table that says it."""
    return points(value).removesuffix(" points")


def _series(name: str, one: Series) -> Row:
    fall = one.max_drawdown
    named = f"{name} {one.symbol}" if one.symbol and name == NAMES["benchmark"] else name
    return row(
        named, share(one.return_, "+"), share(one.cagr, "+"), share(one.volatility), ratio(one.sharpe),
        share(fall.value), "" if fall.from_ is None else str(fall.recovered or "not recovered"),
    )  # fmt: skip


def _earned(found: Performance) -> Iterator[Fact]:
    money = found.currency
    begin, end = (
        rounded(one, money) if one is not None else "n/a" for one in (found.begin_value, found.end_value)
    )
    yield fact("Value", f"{begin} on {found.start}, {end} on {found.end}")
    if found.flows or found.went:
        yield fact(
            "Paid in and out", f"{rounded(found.flows or 0.0, money)}, {rounded(found.went or 0.0, money)}"
        )
    yield fact("Time-weighted", _with_year(found.twr, found.cagr))
    yield fact("Money-weighted", _with_year(found.mwr, found.mwr_annual))
    yield fact("Deepest fall", fallen(found.max_drawdown))


def fallen(fall: Fall) -> str:
    """Such as "-18.61%, from 2011-04-29 to 2011-10-03, made up by 2012-02-03"."""
    if fall.from_ is None:
        return "none"
    up = f"made up by {fall.recovered}" if fall.recovered else "not made up yet"
    return f"{share(fall.value)}, from {fall.from_} to {fall.to}, {up}"


def _with_year(whole: float | None, annual: float | None) -> str:
    return f"{share(whole, '+')}, {share(annual, '+')} a year" if annual is not None else share(whole, "+")


def _traded(found: Performance) -> Iterator[Fact]:
    done, money = found.rebalancing, found.currency
    if done is None:
        return
    if done.market is None:
        yield fact("Fills", f"{done.fills:,}; what they earned is not known: a price is missing")
        return
    yield fact("Moves of prices since", f"{rounded(done.market, money)} from {count(done.fills, 'fill')}")
    yield fact("Commissions", rounded(done.commission or 0.0, money))
    if done.tax is not None:
        yield fact("Taxes on what was sold", rounded(done.tax, money))
    yield fact("Together", f"{rounded(done.net or 0.0, money)}, {share(done.share, '+')} of the mean value")


def _months(found: Performance, show: str) -> tuple[Table, ...]:
    rows = tuple(row(one.month, share(one.portfolio, "+"), share(one.benchmark, "+")) for one in found.months)
    columns = ("month", "portfolio", "benchmark")
    return (Table("months", "Months", DETAIL, show, columns, rows),) if rows else ()
