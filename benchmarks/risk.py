"""The risk checks as the code has them, and the core portfolio in past crises and in each year's backtest."""

from collections.abc import Iterator, Sequence
from inspect import getdoc
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from benchmarks._chart import COLOURS, Plot, Stem, draw
from benchmarks._funds import funds
from benchmarks._market import generate
from benchmarks._sheet import Sheet, Table
from config.portfolio import Portfolio
from config.portfolio_file import read
from quant import checks, scenarios
from quant.checks.var_backtest import WINDOW
from quant.market.panel import Days, Floats
from quant.plugins import discover
from quant.risk import stress
from quant.risk.measures import backcast, historical_var
from quant.risk.var_backtest import kupiec, rolling_breaches

PAGE = "risk.md"
CORE = Path(__file__).parents[1] / "config" / "portfolios" / "core.toml"
VALUE = 1_000_000
YEAR = np.datetime64("2020")

ABOUT = """Every file in `quant/checks` is one check. A limit that is not set is not checked. A check ends
in one of four ways:

- **pass**: the limit holds.
- **block**: the limit is breached. The trades that make it worse are held, each judged alone against
  today's weights. The other trades are sized again without them.
- **warn**: the limit is breached, but no trade makes it worse. Nothing is held.
- **unknown**: the check cannot be computed. Nothing is held. (`data` blocks instead.)

The reference is the rule that asks for such a check; the report has it in `checks[].reference`. "house"
means that no outside rule asks for it. These rules address brokers, investment firms, funds and taxpayers.
Whether one applies to you is for you to decide.

- SEC 15c3-5: the market access rule, 17 CFR 240.15c3-5.
- RTS 6: Commission Delegated Regulation (EU) 2017/589.
- AIFMD: Directive 2011/61/EU.
- FIA: the Futures Industry Association.
- IRC: the Internal Revenue Code of the United States.

The table is made from the code."""

NOTES = """The limit's key is the check's name without `_after_trades`. Three checks read other keys:
`cash` reads `rebalance.cash_buffer`, `data` reads `data_tolerance`, and `max_stress_loss` also reads
`[[risk.scenario]]`.

**VaR and CVaR** (value at risk and conditional value at risk) use the last 500 sessions, with the current
weights or with the weights after the trades.

- `var_95` is the 95% quantile of the daily losses, `cvar_95` the mean of the losses that reach it.
- The `_parametric` checks take returns as normally distributed, with the same mean and standard deviation.
  Where they are far below the others, large losses are more frequent than a normal distribution has them.
- `max_volatility`, `max_tracking_error` and the two betas use 252 sessions. Tracking error and betas are
  unknown without a benchmark.

**`reduce_only_drawdown`** allows only trades that reduce risk while the drawdown is beyond the limit.

- Every buy is held, because it raises gross exposure. That includes a hedge.
- Sells of holdings pass, except where the sale would have made the drawdown larger.
- `max_drawdown` holds less: only the trades that make the drawdown larger. Set the reduce-only limit above or
  below it, as you need.

**`var_backtest_p`** tests whether VaR is a good estimate. The VaR 95% of each 250 sessions, at the current
weights, is compared with the session after them. This is done for the last 250 sessions, and the breaches
are counted.

- 12.5 breaches are expected. The p-value is the probability of a number at least as unusual if the VaR is
  right (Kupiec's proportion of failures test, 1995).
- Too few breaches are as suspicious as too many.
- This check only warns.

**`max_repeats`** counts on how many runs in a row the same side of a symbol was recommended, while no fill
was imported and nobody rejected it. Of each session the newest run counts. Either nobody executes the order,
or the holdings are not brought up to date. A symbol that is held stays held until a fill is imported or the
recommendation is rejected.

**`max_notional_total`** adds what the newest finished run of each other portfolio recommends on the session.
So the portfolio that runs last is the one that is held.

`max_repeats` and `max_notional_total` are refused in a portfolio with accounts.

**`wash_sale`** has no limit; it needs `[tax]`. It looks at what imported fills sold at a loss. It warns, or
blocks with `wash_sales = "block"` ([construction.md](construction.md)).

### Halts

A halt holds every trade, through the check `kill_switch`. The files and `ballast disable` are described in
[operations.md](operations.md).

Three blocked runs in a row disable a portfolio (`disable_after`; 0 means never).

- A run is blocked when a check other than `data`, `kill_switch` and `wash_sale` blocks, and a trade that it
  concerns is held. With accounts it is blocked only when in addition no order at all is left.
- Only finished runs that are not historical count, of each session the newest. So a rerun disables nothing.
- Failed runs are not counted. A run that is not blocked sets the count back to 0.
- Bad data and wash sales do not disable a portfolio, because they end by themselves. A kill switch does not
  either, because a person has set it and ends it.

### Overrides

An override stops a check from holding trades, for all symbols or for one, until an instant at most 30 days
ahead.

- One person requests it and another one approves it. Names are compared without case and spaces.
- The finding of the check is then `warn` and says "overridden until ... by ... and ...: reason".
- `data`, `restricted` and `kill_switch` hold trades in spite of an override.
- While it lasts, every digest, alert, report (`overrides`) and Prefect artifact shows it.
- What was disabled or overridden is kept with the run (`runs.controls`). So a replay decides as the run did,
  whatever was enabled or revoked since."""

