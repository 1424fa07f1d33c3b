"""What a run must find, worked out again from the words of the definitions: imports nothing of ours.

Shares, prices and weights are exact fractions of the decimals in the files; only statistics are floats.
Covers destination "target" and the limits of orders, weights, turnover, prices and data. VaR and drawdown are
measured, but hold nothing here.
"""

import csv
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def exact(number: object) -> Fraction:
    """A number as it is written."""
    return Fraction(str(number))


@dataclass(frozen=True)
class Portfolio:
    """A portfolio file and its holdings: `held` in shares, over all lots, `target` as a share of value."""

    symbols: list[str]
    held: Mapping[str, Fraction]
    target: Mapping[str, Fraction]
    classes: Mapping[str, str]
    cash: Fraction
    policy: Mapping[str, Any]
    limits: Mapping[str, Any]
    benchmark: str


@dataclass(frozen=True)
class Market:
    """Frames of sessions by symbols up to one session, NaN without a bar; `volume` and `bars` (open, high,
    low, close) are split-adjusted.
    """

    traded: pd.DataFrame
    adjusted: pd.DataFrame
    total: pd.DataFrame
    volume: pd.DataFrame
    bars: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Order:
    """A trade with its limit price; `factor` is what cash left of all buys."""

    symbol: str
    side: str
    quantity: Fraction
    limit: Fraction
    notional: Fraction
    factor: Fraction
    held: bool = False


@dataclass(frozen=True)
class Drift:
    target: Fraction
    actual: Fraction
    band: Fraction

    @property
    def drift(self) -> Fraction:
        return self.actual - self.target

    @property
    def breached(self) -> bool:
        return abs(self.drift) > self.band


@dataclass(frozen=True)
class Book:
    """A portfolio at the closes of one session, or the last ones before; `stale` symbols have none on it."""

    portfolio: Portfolio
    market: Market
    close: Mapping[str, Fraction]
    stale: frozenset[str]
    value: Fraction

    def weight(self, symbol: str, traded: Fraction = Fraction(0)) -> Fraction:
        return (self.portfolio.held[symbol] + traded) * self.close[symbol] / self.value


