"""Days as a portfolio manager meets them: reports with numbers that belong together."""

from tasks.report.data import Data
from tasks.report.model import Report, Risk, SignalRow, TradeRow, VolatilityRow
from tests.tasks.notifiers.reports import alert, check, drift, report, trade
from warehouse.tables.found import Contribution, Costs, DriftRow, TriggerRow

VALUE = 1_000_000.0
CLASSES = ("equity", "bonds", "real_estate", "commodities")
NAMES = ("SPY", "AGG", "EFA", "EEM", "VNQ", "GLD", "TLT", "IWM", "LQD", "DBC", "TIP", "VEA")
DAY = {
    "session": "2026-09-28",
    "run_id": "20260928-core-7c1e",
    "known_at": "2026-09-28T22:31:00+00:00",
    "time_zone": "America/New_York",
}
EXPIRES = "2026-09-29T20:00:00+00:00"


WEIGHT = "a weight is at most 65.00%"


def name_of(number: int) -> str:
    return NAMES[number] if number < len(NAMES) else f"SYM{number:02d}"


def trading(count: int) -> Report:
    """A day with so many orders, all to be done by one limit and until one close."""
    held = [_drifted(number, max(count, 4)) for number in range(max(count, 4))]
    rows = [_ordered(number, one) for number, one in enumerate(held[:count])]
    triggers = [
        TriggerRow("instrument", one.key, abs(one.drift or 0), one.band, fired=True, rule="band")
        for one in held[:count]
    ]
    when = TriggerRow("when", "portfolio", None, None, fired=True, rule="instrument or asset_class")
    return report(
        **DAY, status="recommended", trades=rows, drift=held, value=VALUE, cash=25_310.0,
        triggers=[*triggers, when], **_measured([one.key for one in held]),
    )  # fmt: skip


def _ordered(number: int, one: DriftRow) -> TradeRow:
    away, target = one.drift or 0.0, one.target or 0.0
    side, price = ("SELL", "BUY")[away < 0], 60 + 17.35 * number
    over, verb = ("over", "sell") if away > 0 else ("under", "buy")
    return trade(
        one.key, side=side, quantity=float(round(abs(away) * VALUE / price)), limit_price=round(price, 2),
        notional=round(abs(away) * VALUE, 2), weight_before=one.actual, weight_after=target, cost=12.5,
        expires=EXPIRES, asset_class=CLASSES[number % 4],
        costs=Costs(commission=1.0, spread=8.4, impact=0.4),
        reason=f"{one.key} is {one.actual:.1%} against a target of {target:.1%}, {_points(away)} {over} "
        f"(band {(one.band or 0) * 100:.1f}): {verb} to target less the cash buffer of 1.0%",
    )  # fmt: skip


def _points(share: float) -> str:
    return f"{abs(share) * 100:.1f} points"


def nothing_to_do() -> Report:
    """A quiet day."""
    held = [_drifted(number, 12, quiet=True) for number in range(12)]
    return report(**DAY, drift=held, cash=25_310.0, **_measured([one.key for one in held]))


def held() -> Report:
    """SPY has no price: everything is held."""
    day = trading(3)
    why = "SPY has no accepted bar on the session: stale for 1 session"
    rows = [one.model_copy(update={"status": "held", "held_because": why}) for one in day.trades]
    rule = "an accepted bar on the session, none quarantined, and every split counted in the holdings"
    checks = [check("data", "block", scope="SPY", value=1.0, limit=0.0, rule=f"{rule}: {why}"), *day.checks]
    data = day.data.model_copy(update={"stale": ["SPY"]})
    return day.model_copy(update={"status": "held", "trades": rows, "checks": checks, "data": data})


def failed() -> Report:
    """The run stopped before it knew anything."""
    empty = Data(source="yfinance", rows_new=0, rows_restated=0, quarantined=[], stale=[], errors=[])
    error = "core.holdings.csv line 4: quantity 'abc' must be a number of at least 0, written as 1234.5."
    return report(**DAY, status="failed", error=error, value=None, cash=None, drift=[], checks=[], data=empty)


def crash() -> Report:
    """Two symbols have fallen, one of them far."""
    rows = [alert(at="2026-09-28"), alert("EEM", severity="warning", move=-0.041, at="2026-09-28")]
    return trading(3).model_copy(update={"alerts": rows})


def _drifted(number: int, count: int, *, quiet: bool = False) -> DriftRow:
    """Drifts in turn over and under, the first the largest; so small that no order empties a position."""
    target = round(0.96 / count, 4)
    band = min(0.05, target / 4)
    away = (0.24 if quiet and not number else 0.1 if quiet else 1.3) * band * (1 if number % 2 == 0 else -1)
    return drift(
        name_of(number), target=target, actual=target + away, drift=away, band=band, breached=not quiet
    )


def _measured(symbols: list[str]) -> dict[str, object]:
    """Risk, volatility, signals and checks of symbols."""
    parts = [
        Contribution(one, 0.9 / len(symbols), 0.1, 0.09 / len(symbols), 1 / len(symbols)) for one in symbols
    ]
    checks = [
        check("var_95", "pass", value=0.0047453, limit=0.005, rule="VaR is at most 0.50%"),
        check("max_turnover", "warn", value=0.22, limit=0.2, rule="turnover is at most 20.00%"),
        *(check("max_weight", "pass", scope=one, value=0.3, limit=0.65, rule=WEIGHT) for one in symbols),
    ]
    estimators = ("close_to_close", "ewma", "garman_klass", "yang_zhang")
    volatility = [VolatilityRow(one, name, 20, 0.17) for one in symbols for name in estimators]
    signals = [SignalRow(one, "adaptive", 0.4, "Hold") for one in symbols]
    risk = Risk(volatility=0.094, method="ledoit_wolf", contributions=parts)
    data = Data(
        source="yfinance", rows_new=len(symbols), rows_restated=0, quarantined=[], stale=[], errors=[]
    )
    return {"risk": risk, "checks": checks, "volatility": volatility, "signals": signals, "data": data}