STRESS = """`max_stress_loss = 0.25` checks the scenarios below and the portfolio's own. Each scenario
is a finding of its own, and its text states the loss in currency.

- A portfolio's scenario may have a limit of its own (`max_loss`).
- A scenario with the name of one below adds moves to it.
- A symbol's move takes the place of its class's move.
- A position without a move makes the scenario unknown, and the finding names the class. A missing move is
  never taken as 0.
- Classes are those of the portfolio file. The scenarios below know `equity`, `bonds`, `credit`,
  `real_estate`, `commodities`, `gold` and `cash`.

```toml
[risk]
max_stress_loss = 0.25             # share of value, after the trades

[[risk.scenario]]
name = "oil shock"
asset_class = { equity = -0.10, bonds = -0.02, real_estate = -0.05, commodities = 0.30 }
symbol = { EEM = -0.20 }
max_loss = 0.10                    # instead of max_stress_loss

[[risk.scenario]]
name = "1987"                      # adds to the one below
asset_class = { gold = 0.03 }
```"""

WORKED = f"""The portfolio `core` that comes with Ballast, at its targets, worth {VALUE:,}: what each class
adds to the loss, as a share of value, and the loss in currency."""

PICTURE = "![Stress losses of the core portfolio, and its losses against a rolling VaR in 2020](risk.svg)"


def measure(*, quick: bool) -> Sheet:
    """The page; quick: on a generated market."""
    core = read(CORE)
    sessions, returns = _generated(core) if quick else _funds(core)
    losses = -_backcast(core, returns)
    return Sheet(
        "Risk checks",
        [
            ABOUT, _table_of_checks(), NOTES,
            "### Stress scenarios", STRESS, _table_of_scenarios(),
            "### An example", WORKED, _table_of_losses(core), PICTURE,
            _backtest_words(sessions, losses), _by_year(sessions, losses),
        ],
        {"risk.svg": _picture(core, sessions, losses)},
    )  # fmt: skip


def _table_of_checks() -> Table:
    rows = [
        (f"`{name}`", _first(check), check.REFERENCE, _first(check.measure))
        for name, check in discover(checks).items()
    ]
    return Table(("check", "measures", "reference", "says, and holds"), rows)


def _first(documented: object) -> str:
    """The first paragraph of a docstring, on one line, safe in a table."""
    return " ".join((getdoc(documented) or "").split("\n\n")[0].split()).replace("|", "\\|")


def _table_of_scenarios() -> Table:
    rows = [
        (one.NAME, ", ".join(f"{name} {move:+.1%}" for name, move in one.MOVES.items()), one.SOURCE)
        for one in _scenarios()
    ]
    return Table(("scenario", "moves", "figures"), rows)


def _scenarios() -> list[ModuleType]:
    return list(discover(scenarios).values())


def _weights(core: Portfolio) -> Floats:
    return np.array([target.weight for target in core.target])


def _moves(core: Portfolio, name: str) -> Floats:
    moves = stress.known()[name].asset_class
    return np.array([moves[target.asset_class] for target in core.target])


def _table_of_losses(core: Portfolio) -> Table:
    classes = list(dict.fromkeys(target.asset_class for target in core.target))
    rows = []
    for one in _scenarios():
        parts = -_weights(core) * _moves(core, one.NAME)
        by_class = [
            sum(part for part, target in zip(parts, core.target, strict=True) if target.asset_class == name)
            for name in classes
        ]
        loss = stress.loss(_weights(core), _moves(core, one.NAME))
        shares = (f"{value:.2%}" for value in [*by_class, loss])
        rows.append((one.NAME, *shares, f"{loss * VALUE:,.0f}"))
    return Table(("scenario", *(f">{name}" for name in classes), ">loss", ">in currency"), rows)