def read_portfolio(path: Path) -> Portfolio:
    """The portfolio in a TOML file that leaves nothing to defaults."""
    raw = tomllib.loads(path.read_text(), parse_float=str)
    targets = raw["target"]
    with (path.parent / raw["holdings"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    symbols = list(dict.fromkeys([*(row["symbol"] for row in targets), *(row["symbol"] for row in rows)]))
    held = {symbol: Fraction(0) for symbol in symbols}
    for row in rows:
        held[row["symbol"]] += exact(row["quantity"])
    target = {symbol: Fraction(0) for symbol in symbols} | {t["symbol"]: exact(t["weight"]) for t in targets}
    classes = dict.fromkeys(symbols, "none") | {t["symbol"]: t["asset_class"] for t in targets}
    cash, benchmark = exact(raw["cash"]), raw["benchmark"]
    return Portfolio(symbols, held, target, classes, cash, raw["rebalance"], raw["risk"], benchmark)


def read_market(path: Path, session: str, symbols: list[str]) -> Market:
    """The bars of a price file up to a session, adjusted for what it says of splits and distributions."""
    rows = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    rows["session"] = pd.to_datetime(rows["session"])
    rows = rows[(rows["session"] <= session) & rows["symbol"].isin(symbols)]
    columns = {
        name: rows.pivot_table(index="session", columns="symbol", values=name)
        for name in rows.columns.difference(["symbol", "session"])
    }
    close = columns["close"]
    split = columns["split"].fillna(1.0) if "split" in columns else close * 0 + 1.0
    later = split[::-1].cumprod()[::-1] / split
    adjusted = close / later
    if "dividend" in columns:
        before = adjusted.ffill().shift()
        kept = (1 - columns["dividend"].fillna(0.0) / later / before).fillna(1.0)
        total = adjusted * (kept[::-1].cumprod()[::-1] / kept)
    else:
        total = columns["adj_close"]
        total = total * (adjusted.ffill().iloc[-1] / total.ffill().iloc[-1])
    bars = {name: columns[name] / later for name in ("open", "high", "low", "close")}
    return Market(close, adjusted, total, columns["volume"] * later, bars)


def value(portfolio: Portfolio, market: Market) -> Book:
    """Quantity times as-traded close plus cash; the last close where the session has none."""
    last = market.traded.ffill().iloc[-1]
    close = {symbol: exact(last[symbol]) for symbol in portfolio.symbols}
    stale = frozenset(s for s in portfolio.symbols if math.isnan(market.traded[s].iloc[-1]))
    worth = sum((portfolio.held[s] * close[s] for s in portfolio.symbols), portfolio.cash)
    return Book(portfolio, market, close, stale, worth)


def drift(book: Book) -> dict[tuple[str, str], Drift]:
    """Instruments, then asset classes, against the smaller of the two bands."""
    portfolio, policy = book.portfolio, book.portfolio.policy
    keys = {("instrument", symbol): [symbol] for symbol in portfolio.symbols}
    for symbol, name in portfolio.classes.items():
        keys.setdefault(("asset_class", name), []).append(symbol)
    found = {}
    for key, members in keys.items():
        target = sum((portfolio.target[symbol] for symbol in members), Fraction(0))
        actual = sum((book.weight(symbol) for symbol in members), Fraction(0))
        band = min(exact(policy["band_absolute"]), exact(policy["band_relative"]) * target)
        found[key] = Drift(target, actual, band)
    return found


def calendar_due(market: Market, policy: Mapping[str, Any]) -> bool:
    """Whether the session is the first of its period."""
    if policy["calendar"] == "none":
        return False
    period = {"monthly": "M", "quarterly": "Q", "annually": "Y"}[policy["calendar"]]
    before, today = market.traded.index[-2:].to_period(period)
    return bool(today > before)


def limit_price(side: str, close: Fraction, offset: Fraction) -> Fraction:
    """A buy is rounded down, a sell up, to the tick: a close between the ticks of shares has four digits."""
    price = close * (1 + offset) if side == "BUY" else close * (1 - offset)
    tick = Decimal("0.01") if price >= 1 else Decimal("0.0001")
    if close < Fraction("0.01") and close % Fraction("0.0001"):
        tick = Decimal(1).scaleb(math.floor(math.log10(close)) - 3)
    decimal = Decimal(price.numerator) / Decimal(price.denominator)
    return Fraction(decimal.quantize(tick, ROUND_FLOOR if side == "BUY" else ROUND_CEILING))


def propose(book: Book, held_back: frozenset[str]) -> list[Order]:
    """Sells first, then buys with the cash that there is; `held_back` symbols stay as they are."""
    portfolio, policy = book.portfolio, book.portfolio.policy
    buffer, offset = exact(policy["cash_buffer"]), exact(policy["limit_offset"])
    wanted = {
        s: portfolio.target[s] * book.value * (1 - buffer) / book.close[s] - portfolio.held[s]
        for s in portfolio.symbols
        if s not in held_back
    }
    sells = {s: _whole_lots(-shares, policy) for s, shares in wanted.items() if shares < 0}
    ask = {s: limit_price("SELL", book.close[s], offset) for s in sells}
    bid = {s: limit_price("BUY", book.close[s], offset) for s in wanted if s not in sells}
    done = [s for s in sells if sells[s] * book.close[s] >= exact(policy["min_trade"])]
    available = portfolio.cash + sum(sells[s] * ask[s] for s in done) - buffer * book.value
    needed = sum((wanted[s] * bid[s] for s in bid), Fraction(0))
    factor = min(Fraction(1), max(Fraction(0), available) / needed) if needed else Fraction(1)
    buys = {s: _whole_lots(wanted[s] * factor, policy) for s in bid}
    orders = [Order(s, "SELL", sells[s], ask[s], sells[s] * book.close[s], factor) for s in sells]
    orders += [Order(s, "BUY", buys[s], bid[s], buys[s] * book.close[s], factor) for s in buys]
    return [o for o in orders if o.quantity > 0 and o.notional >= exact(policy["min_trade"])]


def _whole_lots(shares: Fraction, policy: Mapping[str, Any]) -> Fraction:
    lot = exact(policy["lot_size"]) or Fraction(1, 1_000_000)
    return shares // lot * lot


def blocked(book: Book, orders: list[Order]) -> frozenset[str]:
    """The symbols that the data or a limit forbids to trade."""
    limits = {name: limit for name, limit in book.portfolio.limits.items() if name != "restricted"}
    symbols = frozenset(book.portfolio.symbols)
    holds = set(book.portfolio.limits.get("restricted", []))
    for symbol in book.stale:
        stake = book.weight(symbol) + book.portfolio.target[symbol]
        holds |= {symbol} if stake < exact(limits.get("data_tolerance", "0.01")) else symbols
    turnover = sum((order.notional for order in orders), Fraction(0)) / (2 * book.value)
    if turnover > exact(limits.get("max_turnover", 1)):
        holds |= symbols
    for order in orders:
        if any(measure > exact(limits[name]) for name, measure in _measures(book, order) if name in limits):
            holds.add(order.symbol)
    return frozenset(holds)


def _measures(book: Book, order: Order) -> Iterable[tuple[str, Fraction]]:
    """What the limits on one order measure."""
    symbol = order.symbol
    previous = exact(book.market.total[symbol].ffill().iloc[-2])
    for reference in (book.close[symbol], previous):
        yield "price_collar", abs(order.limit / reference - 1)
    yield "max_order_value", order.notional
    average = exact(book.market.volume[symbol].dropna().tail(20).mean())
    yield "max_adv", order.quantity / average
    if order.side == "BUY":
        yield "max_weight", book.weight(symbol, order.quantity)


def decide(book: Book) -> list[Order]:
    """The orders, held and not, rebuilt around what is held until nothing more is."""
    triggered = any(row.breached for row in drift(book).values())
    if not (triggered or calendar_due(book.market, book.portfolio.policy)):
        return []
    held: list[Order] = []
    while True:
        orders = propose(book, frozenset(order.symbol for order in held))
        stopped = blocked(book, orders)
        new = [Order(**{**vars(order), "held": True}) for order in orders if order.symbol in stopped]
        if not new:
            return held + orders
        held += new


def backcast(book: Book, count: int) -> pd.Series:
    """Today's weights on the last simple total returns."""
    returns = book.market.total.ffill().pct_change().iloc[-count:]
    weights = pd.Series({s: float(book.weight(s)) for s in book.portfolio.symbols if book.portfolio.held[s]})
    return (returns[weights.index] * weights).sum(axis=1, skipna=False)


def value_at_risk(book: Book) -> float:
    return float(np.quantile(-backcast(book, 500), 0.95, method="higher"))


def drawdown(book: Book) -> float:
    wealth = pd.concat([pd.Series([1.0]), (1 + backcast(book, 252)).cumprod()], ignore_index=True)
    return float((1 - wealth / wealth.cummax()).max())


def benchmark(book: Book) -> dict[str, float]:
    """Total returns of the day and since the end of the month and of the year before."""
    total = book.market.total[book.portfolio.benchmark]
    month_end = total[total.index < total.index[-1].replace(day=1)].iloc[-1]
    year_end = total[total.index < total.index[-1].replace(month=1, day=1)].iloc[-1]
    return {
        "day": total.iloc[-1] / total.iloc[-2] - 1,
        "month": total.iloc[-1] / month_end - 1,
        "year": total.iloc[-1] / year_end - 1,
    }


def close_to_close(total: pd.Series) -> float:
    returns = np.log(total.dropna()).diff().dropna()
    return float(returns.tail(20).std(ddof=1)) * math.sqrt(252)


def ewma(total: pd.Series) -> float:
    returns = np.log(total.dropna().tail(501)).diff().dropna()
    variance = returns.iloc[0] ** 2
    for one in returns.iloc[1:]:
        variance = 0.94 * variance + 0.06 * one**2
    return math.sqrt(variance * 252)


def adaptive(adjusted: pd.Series) -> tuple[float, str]:
    """The last difference in standard deviations, and what to do."""
    differences = adjusted.dropna().diff().tail(20)
    score = float(differences.iloc[-1] / differences.std(ddof=0))
    return score, "Buy" if score > 1 else "Sell" if score < -1 else "Hold"


def volatility(market: Market, symbol: str) -> dict[str, float]:
    """What every estimator should find of a symbol."""
    total = market.total[symbol].dropna()
    bars = pd.DataFrame({name: prices[symbol] for name, prices in market.bars.items()}).dropna()
    return {"close_to_close": close_to_close(total), "ewma": ewma(total), **ranges(bars, total)}


def ranges(bars: pd.DataFrame, total: pd.Series) -> dict[str, float]:
    """The range estimators over the last 20 sessions."""
    u, d, c = (np.log(bars[name] / bars["open"]) for name in ("high", "low", "close"))
    steps = u * (u - c) + d * (d - c)
    night = np.log(bars["open"] / bars["close"] * total / total.shift())
    k = 0.34 / (1.34 + 21 / 19)
    variances = {
        "parkinson": (u - d).tail(20).pow(2).mean() / (4 * math.log(2)),
        "garman_klass": ((u - d) ** 2 / 2 - (2 * math.log(2) - 1) * c**2).tail(20).mean(),
        "rogers_satchell": steps.tail(20).mean(),
        "yang_zhang": night.tail(20).var() + k * c.tail(20).var() + (1 - k) * steps.tail(20).mean(),
    }
    return {name: math.sqrt(variance * 252) for name, variance in variances.items()}
