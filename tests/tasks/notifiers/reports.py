"""Reports for the notifiers' tests: an ordinary one, one with everything in it, and any report at all."""

from typing import Any

from hypothesis import strategies as st

from tasks.report.data import (
    AcceptedRow,
    BeginsRow,
    Data,
    EarlierRow,
    FetchError,
    GapRow,
    QuarantinedRow,
    RepairedRow,
    Row,
)
from tasks.report.model import (
    AccountDrift,
    AccountsRow,
    Allocation,
    AllocationRow,
    Benchmark,
    EnabledRow,
    HeldBy,
    OverrideRow,
    Report,
    Risk,
    SignalRow,
    TradeRow,
)
from warehouse.tables.found import (
    AlertRow,
    CheckRow,
    Construction,
    Contribution,
    Costs,
    DriftRow,
    Tax,
    TriggerRow,
)

EXPIRES = "2015-08-25T20:00:00+00:00"


def trade(symbol: str = "SPY", **changed: Any) -> TradeRow:
    fields: dict[str, Any] = {
        "symbol": symbol, "side": "SELL", "quantity": 120.0, "limit_price": 188.33, "currency": "USD",
        "notional": 22713.6,
        "weight_before": 0.6634, "weight_after": 0.6, "trigger": "instrument", "rule": "band",
        "reason": "SPY is 6.34% over its target of 60.00%, beyond the band of 5.00%", "expires": EXPIRES,
        "cost": 113.57, "checks": [], "status": "proposed", "held_because": None,
    }  # fmt: skip
    return TradeRow(**{**fields, **changed})


def alert(symbol: str = "SPY", **changed: Any) -> AlertRow:
    fields: dict[str, Any] = {
        "kind": "range_shock", "symbol": symbol, "severity": "critical", "at": "2015-08-24", "move": -0.0779,
        "detail": "z = -8.1; recovered 43% of the fall by the close", "confirmed": True,
    }  # fmt: skip
    return AlertRow(**{**fields, **changed})


def check(name: str, status: str, **changed: Any) -> CheckRow:
    fields = {"scope": "portfolio", "value": None, "limit": None, "rule": "a limit of the portfolio file"}
    return CheckRow(check=name, status=status, **{**fields, **changed})


RISK = Risk(
    volatility=0.1,
    method="ledoit_wolf",
    contributions=[
        Contribution(symbol="AGG", weight=0.4, marginal=0.02, contribution=0.008, share=0.08),
        Contribution(symbol="SPY", weight=0.575, marginal=0.16, contribution=0.092, share=0.92),
    ],
)


ALLOCATION = Allocation(
    model="risk_parity",
    status="applied",
    reason=None,
    fitted_on="2015-08-03",
    weights=[
        AllocationRow(symbol="SPY", strategic=0.6, target=0.558),
        AllocationRow(symbol="AGG", strategic=0.4, target=0.4421),
        AllocationRow(symbol="GLD", strategic=0.0, target=0.0),
    ],
)


def report(**changed: Any) -> Report:
    """A calm day of `core` with nothing to trade, and what a test changes in it."""
    fields: dict[str, Any] = {
        "run_id": "20150824-core-1", "flow": "daily", "portfolio": "core", "session": "2015-08-24",
        "known_at": "2015-08-24T22:30:00+00:00", "historical": False, "status": "no_action",
        "currency": "USD", "value": 1000000.0, "cash": 25000.0, "returns": "total",
        "benchmark": Benchmark(symbol="SPY", day=-0.0421, month=-0.1014),
        "data": Data(source="files", rows_new=21, rows_restated=0, quarantined=[], stale=[], errors=[]),
        "drift": [drift("SPY"), drift("AGG", target=0.4, actual=0.39, drift=-0.01)],
        "volatility": [], "signals": [], "trades": [], "alerts": [], "notices": [],
        "checks": [check("max_weight", "pass", scope="SPY", value=0.6, limit=0.65, rule="<= 65%")],
    }  # fmt: skip
    return Report(**{**fields, **changed})


