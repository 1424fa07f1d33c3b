"""A row of each table of what a run finds."""

from datetime import UTC, datetime

from warehouse.tables.found import (
    AlertRow,
    CheckRow,
    Construction,
    Contribution,
    Costs,
    DriftRow,
    LotRow,
    Signal,
    Tax,
    Trade,
    TriggerRow,
    Volatility,
    Weight,
)

DRIFT = DriftRow("instrument", "SPY", 0.6, 0.7, 0.1, 0.05, breached=True)
TRADE = Trade(
    symbol="SPY", side="SELL", quantity=10.0, limit_price=99.5, notional=1000.0, weight_before=0.7,
    weight_after=0.6, trigger="band", rule="r", reason="it's \"high\"; --",
    expires=datetime(2015, 8, 25, 20, tzinfo=UTC), cost=5.0, status="proposed", held_because=None,
    costs=Costs(1.0, 0.1 + 0.2, None), lots=(LotRow("2014-01-02", 10.0, 80.0, 195.0, "long", 0.0),),
    tax=Tax(0.0, 195.0, 0.0, 39.0, None),
)  # fmt: skip
CHECK = CheckRow("max_weight", "SPY", 0.6, None, "pass", "at most 65%", "house")
EACH = {
    "drift": (DRIFT, "actual"),
    "triggers": (TriggerRow("band", "SPY", 0.06, None, fired=True, rule="r"), "value"),
    "volatility": (Volatility("SPY", "ewma", None, 0.16), "annualised"),
    "signals": (Signal("SPY", "adaptive", -1.5, "Sell", None), "value"),
    "trades": (TRADE, "cost"),
    "checks": (CHECK, "value"),
    "alerts": (
        AlertRow("range_shock", "SPY", "critical", "2015-08-24", -0.08, "d", confirmed=True), "move",
    ),
    "risk": (Contribution("SPY", 0.7, 0.2, 0.14, None), "marginal"),
    "allocation": (Weight("SPY", 0.6, 0.65), "target"),
    "construction": (Construction("optimised", "infeasible", "a and b", "simple"), None),
}  # fmt: skip
"""By table; and a column that holds a number, where it has one."""
