"""What is asked: a portfolio with other numbers, cash that comes or goes, a gain that may be realised."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from quant.errors import InputError

LARGEST = 1e15
"""Of an amount or a quantity: above it a cent is less than what a number can tell apart."""


@dataclass(frozen=True)
class Question:
    """`deposit`, `withdraw` and `up_to_gain` are in the portfolio's currency, above 0 (a gain: at least).

    `targets` are weights and `holdings` quantities by symbol, `settings` texts of values by "section.key".
    `session` None: the last with prices; `source` None: what the warehouse knows. `rebalance`: with a cash
    flow too the policy decides as in a run.
    """

    portfolio: str
    deposit: float | None = None
    withdraw: float | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    holdings: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    up_to_gain: float | None = None
    session: date | None = None
    source: str | None = None
    rebalance: bool = False

    @property
    def cash_flow(self) -> float:
        """What comes into the portfolio's cash, below 0 where it goes."""
        return (self.deposit or 0.0) - (self.withdraw or 0.0)

    @property
    def changes(self) -> tuple[str, ...]:
        """What differs from the portfolio file, as it was asked for."""
        return (
            *(f"--target {symbol}={weight:g}" for symbol, weight in self.targets.items()),
            *(f"--holding {symbol}={quantity:.12g}" for symbol, quantity in self.holdings.items()),
            *(f"--set {key}={text}" for key, text in self.settings.items()),
        )


def question(
    portfolio: str,
    *,
    deposit: float | None = None,
    withdraw: float | None = None,
    target: Sequence[str] = (),
    holding: Sequence[str] = (),
    settings: Sequence[str] = (),
    up_to_gain: float | None = None,
    session: date | None = None,
    source: str | None = None,
    rebalance: bool = False,
) -> Question:
    """The question that some words ask.

    Raises:
        InputError: a value is none, stands twice, or contradicts another.
    """
    for option, value in (("--deposit", deposit), ("--withdraw", withdraw)):
        if value is not None and not 0 < value <= LARGEST:
            most = f" and of at most {LARGEST:g}" if value > LARGEST else ""
            raise InputError(f"{option} {value:g} must be an amount above 0{most}, such as {option} 10000.")
    if up_to_gain is not None and not 0 <= up_to_gain <= LARGEST:
        most = f" and at most {LARGEST:g}" if up_to_gain > LARGEST else ""
        raise InputError(f"--up-to-gain {up_to_gain:g} must be an amount of at least 0{most}.")
    if deposit is not None and withdraw is not None:
        raise InputError("--deposit and --withdraw contradict each other: name one, the difference of both.")
    if up_to_gain is not None and (rebalance or deposit is not None):
        other = "--rebalance lets the policy decide what is sold" if rebalance else "--deposit sells nothing"
        raise InputError(f"{other}, so --up-to-gain has no effect: leave one of the two out.")
    return Question(
        portfolio,
        deposit,
        withdraw,
        {symbol: _number("--target", symbol, text) for symbol, text in _pairs("--target", target, "SPY=0.6")},
        {s: _number("--holding", s, text) for s, text in _pairs("--holding", holding, "SPY=120")},
        dict(_pairs("--set", settings, "rebalance.band_absolute=0.03")),
        up_to_gain,
        session,
        source,
        rebalance,
    )


def _pairs(option: str, words: Sequence[str], example: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, text = (part.strip() for part in word.partition("="))
        if not (name and equals and text):
            raise InputError(f"{option} {word!r} is not complete: write it as {option} {example}.")
        if name in found:
            raise InputError(f"{option} names {name} twice: keep one of them.")
        found[name] = text
    return [*found.items()]


def _number(option: str, symbol: str, text: str) -> float:
    try:
        value = float(text.replace("_", "?"))  # Python reads 1_000; nobody else does
    except ValueError:
        value = math.nan
    most = 1.0 if option == "--target" else LARGEST
    if not 0 <= value <= most:
        bounds = "a share from 0 to 1, such as 0.25" if most == 1 else "a number of at least 0"
        bounds += f" and at most {LARGEST:g}" if value > LARGEST else ""
        raise InputError(f"{option} {symbol}={text}: must be {bounds}.")
    return value
