"""What the trades of a run cost: estimated costs, the lots that a sale takes, and its tax."""

import math
from datetime import datetime

import numpy as np

from quant.book.book import Trade
from quant.decision_inputs import DecisionInputs
from quant.market.returns import ANNUALISATION
from quant.trading.costs import estimate
from quant.trading.lots import Lot
from quant.trading.sales import Sale
from quant.trading.trading_terms import TradingTerms
from tasks.snapshot import triggers
from tasks.snapshot.snapshot import Snapshot
from warehouse.tables.found import LOTS, TAX, Costs, LotRow, Tax


def terms(snapshot: Snapshot) -> TradingTerms:
    """What trading costs on the run's session; the orders are good for the next one."""
    portfolio, symbols = snapshot.portfolio, snapshot.book.symbols
    own = {target.symbol: target.half_spread for target in portfolio.target}
    spreads = [own.get(symbol) for symbol in symbols]
    volatility = triggers.past(snapshot).volatility
    assert volatility is not None  # it is measured for every run
    return TradingTerms(
        costs=portfolio.costs,
        half_spread=np.array([portfolio.costs.half_spread if one is None else one for one in spreads]),
        volatility=volatility / ANNUALISATION,
        volume=snapshot.evidence.average_volume,
        returns=snapshot.evidence.returns,
        lots=_lots(snapshot),
        tax=portfolio.tax,
        day=portfolio.exchange().next_close(snapshot.run.session).date(),
        max_weight=portfolio.risk.max_weight,
        definitions=snapshot.definitions,
    )


def _lots(snapshot: Snapshot) -> tuple[Lot, ...]:
    """The lots held, at the session's rate; empty without [tax], for then they may lack date and basis."""
    if snapshot.portfolio.tax is None:
        return ()
    fx = dict(zip(snapshot.book.symbols, snapshot.book.fx.tolist(), strict=True))
    return tuple(
        Lot(lot.symbol, lot.acquired, lot.quantity, lot.cost_basis * fx[lot.symbol])
        for lot in snapshot.portfolio.lots
        if lot.quantity and lot.acquired is not None and lot.cost_basis is not None
    )


def costs(trade: Trade, inputs: DecisionInputs) -> Costs:
    """What a trade is estimated to cost."""
    place, terms = inputs.book.places[trade.symbol], inputs.known_terms
    numbers = (float(array[place]) for array in (terms.half_spread, terms.volatility, terms.volume))
    found = estimate(trade, terms.costs, *numbers)
    return Costs(known(found.commission), known(found.spread), known(found.impact))


def sold(trade: Trade, inputs: DecisionInputs) -> tuple[tuple[LotRow, ...] | None, Tax | None]:
    """The lots that a trade takes, and its tax; both None but for a taxed sale."""
    terms = inputs.known_terms
    if trade.side == "BUY" or terms.tax is None:
        return None, None
    own = terms.lots_of.get(trade.symbol, [])
    sale = terms.sale(own, trade.quantity, trade.close * trade.fx)
    return tuple(LotRow(**vars(part) | {"acquired": str(part.acquired)}) for part in sale.parts), _tax(sale)


def sale_texts(sale: Sale | None) -> tuple[str | None, str | None]:
    """The columns `lots` and `tax` of an account's trade as they are stored."""
    return (None, None) if sale is None else (LOTS.text(sale.parts), TAX.text(_tax(sale)))


def _tax(sale: Sale) -> Tax:
    until = None if sale.wash_until is None else str(sale.wash_until)
    return Tax(sale.short_gain, sale.long_gain, sale.disallowed, sale.tax, until)


def expiry(snapshot: Snapshot, symbol: str) -> datetime:
    """When an order of the run ends: at the close of the next session of its exchange."""
    return snapshot.portfolio.exchange(snapshot.calendars[symbol]).next_close(snapshot.run.session)


def known(value: float) -> float | None:
    """A number of a document, None where it cannot be computed."""
    return None if math.isnan(value) else value
