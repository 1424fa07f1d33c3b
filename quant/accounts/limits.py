"""The risk checks of many accounts at once: what quant/checks finds for each, as columns.

Each function of `CHECKS` is the check file of its name, over accounts; a property test holds the two to the
same numbers. What is not here is left to the file (`quant.accounts.alone`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.accounts import ABSENT, BLOCK, PASS, UNKNOWN, WARN, Codes, Mask
from quant.accounts.standing import Standing
from quant.checks._judge import TOLERANCE
from quant.market.panel import Floats
from quant.policy.policy import Limits
from quant.risk.measures import backcast_drawdown, historical_var, together
from quant.trading.sizing import before


@dataclass(frozen=True)
class Found:
    """One check of some accounts: arrays (accounts, scopes), the scopes as `kind` says.

    `kind` is "portfolio", "symbol" or "class". `own`: the trades that a finding about the symbol itself
    holds; `others`: those that any other finding holds; both (accounts, symbols) or (accounts, 1).
    `alone`: accounts, shape (accounts,), of which the check's file must say what is held.
    """

    kind: str
    value: Floats
    limit: float
    status: Codes
    own: Mask | None = None
    others: Mask | None = None
    alone: Mask | None = None


@dataclass(frozen=True)
class Round:
    """Some accounts with the trades that are proposed for them: `quantity` is signed."""

    stand: Standing
    quantity: Floats

    @cached_property
    def traded(self) -> Mask:
        """The symbols with an order."""
        return np.asarray(self.quantity != 0)

    @cached_property
    def bought(self) -> Mask:
        """The symbols with a buy."""
        return np.asarray(self.quantity > 0)

    @cached_property
    def notional(self) -> Floats:
        """Quantity at the close, in the portfolio's currency."""
        return np.asarray(np.abs(self.quantity) * np.nan_to_num(self.stand.market.price))

    @cached_property
    def traded_value(self) -> Floats:
        """The notional of all orders of each account."""
        return np.asarray(self.notional.sum(axis=1))

    @cached_property
    def limit_price(self) -> Floats:
        """The limit price of each order in the symbol's own unit; a buy's where nothing trades."""
        return np.where(self.quantity < 0, self.stand.market.sell, self.stand.market.buy)

    @cached_property
    def weights_after(self) -> Floats:
        """The weights once all trades are done at the close."""
        moved = self.quantity * np.nan_to_num(self.stand.market.price) / self.stand.value[:, None]
        return np.asarray(self.stand.weights + moved)

    @cached_property
    def cash_after(self) -> Floats:
        """The cash once all trades are executed at their limit prices, shape (accounts,)."""
        fx = np.nan_to_num(self.stand.market.book.fx)
        return np.asarray(self.stand.accounts.cash - (self.quantity * self.limit_price * fx).sum(axis=1))

    @cached_property
    def held_or_traded(self) -> Mask:
        """The symbols that an account holds before the trades or trades."""
        return np.asarray((self.stand.accounts.quantity != 0) | self.traded)


def at_most(value: Floats, limit: float, holds: Mask, present: Mask | None = None) -> Codes:
    """Statuses of values against an upper limit, as in quant/checks; `holds`: a breach has what to hold."""
    beyond = ~(value <= limit + TOLERANCE)
    status = np.full(value.shape, PASS)
    if beyond.any():
        status = np.where(beyond, np.where(np.isnan(value), UNKNOWN, np.where(holds, BLOCK, WARN)), PASS)
    return status if present is None else np.where(present, status, ABSENT)


def _per_order(now: Round, value: Floats, limit: float) -> Found:
    status = at_most(value, limit, now.traded, now.traded)
    return Found("symbol", value, limit, status, own=status == BLOCK)


def _of_account(now: Round, value: Floats, limit: float, holds: Mask) -> Found:
    """A number of the whole account, whose breach holds the trades in `holds`."""
    status = at_most(value, limit, np.asarray((holds & now.traded).any(axis=1)))[:, None]
    return Found("portfolio", value[:, None], limit, status, others=holds & (status == BLOCK))


def _everything(now: Round) -> Mask:
    return np.ones((len(now.quantity), 1), bool)


def _cash(now: Round, _: Limits) -> Found:
    stand, policy = now.stand, now.stand.inputs.policy
    value, buffer = stand.value, policy.cash_buffer
    share = now.cash_after / value
    orders = now.traded.sum(axis=1)
    unpaid = policy.min_trade if before(stand.market.book) else 0.0
    dropped = unpaid * (stand.accounts.concerned().sum(axis=1) - orders)
    explained = ~now.bought.any(axis=1) | (now.cash_after + dropped >= buffer * value)
    status = np.where(share >= buffer - TOLERANCE, PASS, np.where(explained, WARN, BLOCK))[:, None]
    return Found("portfolio", share[:, None], buffer, status, others=now.bought & (status == BLOCK))


