"""What the trades of a run cost: estimated costs, the lots that a sale takes, and its tax."""

import json
from dataclasses import asdict

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
from warehouse.results import null


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


def columns(trade: Trade, inputs: DecisionInputs) -> dict[str, str | None]:
    """The columns `costs`, `lots` and `tax` of a trade, as JSON; the last two None but for a taxed sale."""
    place, terms = inputs.book.places[trade.symbol], inputs.known_terms
    numbers = (float(array[place]) for array in (terms.half_spread, terms.volatility, terms.volume))
    costs = asdict(estimate(trade, terms.costs, *numbers))
    found = {"costs": json.dumps({name: null(value) for name, value in costs.items()})}
    return found | _sale(trade, terms)


def _sale(trade: Trade, terms: TradingTerms) -> dict[str, str | None]:
    if trade.side == "BUY" or terms.tax is None:
        return sale_columns(None)
    own = terms.lots_of.get(trade.symbol, [])
    return sale_columns(terms.sale(own, trade.quantity, trade.close * trade.fx))


def sale_columns(sale: Sale | None) -> dict[str, str | None]:
    """The columns `lots` and `tax` of a trade, as JSON; both None without a taxed sale."""
    if sale is None:
        return {"lots": None, "tax": None}
    told = dict(vars(sale))  # `asdict` copies deeply, which takes longer than all the rest
    lots = [vars(part) for part in told.pop("parts")]
    return {"lots": json.dumps(lots, default=str), "tax": json.dumps(told, default=str)}