def _backcast(core: Portfolio, returns: Floats) -> Floats:
    return backcast(_weights(core), returns, len(returns))


def _by_year(sessions: Days, losses: Floats) -> Table:
    """Breaches of the VaR of the 250 sessions before each, in every year that has them."""
    breached, years = rolling_breaches(losses, WINDOW), sessions[WINDOW:].astype("datetime64[Y]")
    rows = []
    for year in np.unique(years):
        inside = breached[years == year]
        count, total = int(inside.sum()), len(inside)
        p = kupiec(count, total, 0.05).p
        rows.append(
            (
                str(year),
                str(total),
                str(count),
                f"{total * 0.05:.1f}",
                f"{p:.4f}" if p >= 0.0001 else "< 0.0001",
            )
        )
    return Table(("year", ">sessions", ">breaches", ">expected", ">p-value"), rows)


def _backtest_words(sessions: Days, losses: Floats) -> str:
    breached = rolling_breaches(losses, WINDOW)
    count, total = int(breached.sum()), len(breached)
    p = kupiec(count, total, 0.05)
    return f"""From {sessions[WINDOW]} to {sessions[-1]} the VaR 95% of the 250 sessions before was breached
on {count} of {total} sessions, {count / total:.2%} (p-value {p:.4f}). Breaches cluster. A VaR from calm
sessions is breached often in the next crisis. A VaR from the crisis is hardly breached in the calm after it.
By year:"""


def _picture(core: Portfolio, sessions: Days, losses: Floats) -> str:
    names = [one.NAME for one in _scenarios()]
    bars = [Stem(place, -stress.loss(_weights(core), _moves(core, name))) for place, name in enumerate(names)]
    return draw(
        [
            Plot("Loss of the core portfolio in each stress scenario",
                 [Stem(-0.5, 0.0), *bars, Stem(len(names) - 0.5, 0.0)],
                 list(enumerate(names)), -0.4, thickness=60),
            _crisis(sessions, losses),
        ],
        [
            ("loss", COLOURS["none"]),
            ("VaR 95% of the 250 sessions before", COLOURS["warning"]),
            ("breach", COLOURS["critical"]),
        ],
    )  # fmt: skip


def _crisis(sessions: Days, losses: Floats) -> Plot:
    """Every loss of the year, those beyond the VaR before them marked."""
    rows = np.flatnonzero(sessions.astype("datetime64[Y]") == YEAR)
    rows = rows[rows >= WINDOW]
    breached = rolling_breaches(losses, WINDOW)
    var = [historical_var(np.ones(1), -losses[row - WINDOW : row, None], WINDOW) for row in rows]
    kinds = ["critical" if breached[row - WINDOW] else "none" for row in rows]
    stems = [
        Stem(place, -max(loss, 0.0), kind)
        for place, (loss, kind) in enumerate(zip(losses[rows].tolist(), kinds, strict=True))
    ]
    band = [(float(place), -value) for place, value in enumerate(var)]
    title = f"{YEAR}: losses of the core weights, {kinds.count('critical')} of {len(rows)} beyond the VaR"
    return Plot(title, stems, list(_months(sessions[rows])), -0.10, {"warning": band}, thickness=2)


def _months(sessions: Days) -> Iterator[tuple[float, str]]:
    months = sessions.astype("datetime64[M]")
    for row in np.flatnonzero(np.r_[True, months[1:] != months[:-1]]).tolist():
        yield float(row), pd.Timestamp(sessions[row]).strftime("%b")


def _funds(core: Portfolio) -> tuple[Days, Floats]:
    """Sessions, and simple total returns of the core's symbols on those on which all have one."""
    prices = funds().to_pandas().pivot_table(index="session", columns="symbol", values="adj_close")
    return _returns(prices, core.symbols)


def _generated(core: Portfolio) -> tuple[Days, Floats]:
    market = generate(core.symbols, np.busday_offset("2018-12-03", np.arange(550), roll="forward"), seed=3)
    prices = market.bars.to_pandas().pivot_table(index="session", columns="symbol", values="close")
    return _returns(prices, core.symbols)


def _returns(prices: pd.DataFrame, symbols: Sequence[str]) -> tuple[Days, Floats]:
    known = prices[list(symbols)].dropna().pct_change().iloc[1:]
    return pd.to_datetime(known.index).to_numpy().astype("datetime64[D]"), known.to_numpy()
