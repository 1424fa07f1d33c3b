"""Portfolio files, found and read with the holdings beside them. Bad files get one clear sentence."""

import difflib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from config.accounts import CASH, has_accounts, read_accounts
from config.allocation import check_allocation
from config.calendar_overrides import CalendarOverride, check_overrides, merged, of_home
from config.channels import ChannelTable, SlackChannel
from config.construction import check_alone, check_construction, check_taxable
from config.examples import SHIPPED, is_example
from config.flows import CashFlow, check_flows
from config.gaps import AcceptedGap, check_gaps
from config.holdings import read_holdings
from config.instruments import Instrument, TickRange, check_instruments
from config.limits import check_limits
from config.people import Person, check_people
from config.portfolio import RESOLVED, DataPolicy, Portfolio
from config.rebalance import check_rebalance
from config.refusal import refuse
from config.toml_text import read_toml
from quant.book.book import NO_CLASS
from quant.errors import InputError
from quant.policy.policy import (
    AllocationPolicy,
    AssetClass,
    Costs,
    Limits,
    Policy,
    Scenario,
    Target,
    Tax,
)

WEIGHT_TOLERANCE = 1e-6


def names(home: Path) -> dict[str, Path]:
    """Portfolio names → files: those shipped, then those in HOME/portfolios, which win."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.toml"))} | own(home)


def own(home: Path) -> dict[str, Path]:
    """Portfolio names → files of those in HOME/portfolios."""
    return {file.stem: file for file in sorted((home / "portfolios").glob("*.toml"))}


Tables = dict[str, Any]
"""The tables and keys of a portfolio file as TOML has them."""


def load(text: str, home: Path, change: Callable[[Tables], None] = lambda _: None) -> Portfolio:
    """The portfolio called `text`, or read from the file `text`; `change` as for `read`.

    Raises:
        InputError: no such portfolio, or its file or holdings are not right.
    """
    path = file_of(text, home)
    portfolio = read(path, change)
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


def read(path: Path, change: Callable[[Tables], None] = lambda _: None) -> Portfolio:
    """The portfolio in the TOML file `path`, with its holdings from beside it.

    `change` may change what stands in the file before it is looked at; the file itself stays as it is.
    """
    raw = read_toml(path)
    change(raw)
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
    check_people(path, portfolio.person, portfolio.approvals)
    check_flows(path, portfolio.flow)
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
        "person": Person, "flow": CashFlow,
    }  # fmt: skip
    # The innermost table: a scenario stands within risk.
    model = next((tables[part] for part in reversed(location) if part in tables), Portfolio)
    return [name for name in model.model_fields if name not in RESOLVED]