def _data(now: Round, limits: Limits) -> Found:
    stand, inputs, book = now.stand, now.stand.inputs, now.stand.market.book
    stale = inputs.evidence.stale
    doubtful = {
        *inputs.quarantined,
        *(name for name in inputs.disputed if inputs.disputed[name]),
        *inputs.unrated,
    }
    wrong = np.array([symbol in doubtful for symbol in book.symbols]) | ~(stale <= 0)
    uncounted = np.array([symbol in inputs.unreconciled for symbol in book.symbols])
    uncounted = uncounted & (stand.accounts.quantity != 0)
    concerned = stand.accounts.concerned()
    value = np.broadcast_to(stale, now.quantity.shape)
    status = np.where(concerned, PASS, ABSENT)
    bad = concerned & (wrong | uncounted)
    if not bad.any():
        return Found("symbol", value, 0.0, status)
    small = (_stakes(now) < limits.data_tolerance) & ~uncounted
    status = np.where(bad, np.where(small & ~now.traded, WARN, BLOCK), status)
    blocks = status == BLOCK
    everything = (blocks & ~small).any(axis=1)[:, None]
    return Found("symbol", value, 0.0, status, own=blocks, others=everything)


def _stakes(now: Round) -> Floats:
    """How much hangs on each symbol's data; symbols that miss the same rate count as one."""
    stand, unrated = now.stand, now.stand.inputs.unrated
    symbols = stand.market.book.symbols
    stakes = np.where(stand.accounts.concerned(), np.abs(stand.weights) + stand.market.book.target, 0.0)
    for cause in set(unrated.values()):
        same = np.array([unrated.get(symbol) == cause for symbol in symbols])
        stakes = np.where(same, stakes[:, same].sum(axis=1)[:, None], stakes)
    return stakes


def _kill_switch(now: Round, _: Limits) -> Found:
    on = now.stand.inputs.kill_switch is not None
    value = np.full((len(now.quantity), 1), float(on))
    others = _everything(now) if on else None
    return Found("portfolio", value, 0.0, np.full(value.shape, BLOCK if on else PASS), others=others)


def _max_adv(now: Round, limits: Limits) -> Found:
    volume = now.stand.inputs.evidence.average_volume
    share = np.abs(now.quantity) / np.where(volume > 0, volume, np.nan)
    return _per_order(now, share, limits.max_adv or 0.0)


def _max_class_weight(now: Round, limits: Limits) -> Found:
    members = now.stand.market.membership
    value = now.weights_after @ members
    present, bought = now.held_or_traded @ members > 0, now.bought @ members > 0
    status = at_most(value, limits.max_class_weight or 0.0, bought, present)
    others = now.bought & ((status == BLOCK)[:, now.stand.market.class_of])
    return Found("class", value, limits.max_class_weight or 0.0, status, others=others)


def _max_herfindahl(now: Round, limits: Limits) -> Found:
    weights, moved = now.stand.weights, now.weights_after
    value = np.square(moved).sum(axis=1)
    before = np.square(weights).sum(axis=1)[:, None]
    raised = before - np.square(weights) + np.square(moved) > before + 1e-12
    return _of_account(now, value, limits.max_herfindahl or 0.0, raised & now.traded)


def _max_leverage(now: Round, limits: Limits) -> Found:
    weights, moved = np.abs(now.stand.weights), np.abs(now.weights_after)
    raised = moved - weights > 1e-12
    return _of_account(now, moved.sum(axis=1), limits.max_leverage or 0.0, raised & now.traded)


def _max_notional(now: Round, limits: Limits) -> Found:
    return _of_account(now, now.traded_value, limits.max_notional or 0.0, _everything(now))


def _max_order_quantity(now: Round, limits: Limits) -> Found:
    return _per_order(now, np.abs(now.quantity), limits.max_order_quantity or 0.0)


def _max_order_value(now: Round, limits: Limits) -> Found:
    return _per_order(now, now.notional, limits.max_order_value or 0.0)


def _max_turnover(now: Round, limits: Limits) -> Found:
    turnover = now.traded_value / (2 * now.stand.value)
    return _of_account(now, turnover, limits.max_turnover or 0.0, _everything(now))


def _max_weight(now: Round, limits: Limits) -> Found:
    limit = limits.max_weight or 0.0
    status = at_most(now.weights_after, limit, now.bought, now.held_or_traded)
    if not before(now.stand.market.book):  # a target above the limit is never reached
        status = np.where((status == PASS) & (now.stand.market.book.target > limit + TOLERANCE), WARN, status)
    return Found("symbol", now.weights_after, limit, status, own=status == BLOCK)


def _min_cash(now: Round, limits: Limits) -> Found:
    limit, share = limits.min_cash or 0.0, now.cash_after / now.stand.value
    blocked = np.where(now.bought.any(axis=1), BLOCK, WARN)
    status = np.where(share >= limit - TOLERANCE, PASS, blocked)[:, None]
    return Found("portfolio", share[:, None], limit, status, others=now.bought & (status == BLOCK))