def drift(key: str, **changed: Any) -> DriftRow:
    fields: dict[str, Any] = {
        "level": "instrument", "key": key, "target": 0.6, "actual": 0.6034, "drift": 0.0034, "band": 0.05,
        "breached": False,
    }  # fmt: skip
    return DriftRow(**{**fields, **changed})


def eventful() -> Report:
    """A day on which everything happens."""
    return report(
        status="partial",
        historical=True,
        returns="price",
        url="http://127.0.0.1:4200/runs/flow-run/1b2c",
        trades=[
            trade("GLD", status="held", held_because="its bar was quarantined: high below close"),
            trade(),
            trade("AGG", side="BUY", quantity=200.5, limit_price=109.47, weight_after=None, cost=None),
        ],
        drift=[drift("AGG", drift=-0.0034), drift("SPY", actual=0.6634, drift=0.0634, breached=True),
               drift("equity", level="asset_class"), drift("OLD", target=0.0, actual=None, drift=None)],
        checks=[
            check("max_weight", "pass", scope="SPY", value=0.6, limit=0.65),
            check("max_turnover", "warn", value=0.31, limit=0.25, rule="<= 25%"),
            check("kill_switch", "block", value=1.0, limit=0.0, rule="the kill switch is off"),
            check("var_95", "unknown", limit=0.03),
        ],
        risk=RISK,
        allocation=ALLOCATION,
        overrides=[
            OverrideRow(id="3fa92b1c", check="max_turnover", symbol=None, by="Ada", approved_by="Bob",
                        until="2015-08-28T20:00:00Z", reason="the fund closes")
        ],
        alerts=[alert(), alert("GLD", severity="warning", move=-0.031, confirmed=False)],
        signals=[SignalRow(symbol="SPY", signal="adaptive", value=-2.1, action="Sell"),
                 SignalRow(symbol="AGG", signal="adaptive", value=0.1, action="Hold")],
        data=Data(
            source="files", rows_new=20, rows_restated=1, stale=["DBC"],
            quarantined=[
                QuarantinedRow(symbol="GLD", session="2015-08-24", rule="high >= close", value=110.2)
            ],
            errors=[FetchError(symbol="VNQ", kind="rate_limited", error="429 Too Many Requests")],
            accepted=[
                AcceptedRow(
                    symbol="SPY", session="2015-08-24", kind=None, by="ops", reason="the exchange confirms it"
                )
            ],
            illustration="SP500 is an index level: nobody can buy it at this price",
        ),
    )  # fmt: skip


HOSTILE = ["<!channel>", "<@U123>", "@here", "a & b <http://x|y>", "```", "\n\n", "", "x" * 9000, "&" * 4000]
WORDS = st.text(max_size=30) | st.sampled_from(HOSTILE)
NUMBERS = st.none() | st.floats(allow_infinity=False)
POSITIVE = st.floats(0, 1e15)


