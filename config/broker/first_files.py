"""The text of a first portfolio's two files, made from a broker's positions."""

import csv
import io
from dataclasses import dataclass
from json import dumps

from config.broker.positions import Positions
from config.examples import SHIPPED
from quant.printable import printable

HEAD = """\
# Made from {source}. Every key: docs/reference.md.
name = {name}
currency = {currency}
calendar = {calendar}
{benchmark}holdings = {holdings}
cash = {cash:.2f}

# Messages go to this channel once BALLAST_SLACK_TOKEN is set (docs/slack.md). Remove the two marks:
# [slack]
# channel = "#portfolio-{plain}"

# {about}
"""
TARGET = """
[[target]]
symbol = "{symbol}"
asset_class = "unclassified"       # e.g. equity, bonds, commodities, real_estate
weight = {weight:.4f}
"""
TAIL = """
[rebalance]
band_absolute = 0.05               # a trade is wanted when a weight is 5 points away from its target,
band_relative = 0.25               # or a quarter of the target, if that is less
min_trade = 100.0
cash_buffer = 0.01
limit_offset = 0.005

[risk]
max_turnover = 0.25
price_collar = 0.05
"""
EXAMPLE = "core"
BY_VALUE = "The targets are what you hold today, by market value. Change them to what you want to hold."
EQUAL = (
    "The broker's file has no market values, so the targets are equal. Change them to what you want to hold."
)


@dataclass(frozen=True)
class Head:
    """The keys at the top of a portfolio file, and the `source` that its first line names."""

    name: str
    currency: str
    calendar: str
    benchmark: str | None
    source: str


def portfolio_text(head: Head, positions: Positions) -> str:
    """The TOML text: a target for each holding, and the usual bands and limits."""
    shares = weights(positions)
    text = HEAD.format(
        plain=head.name,
        source=printable(head.source),
        name=dumps(head.name),
        currency=dumps(head.currency),
        calendar=dumps(head.calendar),
        benchmark=f"benchmark = {dumps(head.benchmark)}\n" if head.benchmark else "",
        holdings=dumps(f"{head.name}.holdings.csv"),
        cash=positions.cash,
        about=BY_VALUE if _is_valued(positions) else EQUAL,
    )
    return text + "".join(TARGET.format(symbol=name, weight=share) for name, share in shares.items()) + TAIL


def holdings_text(positions: Positions) -> str:
    """The CSV text, one row for each lot; a column that no lot has a value for is left out."""
    columns = ["symbol", "quantity"]
    columns += [
        name for name in ("cost_basis", "acquired") if any(getattr(lot, name) for lot in positions.lots)
    ]
    output = io.StringIO(newline="")
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    for lot in positions.lots:
        row = vars(lot) | {"quantity": _short(lot.quantity)}
        row["cost_basis"] = "" if lot.cost_basis is None else _short(lot.cost_basis)
        writer.writerow(["" if row[name] is None else row[name] for name in columns])
    return output.getvalue()


def weights(positions: Positions) -> dict[str, float]:
    """A target weight for each symbol, in hundredths of a percent; they sum to 1.

    The largest takes what rounding leaves over, and none is 0: that would mean to sell it.
    """
    symbols = list(dict.fromkeys(lot.symbol for lot in positions.lots))
    values = positions.values if _is_valued(positions) else dict.fromkeys(symbols, 1.0)
    total = sum(values[symbol] for symbol in symbols)
    units = {symbol: max(1, round(10_000 * values[symbol] / total)) for symbol in symbols}
    units[max(units, key=lambda symbol: units[symbol])] += 10_000 - sum(units.values())
    return {symbol: count / 10_000 for symbol, count in units.items()}


def _is_valued(positions: Positions) -> bool:
    return all(positions.values.get(lot.symbol, 0.0) > 0 for lot in positions.lots)


def _short(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".")


def example_texts(name: str) -> dict[str, str]:
    """The shipped example under another name: the texts of its two files, by their names."""
    toml = (SHIPPED / f"{EXAMPLE}.toml").read_text(encoding="utf-8")
    return {
        f"{name}.toml": toml.replace(f'"{EXAMPLE}', f'"{name}').replace(f"-{EXAMPLE}", f"-{name}"),
        f"{name}.holdings.csv": (SHIPPED / f"{EXAMPLE}.holdings.csv").read_text(encoding="utf-8"),
    }


def texts(head: Head, positions: Positions) -> dict[str, str]:
    """The texts of a portfolio's two files, by their names."""
    return {
        f"{head.name}.toml": portfolio_text(head, positions),
        f"{head.name}.holdings.csv": holdings_text(positions),
    }