def _price_collar(now: Round, limits: Limits) -> Found:
    limit, market = limits.price_collar or 0.0, now.stand.market
    sides = [_distance(now, prices, limit) for prices in (market.sell, market.buy)]
    value = np.where(now.quantity < 0, *sides)
    return _per_order(now, value, limit)


def _distance(now: Round, prices: Floats, limit: float) -> Floats:
    """How far limit prices are from the last two closes, shape (symbols,); NaN where that is not known."""
    previous = now.stand.inputs.evidence.previous_adjusted
    with np.errstate(divide="ignore", invalid="ignore"):
        today = np.abs(prices / now.stand.market.book.close - 1)
        before = np.abs(prices / previous - 1)
    unknown = np.where(today <= limit + TOLERANCE, np.nan, today)
    return np.where(np.isnan(previous), unknown, np.maximum(today, before))


def _restricted(now: Round, limits: Limits) -> Found:
    listed = np.array([symbol in limits.restricted for symbol in now.stand.market.book.symbols])
    status = np.where(now.traded, np.where(listed, BLOCK, PASS), ABSENT)
    return Found("symbol", np.where(listed, now.notional, 0.0), 0.0, status, own=status == BLOCK)


def _var(now: Round, limits: Limits, *, after: bool = False) -> Found:
    past = _backcast(now, 500, after=after)
    value = (
        np.quantile(-past, 0.95, axis=1, method="higher")
        if past is not None
        else _one_by_one(now, historical_var, after=after)
    )
    return _judged_alone(value, limits.var_95 or 0.0)


def _drawdown(now: Round, limits: Limits, *, after: bool = False) -> Found:
    past = _backcast(now, 252, after=after)
    if past is None:
        return _judged_alone(_one_by_one(now, backcast_drawdown, after=after), limits.max_drawdown or 0.0)
    wealth = np.cumprod(np.hstack([np.ones((len(past), 1)), 1 + past]), axis=1)
    value = np.max(1 - wealth / np.maximum.accumulate(wealth, axis=1), axis=1)
    return _judged_alone(value, limits.max_drawdown or 0.0)


def _backcast(now: Round, count: int, *, after: bool) -> Floats | None:
    """Returns of the accounts' weights on the last `count` sessions; None where a symbol lacks one.

    None also where one is missing just before: the first of them then runs over more than its session.
    """
    known = now.stand.inputs.evidence.returns
    returns = known[-count:]
    everybody = np.ones(known.shape[1], bool)
    if len(returns) < count or np.isnan(returns).any() or together(known, everybody) is not known:
        return None
    return np.asarray((now.weights_after if after else now.stand.weights) @ returns.T)


def _one_by_one(now: Round, measure: Callable[[Floats, Floats], float], *, after: bool) -> Floats:
    weights = now.weights_after if after else now.stand.weights
    return np.array([measure(row, now.stand.inputs.evidence.returns) for row in weights])


def _judged_alone(value: Floats, limit: float) -> Found:
    """Which trades a breach holds needs a backcast per trade: the check's own file does that."""
    status = np.where(np.isnan(value), UNKNOWN, PASS)[:, None]
    return Found("portfolio", value[:, None], limit, status, alone=value > limit)


CHECKS: Mapping[str, tuple[str | None, Callable[[Round, Limits], Found]]] = {
    "cash": (None, _cash),
    "data": (None, _data),
    "kill_switch": (None, _kill_switch),
    "max_adv": ("max_adv", _max_adv),
    "max_class_weight": ("max_class_weight", _max_class_weight),
    "max_drawdown": ("max_drawdown", _drawdown),
    "max_drawdown_after_trades": ("max_drawdown", lambda now, limits: _drawdown(now, limits, after=True)),
    "max_herfindahl": ("max_herfindahl", _max_herfindahl),
    "max_leverage": ("max_leverage", _max_leverage),
    "max_notional": ("max_notional", _max_notional),
    "max_order_quantity": ("max_order_quantity", _max_order_quantity),
    "max_order_value": ("max_order_value", _max_order_value),
    "max_turnover": ("max_turnover", _max_turnover),
    "max_weight": ("max_weight", _max_weight),
    "min_cash": ("min_cash", _min_cash),
    "price_collar": ("price_collar", _price_collar),
    "restricted": ("restricted", _restricted),
    "var_95": ("var_95", _var),
    "var_95_after_trades": ("var_95", lambda now, limits: _var(now, limits, after=True)),
}
"""Each check with the limit that turns it on (None: always on), in the order of the names."""


def in_force(limits: Limits, known: Collection[str] | None) -> list[str]:
    """The checks of those `known` (None: all) that `limits` turn on; an empty list, as no limit, does not."""
    on = [name for name, (limit, _) in CHECKS.items() if limit is None or _is_set(getattr(limits, limit))]
    return [name for name in on if known is None or name in known]


def _is_set(limit: object) -> bool:
    return limit is not None and limit != ()
