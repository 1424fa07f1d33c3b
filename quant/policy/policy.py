"""What a portfolio file asks for: targets, the rebalancing policy and the risk limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SYMBOL = r"^[A-Za-z0-9^][A-Za-z0-9.^=_&\-]{0,23}$"
SYMBOL_ALLOWED = "1 to 24 letters, digits and . - _ ^ = &, the first one a letter, a digit or ^"

Symbol = Annotated[str, Field(pattern=SYMBOL)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Move = Annotated[float, Field(ge=-1, le=10, allow_inf_nan=False)]
FIXED = "fixed"
"""The allocation model that is none: the strategic weights."""
LONGEST_WINDOW = 504


class Strict(BaseModel):
    """A frozen model that knows all its keys: a misspelt key is an error, never ignored."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=False)


class Target(Strict):
    """The strategic weight of one symbol, as a share of value.

    A band or tilt that is None is the policy's, a half spread that is None that of the costs. The symbol and
    its `replacement` share the weight (quant/rebalance/pairs.py).
    """

    symbol: Symbol
    replacement: Symbol | None = None
    asset_class: Annotated[str, Field(min_length=1, max_length=40)]
    weight: Share
    band_absolute: Share | None = None
    band_relative: Amount | None = None
    tilt: Share | None = None
    half_spread: Amount | None = None


class AssetClass(Strict):
    """An asset class's own bands; one that is None is the policy's."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    band_absolute: Share | None = None
    band_relative: Amount | None = None


class AllocationPolicy(Strict):
    """Where the target weights come from: a model of quant/allocation around the strategic ones.

    `tilt` is the largest departure of a weight from its strategic one, in either direction, as a share of
    value. `window` is in sessions, None: the model's own. `volatility_target` is annual. `expected_return` is
    how far means of returns are shrunk towards each other (quant/allocation/maximum_sharpe.py).
    """

    model: str = FIXED
    tilt: Share | None = None
    window: Annotated[int, Field(ge=40, le=LONGEST_WINDOW)] | None = None
    refit: Literal["daily", "monthly", "quarterly"] = "monthly"
    volatility_target: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    trend: Literal["moving_average", "momentum"] = "moving_average"
    expected_return: Literal["bayes_stein", "james_stein", "mean"] = "bayes_stein"

    def tilt_of(self, target: Target) -> float:
        """The largest departure of one target's weight: its own, else that of all."""
        tilt = self.tilt if target.tilt is None else target.tilt
        return tilt or 0.0


class Policy(Strict):
    """When to rebalance, how far, and how an order is rounded and priced.

    `when` joins the names of quant/triggers; a trigger whose number is None is not evaluated. `cooldown` is
    in sessions. `distance` from the target is where destination "distance" leads, as a share of value.
    `turnover_cap` is a share of value, of which buys and sells count half each. `tracking_aversion` is the
    optimiser's price of a squared tracking error (quant/rebalance/optimise.py).
    """

    when: Annotated[str, Field(max_length=200)] = "band or class_band or no_target or calendar"
    calendar: Literal["none", "monthly", "quarterly", "annually"] = "none"
    band_absolute: Share = 0.05
    band_relative: Amount = 0.25
    total_drift: Share | None = None
    volatility_band: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    cash_flow: Share | None = None
    cooldown: Annotated[int, Field(ge=0, le=2520)] = 0
    destination: Literal["target", "edge", "halfway", "distance"] = "target"
    distance: Share | None = None
    cash_first: bool = False
    construction: Literal["simple", "optimised"] = "simple"
    tracking_aversion: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    do_not_sell: tuple[Symbol, ...] = ()
    do_not_buy: tuple[Symbol, ...] = ()
    turnover_cap: Share | None = None
    min_trade: Amount = 100.0
    lot_size: Annotated[int, Field(ge=0)] = 1
    cash_buffer: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.01
    limit_offset: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.005


