"""Whether the shares of a holding are those that its prices count."""

from collections.abc import Iterable
from datetime import date

from quant.actions.splits import Traded, refused, unannounced, unreconciled
from warehouse.history import Window
from warehouse.tables.batches import Rejected


def announced_since(window: Window, column: int, counted: date | None) -> str | None:
    """Which announced splits of a column's symbol a holding counted on the evening of `counted` may miss."""
    return unreconciled(window.sessions, window.splits[:, column], counted)


def doubted_since(
    window: Window, column: int, counted: date | None, quarantine: Iterable[Rejected]
) -> str | None:
    """Which splits it may miss that were announced and rejected, or else that nobody announced."""
    traded = Traded(
        window.sessions,
        open=window.bars["open"][:, column],
        close=window.bars["close"][:, column],
        splits=window.splits[:, column],
        distributions=window.distributions[:, column],
        derived=window.derived[:, column],
    )
    rejected = {
        row.session: row.rule
        for row in quarantine
        if row.kind == "split" and row.symbol == window.symbols[column] and row.session
    }
    return refused(window.sessions, rejected, counted) or unannounced(traded, counted)
