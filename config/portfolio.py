"""The portfolio file: what a portfolio wants, may do and tells. Bad files get one clear sentence."""

import difflib
import json
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from config.accounts import CASH, Holders, has_accounts, read_accounts
from config.allocation import check_allocation
from config.calendar_overrides import CalendarOverride, changes, check_overrides, merged, of_home
from config.calendars import EARLIEST, Calendar
from config.channels import ChannelTable, SlackChannel
from config.construction import check_alone, check_construction, check_taxable
from config.examples import SHIPPED, is_example
from config.gaps import AcceptedGap, check_gaps
from config.holdings import MOST, Lot, read_holdings
from config.instruments import CalendarName, Currency, Instrument, TickRange, check_instruments
from config.limits import check_limits
from config.rebalance import check_rebalance
from config.refusal import refuse
from config.toml_text import read_toml
from quant.book.book import NO_CLASS
from quant.errors import InputError
from quant.market.currency import pair
from quant.policy.policy import (
    AllocationPolicy,
    AssetClass,
    Costs,
    Limits,
    Policy,
    Scenario,
    Strict,
    Symbol,
    Target,
    Tax,
)

WEIGHT_TOLERANCE = 1e-6
RESOLVED = frozenset({"lots", "accounts_digest", "holders", "example", "calendars_since"})
"""What is found beside the portfolio file, and is no key of it."""
FX_CALENDAR = "24/5"
"""Rates have a bar on every weekday, also where exchanges rest."""


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

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,40}$")]
    currency: Currency = "USD"
    calendar: CalendarName = "XNYS"
    benchmark: Symbol | None = None
    holdings: str = ""
    accounts: str | None = None
    holdings_as_of: date | None = None
    cash: Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)] = 0.0
    cash_needed: Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)] = 0.0
    slack: SlackChannel | None = None
    channel: tuple[ChannelTable, ...] = ()
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