class Costs(Strict):
    """What orders cost, in the portfolio's currency; `commission_rate` and `half_spread` in basis points.

    The commission of an order is at least `commission_min`, in currency, and at most `commission_max`, in
    basis points of its notional (None: no maximum), which wins over the minimum. `impact` is the coefficient
    of the square-root law (quant/trading/costs.py).
    """

    commission_per_order: Amount = 0.0
    commission_per_share: Amount = 0.0
    commission_rate: Amount = 0.0
    commission_min: Amount = 0.0
    commission_max: Amount | None = None
    half_spread: Amount = 0.0
    impact: Amount = 0.0


class Tax(Strict):
    """Which lots a sale takes, and how gains are taxed.

    A gain is long-term after more than `long_after` days from the day after the purchase, leap days not
    counted: 365 is a year of the calendar, and a sale on the anniversary is short-term. `wash_sale_days` is
    how far a purchase must lie from a sale at a loss, before and after it.
    `harvest`: lots at least this share below their cost are sold for their loss where a replacement can be
    bought, and `harvest_min`, in currency, is the least loss that is worth it (quant/rebalance/harvest.py).
    """

    method: Literal["fifo", "lifo", "hifo", "minimum_tax"] = "fifo"
    short_rate: Share
    long_rate: Share
    long_after: Annotated[int, Field(ge=0, le=36500)] = 365
    wash_sale_days: Annotated[int, Field(ge=0, le=365)] = 30
    wash_sales: Literal["warn", "block"] | None = None
    harvest: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] | None = None
    harvest_min: Amount | None = None

    @property
    def blocks_wash_sales(self) -> bool:
        """Whether a wash sale is held: as `wash_sales` says, else where losses are harvested."""
        return self.harvest is not None if self.wash_sales is None else self.wash_sales == "block"


class Scenario(Strict):
    """What prices do in a market shock, each a simple return of at least -1; a symbol's own move wins.

    `max_loss` is its own limit instead of `max_stress_loss`. One with the name of a file's scenario in
    quant/scenarios adds its moves to it.
    """

    name: Annotated[str, Field(min_length=1, max_length=40)]
    asset_class: dict[str, Move] = {}
    symbol: dict[Symbol, Move] = {}
    max_loss: Amount | None = None


Covariance = Literal["ledoit_wolf", "sample"]


class Limits(Strict):
    """The risk limits; None means that the portfolio sets no such limit. What each measures: quant/checks.

    After `disable_after` blocked runs in a row the portfolio is disabled; 0: never. `covariance` is the
    estimator of the volatility that is reported and of its parts (quant/risk/covariance.py), of no limit.
    """

    covariance: Covariance = "ledoit_wolf"
    max_weight: Share | None = None
    max_class_weight: Share | None = None
    max_herfindahl: Share | None = None
    max_leverage: Amount | None = None
    min_cash: Share | None = None
    max_order_value: Amount | None = None
    max_order_quantity: Amount | None = None
    max_notional: Amount | None = None
    max_notional_total: Amount | None = None
    max_repeats: Annotated[int, Field(ge=1, le=60)] | None = None
    disable_after: Annotated[int, Field(ge=0, le=60)] = 3
    max_adv: Amount | None = None
    max_turnover: Amount | None = None
    price_collar: Amount | None = None
    var_95: Amount | None = None
    var_95_parametric: Amount | None = None
    cvar_95: Amount | None = None
    cvar_95_parametric: Amount | None = None
    var_backtest_p: Share | None = None
    max_volatility: Amount | None = None
    max_tracking_error: Amount | None = None
    max_beta: Number | None = None
    min_beta: Number | None = None
    max_drawdown: Amount | None = None
    reduce_only_drawdown: Amount | None = None
    max_stress_loss: Amount | None = None
    scenario: tuple[Scenario, ...] = ()
    restricted: tuple[Symbol, ...] = ()
    data_tolerance: Share = 0.01
