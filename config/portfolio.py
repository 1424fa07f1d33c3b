"""What a portfolio wants, may do and tells: the tables and keys of a portfolio file, resolved."""

from datetime import date
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.accounts import Holders
from config.calendar_overrides import CalendarOverride, changes
from config.calendars import EARLIEST, Calendar
from config.channels import ChannelTable, SlackChannel
from config.flows import CashFlow
from config.gaps import AcceptedGap
from config.holdings import MOST, Lot
from config.instruments import CalendarName, Currency, Instrument
from config.people import Person
from quant.book.book import NO_CLASS
from quant.market.currency import pair
from quant.policy.policy import (
    AllocationPolicy,
    AssetClass,
    Costs,
    Limits,
    Policy,
    Strict,
    Symbol,
    Target,
    Tax,
)

RESOLVED = frozenset({"lots", "accounts_digest", "holders", "example", "calendars_since"})
"""What is found beside the portfolio file, and is no key of it."""
FX_CALENDAR = "24/5"
"""Rates have a bar on every weekday, also where exchanges rest."""
NAME = r"^[A-Za-z0-9_\-]{1,40}$"
"""What a portfolio may be called."""


class DataPolicy(Strict):
    """Who else is asked for prices, what is done when they differ, and whether wrong ones are repaired.

    `fallback` names the sources that are asked, in this order, for a symbol that the first source does not
    serve. Closes of one session that differ by more than the share `disagreement` hold the symbol;
    `cross_check` asks the first fallback for every symbol, every day, to find that out. `repair = "certain"`
    puts right what is wrong by exactly 100 or by a split; "none" quarantines it. `gap` are the sessions whose
    prices will never come, as somebody knows.
    """

    fallback: tuple[str, ...] = ()
    disagreement: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.005
    cross_check: bool = False
    repair: Literal["none", "certain"] = "none"
    gap: tuple[AcceptedGap, ...] = ()

    @model_validator(mode="after")
    def _somebody_to_ask(self) -> Self:
        if self.cross_check and not self.fallback:
            raise ValueError('cross_check = true needs somebody to ask: add fallback = ["tiingo"]')
        return self


class Portfolio(Strict):
    """A portfolio file, resolved: its holdings are read and every default is filled in."""

    name: Annotated[str, Field(pattern=NAME)]
    currency: Currency = "USD"
    calendar: CalendarName = "XNYS"
    benchmark: Symbol | None = None
    holdings: str = ""
    accounts: str | None = None
    holdings_as_of: date | None = None
    cash: Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)] = 0.0
    cash_needed: Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)] = 0.0
    approvals: int = 1
    slack: SlackChannel | None = None
    channel: tuple[ChannelTable, ...] = ()
    person: tuple[Person, ...] = ()
    flow: tuple[CashFlow, ...] = ()
    target: tuple[Target, ...]
    asset_class: tuple[AssetClass, ...] = ()
    instrument: tuple[Instrument, ...] = ()
    calendar_override: tuple[CalendarOverride, ...] = ()
    allocation: AllocationPolicy = AllocationPolicy()
    rebalance: Policy = Policy()
    risk: Limits = Limits()
    costs: Costs = Costs()
    tax: Tax | None = None
    data: DataPolicy = DataPolicy()
    lots: tuple[Lot, ...] = ()
    accounts_digest: str | None = None
    example: bool = False
    holders: Annotated[Holders | None, Field(exclude=True)] = None
    calendars_since: Annotated[date, Field(exclude=True)] = EARLIEST

    @property
    def symbols(self) -> tuple[str, ...]:
        """Every target, replacement and holding, once and in this order, each in file order."""
        held = (lot.symbol for lot in self.lots)
        return tuple(dict.fromkeys([*(t.symbol for t in self.target), *self.replacements.values(), *held]))

    @property
    def replacements(self) -> dict[str, str]:
        """The symbol that may stand in for a target, by target."""
        return {target.symbol: target.replacement for target in self.target if target.replacement}

    @property
    def classes(self) -> dict[str, str]:
        """The asset class of each symbol: a replacement's is its target's, other holdings' `NO_CLASS`."""
        own = {symbol: row.asset_class for row in self.target for symbol in (row.symbol, row.replacement)}
        return {symbol: own.get(symbol, NO_CLASS) for symbol in self.symbols}

    @property
    def watched(self) -> tuple[str, ...]:
        """What market data is needed for: the symbols and the benchmark."""
        return tuple(dict.fromkeys([*self.symbols, *([self.benchmark] if self.benchmark else [])]))

    @property
    def currencies(self) -> dict[str, str]:
        """The unit that the prices of each watched symbol are in."""
        own = {row.symbol: row.currency for row in self.instrument}
        return {symbol: own.get(symbol) or self.currency for symbol in self.watched}

    @property
    def pairs(self) -> dict[str, str]:
        """The watched symbols in other currencies, each with the vendor's symbol of its rate."""
        rates = {symbol: pair(unit, self.currency) for symbol, unit in self.currencies.items()}
        return {symbol: rate for symbol, rate in rates.items() if rate}

    @property
    def asked(self) -> tuple[str, ...]:
        """What a source is asked for: the watched symbols and the rates that turn their prices into value."""
        return tuple(dict.fromkeys([*self.watched, *self.pairs.values()]))

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The calendars that trades depend on, the portfolio's own first; rates are none of them."""
        own = {row.calendar for row in self.instrument if row.calendar}
        return (self.calendar, *sorted(own - {self.calendar}))

    @property
    def calendars(self) -> dict[str, str]:
        """The exchange of each watched symbol; rates have the one that never closes on a weekday."""
        own = {row.symbol: row.calendar for row in self.instrument}
        exchanges = {symbol: own.get(symbol) or self.calendar for symbol in self.watched}
        return exchanges | dict.fromkeys(self.pairs.values(), FX_CALENDAR)

    @property
    def oddities(self) -> tuple[str, ...]:
        """What is allowed and seldom meant, in sentences."""
        said = []
        if self.cash < 0:
            said.append(
                f"cash = {self.cash:g} is below 0: sales have to pay it back before anything is bought."
            )
        if not self.lots:
            said.append("the holdings file has no row: the portfolio is all cash.")
        return tuple(said)

    @property
    def lateness(self) -> dict[str, int]:
        """By how many sessions the price of a watched symbol may come after the others', where it may."""
        return {row.symbol: row.late for row in self.instrument if row.late}

    def exchange(self, name: str | None = None) -> Calendar:
        """The sessions of the calendar called `name`, by default of the portfolio's own."""
        name = name or self.calendar
        return Calendar(name, self.calendars_since, changes(self.calendar_override, name))

    def quantities(self) -> dict[str, float]:
        """Shares held per symbol, summed over its lots."""
        total: dict[str, float] = {}
        for lot in self.lots:
            total[lot.symbol] = total.get(lot.symbol, 0.0) + lot.quantity
        return total


@lru_cache(maxsize=32)
def stored(text: str) -> Portfolio:
    """The portfolio that the ledger keeps as JSON text; a process reads the same text once."""
    return Portfolio.model_validate_json(text)