def names(home: Path) -> dict[str, Path]:
    """Portfolio names → files: those shipped, then those in HOME/portfolios, which win."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.toml"))} | own(home)


def own(home: Path) -> dict[str, Path]:
    """Portfolio names → files of those in HOME/portfolios."""
    return {file.stem: file for file in sorted((home / "portfolios").glob("*.toml"))}


def load(text: str, home: Path) -> Portfolio:
    """The portfolio called `text`, or read from the file `text`.

    Raises:
        InputError: no such portfolio, or its file or holdings are not right.
    """
    path = file_of(text, home)
    portfolio = read(path)
    if text in names(home) and portfolio.name != text:
        raise InputError(
            f"{path}: name = {portfolio.name!r}, but the file is called {text!r}. The ledger and Slack know "
            f"portfolios by name: set name = {text!r}, or rename the file."
        )
    common = of_home(home)
    if not common and not portfolio.calendar_override:
        return portfolio
    known = merged(portfolio.calendar_override, common, {*portfolio.calendars.values()})
    return portfolio.model_copy(update={"calendar_override": known})


def read(path: Path) -> Portfolio:
    """The portfolio in the TOML file `path`, with its holdings from beside it."""
    raw = read_toml(path)
    for name in RESOLVED & {*raw}:
        raise InputError(
            f"{path}: unknown key {name!r}. Holdings belong in the file that 'holdings' names, "
            "or in the folder that 'accounts' names."
        )
    try:
        # Through JSON, because that is what "strict" is for: 0.5 is a weight, "0.5" and true are mistakes.
        portfolio = Portfolio.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError as error:
        refuse(path, error, _keys)
    _check_targets(path, portfolio)
    check_allocation(path, portfolio.allocation, portfolio.target)
    check_rebalance(path, portfolio.rebalance, portfolio.target, portfolio.asset_class)
    found = _holdings(path, portfolio) | {"example": is_example(path)}
    portfolio = portfolio.model_copy(update=found)
    asked = portfolio.rebalance, portfolio.tax, portfolio.costs
    check_construction(path, *asked, portfolio.target, portfolio.symbols)
    if portfolio.holders is not None:
        check_alone(path, portfolio.tax, portfolio.target)
    elif portfolio.tax is not None:
        check_taxable(path.parent / portfolio.holdings, portfolio.lots)
    check_overrides(path, portfolio.calendar_override)
    check_instruments(path, portfolio.instrument, portfolio.watched)
    check_limits(path, portfolio.risk, portfolio.classes, followed=portfolio.accounts_digest is not None)
    _check_spelling(path, portfolio)
    check_gaps(path, portfolio.data.gap, portfolio.asked)
    return portfolio


def _holdings(path: Path, portfolio: Portfolio) -> dict[str, Any]:
    """The lots of a portfolio; of one with accounts, what all of them hold together, and what each does."""
    given = portfolio.model_fields_set & {"holdings", "accounts"}
    if not given:
        raise InputError(f"{path}: the key 'holdings' is missing. Add it, or 'accounts'.")
    if len(given) > 1:
        raise InputError(f"{path}: holdings and accounts stand side by side. Keep one of them.")
    file = path.parent / (portfolio.accounts or portfolio.holdings)
    if portfolio.accounts and not file.is_dir():
        raise InputError(
            f"{path}: accounts = {portfolio.accounts!r} is no folder. Put a CSV file for each account there."
        )
    known = {target.symbol for target in portfolio.target} | {row.symbol for row in portfolio.instrument}
    if not portfolio.accounts and not has_accounts(file):
        return {"lots": read_holdings(file, known, portfolio.currency)}
    for name in ("cash", "cash_needed"):
        if getattr(portfolio, name):
            raise InputError(
                f"{path}: {name} = {getattr(portfolio, name):g}, but {file} names accounts, each with "
                f"cash of its own. Write cash as rows with the symbol {CASH}, and remove {name}."
            )
    holders = read_accounts(file, known, taxed=portfolio.tax is not None)
    return {
        "lots": holders.summed(),
        "cash": holders.cash,
        "holders": holders,
        "accounts_digest": holders.digest,
    }


def file_of(text: str, home: Path) -> Path:
    """The file of the portfolio called `text`, or the file that `text` names.

    Raises:
        InputError: no such portfolio.
    """
    if text.endswith(".toml") or "/" in text:
        path = Path(text)
        with suppress(RuntimeError):  # ~nobody: reported below as the missing file that it is
            path = path.expanduser()
        return path
    known = names(home)
    if text not in known:
        near = difflib.get_close_matches(text, known, 1, cutoff=0.3)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise InputError(
            f"unknown portfolio {text!r}: {hint}Known: {', '.join(sorted(known))}; "
            f"or name a file ending in .toml. Your own files go to {home / 'portfolios'}."
        )
    return known[text]


def _check_spelling(path: Path, portfolio: Portfolio) -> None:
    """Vendors don't tell cases apart: the same security under two spellings would be sold and bought."""
    spelled: dict[str, str] = {}
    for symbol in portfolio.watched:
        other = spelled.setdefault(symbol.casefold(), symbol)
        if other != symbol:
            raise InputError(
                f"{path}: {other!r} and {symbol!r} differ only in case. Spell the symbol one way."
            )


def _check_targets(path: Path, portfolio: Portfolio) -> None:
    seen: set[str] = set()
    if not portfolio.target:
        raise InputError(f"{path}: target is empty; allowed: at least 1 item. Add a [[target]] for each.")
    for target in portfolio.target:
        if target.asset_class == NO_CLASS:
            raise InputError(
                f"{path}: target {target.symbol!r} has asset_class {NO_CLASS!r}, which is kept for holdings "
                "without a target. Name another class."
            )
        if target.symbol in seen:
            raise InputError(
                f"{path}: target {target.symbol!r} stands twice. Keep one [[target]] per symbol."
            )
        seen.add(target.symbol)
    total = sum(target.weight for target in portfolio.target)
    if abs(total - 1) > WEIGHT_TOLERANCE:
        raise InputError(
            f"{path}: the target weights sum to {total:.6g}, not 1. "
            f"Change a [[target]] weight by {1 - total:+.6g}."
        )


def _keys(location: tuple[Any, ...]) -> list[str]:
    """The known keys of the table at `location` of a portfolio file."""
    tables: dict[str, type[BaseModel]] = {
        "target": Target, "asset_class": AssetClass, "instrument": Instrument, "rebalance": Policy,
        "allocation": AllocationPolicy, "risk": Limits, "slack": SlackChannel, "data": DataPolicy,
        "gap": AcceptedGap, "scenario": Scenario, "costs": Costs, "tax": Tax, "tick": TickRange,
        "calendar_override": CalendarOverride, "channel": ChannelTable,
    }  # fmt: skip
    # The innermost table: a scenario stands within risk.
    model = next((tables[part] for part in reversed(location) if part in tables), Portfolio)
    return [name for name in model.model_fields if name not in RESOLVED]