def any_report(most: int = 400) -> st.SearchStrategy[Report]:
    """Any report that the model allows; of each kind up to three times `most` rows."""
    for model in Row.__subclasses__():
        model.model_rebuild()  # a class that nobody has used yet does not say which fields it has
    repeats = st.sampled_from([0, 1, 1, 30, most])
    odd = {f"S{n}": "a & b <http://x|y>" for n in range(7 * most)}
    many = st.sampled_from([{}, {"SPY": "x" * 300}, odd])

    def some(model: type[Any], **strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
        """Rows of a model: none, a few, or far more than a message holds."""
        few = st.lists(st.builds(model, **strategies), max_size=3)
        return st.builds(lambda rows, times: rows * times, few, repeats)

    weights = {"weight_before": NUMBERS, "weight_after": NUMBERS, "cost": NUMBERS, "checks": st.just([])}
    trades = some(
        TradeRow,
        symbol=WORDS,
        quantity=POSITIVE,
        limit_price=POSITIVE,
        currency=WORDS,
        notional=POSITIVE,
        trigger=WORDS,
        rule=WORDS,
        reason=WORDS,
        expires=WORDS | st.datetimes().map(str),
        held_because=st.none() | WORDS,
        costs=st.none() | st.builds(Costs, commission=NUMBERS, spread=NUMBERS, impact=NUMBERS),
        tax=st.none() | st.builds(Tax, wash_until=st.none() | WORDS),
        **weights,
    )
    data = st.builds(
        Data,
        source=WORDS,
        stale=st.lists(WORDS) | st.just(["S"] * 7 * most),
        illustration=st.none() | WORDS,
        quarantined=some(QuarantinedRow, symbol=WORDS, session=WORDS, rule=WORDS, value=NUMBERS),
        errors=some(FetchError, symbol=WORDS, kind=WORDS, error=WORDS),
        held=st.none() | WORDS,
        accepted=some(
            AcceptedRow, symbol=WORDS, session=WORDS, kind=st.none() | WORDS, by=WORDS, reason=WORDS
        ),
        served_by=many,
        value_in_doubt=many,
        repaired=some(RepairedRow, symbol=WORDS, session=WORDS, kind=WORDS, field=WORDS),
        gaps=some(GapRow, symbol=WORDS, first=WORDS, last=WORDS, accepted=st.none() | WORDS),
        begins=some(BeginsRow, symbol=WORDS, session=st.none() | WORDS),
        earlier=some(EarlierRow, symbol=WORDS, session=WORDS),
    )
    drifts = some(DriftRow, key=WORDS, target=NUMBERS, actual=NUMBERS, drift=NUMBERS, band=NUMBERS)
    checks = some(
        CheckRow, check=WORDS | st.just("kill_switch"), scope=WORDS, value=NUMBERS, limit=NUMBERS, rule=WORDS
    )
    return st.builds(
        Report, run_id=WORDS, flow=WORDS, portfolio=WORDS, session=st.dates().map(str),
        known_at=st.none() | WORDS, currency=WORDS, value=NUMBERS, cash=NUMBERS,
        error=st.none() | WORDS, docs=st.none() | WORDS,
        benchmark=st.builds(Benchmark, symbol=st.none() | WORDS, day=NUMBERS, month=NUMBERS),
        url=st.none() | WORDS | st.just("https://example.org/run/1"), page=st.none() | WORDS, data=data,
        drift=drifts, trades=trades, checks=checks,
        alerts=some(AlertRow, kind=WORDS, symbol=WORDS, at=WORDS, move=NUMBERS, detail=WORDS),
        signals=some(SignalRow, symbol=WORDS, signal=WORDS, value=NUMBERS),
        volatility=st.just([]), notices=st.just([]), disabled=st.none() | WORDS,
        overrides=some(OverrideRow, id=WORDS, check=WORDS, by=WORDS, approved_by=WORDS, until=WORDS,
                       reason=WORDS),
        example=st.booleans(), superseded_by=st.none() | WORDS, withdrawn=st.none() | WORDS,
        replaces=st.builds(lambda rows, times: rows * times, st.lists(WORDS, max_size=3), repeats),
        triggers=some(TriggerRow, trigger=WORDS, scope=WORDS, rule=WORDS),
        enabled=st.none() | st.builds(EnabledRow, portfolio=WORDS, at=WORDS, by=WORDS, reason=WORDS),
        construction=st.none() | st.builds(Construction, conflict=st.none() | WORDS),
        risk=st.none() | st.builds(Risk, method=WORDS, contributions=some(Contribution, symbol=WORDS)),
        allocation=st.none() | st.builds(
            Allocation, model=WORDS, reason=st.none() | WORDS, fitted_on=st.none() | WORDS,
            weights=some(AllocationRow, symbol=WORDS),
        ),
        accounts=st.none() | st.builds(
            AccountsRow, largest=some(AccountDrift, account=WORDS, key=WORDS), held=some(HeldBy, check=WORDS)
        ),
    )  # fmt: skip
