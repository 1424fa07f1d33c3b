from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tasks.alerts.life import SEVERITIES, Fall, begun, merged

NOW = datetime(2024, 6, 28, 18, 30, tzinfo=UTC)
DAY = date(2024, 6, 28)
depths = st.none() | st.floats(0.01, 0.5)
falls = st.builds(
    Fall, st.sampled_from(["range_shock", "flash_crash"]), st.just("AAA"), st.just(DAY), st.just("noon"),
    st.sampled_from(SEVERITIES), st.booleans(), st.text(max_size=5), depths, depths, depths,
    vetoes=st.lists(st.sampled_from(["an auction", "a known halt"]), max_size=2).map(tuple),
)  # fmt: skip


def one(kind="range_shock", symbol="AAA", session=DAY, severity="warning", confirmed=True):
    return Fall(kind, symbol, session, str(session), severity, confirmed, "fell", -0.1)


def test_a_fall_is_one_alert_whoever_has_seen_it_and_another_one_on_another_day():
    same = {one().fingerprint, one("flash_crash").fingerprint, one(severity="critical").fingerprint}
    assert len(same) == 1
    others = [one(symbol="BBB"), one(session=DAY + timedelta(1)), one("market_wide")]
    assert len(same | {fall.fingerprint for fall in others}) == 4


@given(st.lists(falls, min_size=1, max_size=5))
def test_found_again_an_alert_is_never_less_severe_deep_or_certain(found):
    alert = begun(found[0], NOW)
    for fall in found[1:]:
        before, alert = alert, merged(alert, fall)
        assert SEVERITIES.index(alert.severity) >= SEVERITIES.index(before.severity)
        assert (alert.depth or 0) >= (before.depth or 0)
        assert alert.confirmed >= before.confirmed
    assert alert.severity == max((fall.severity for fall in found), key=SEVERITIES.index)
    assert alert.depth == max((fall.depth for fall in found if fall.depth is not None), default=None)
    assert not (len(found) > 1 and alert.confirmed and alert.vetoes)
    assert (alert.fired_at, alert.fingerprint) == (NOW, found[0].fingerprint)


def test_who_has_acknowledged_it_has_unless_it_gets_worse():
    alert = begun(one(), NOW)
    known = type(alert)(**{name: getattr(alert, name) for name in alert.__slots__} | {
        "state": "acknowledged", "acknowledged_at": NOW, "acknowledged_by": "Ada"
    })  # fmt: skip
    assert merged(known, one("flash_crash")).acknowledged_by == "Ada"
    worse = merged(known, one(severity="critical"))
    assert (worse.state, worse.acknowledged_by, worse.acknowledged_at) == ("firing", None, None)
