"""One sentence for each rebalancing policy that cannot be read, contradicts itself or has no effect."""

import pytest

from config import portfolio_file as portfolios
from tests.config.files import portfolio_file, refused


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('when = "bands"', "'bands' is no trigger; did you mean band? Join band, calendar, cash_flow,"),
        ('when = "band and"', "it ends where a trigger's name should stand"),
        ('when = "band class_band"', "'class_band' stands where and, or or the end should"),
        ('when = "(band or no_target"', "a parenthesis is not closed"),
        ('when = ""', "it ends where"),
        ('when = "band and calendar"', "is never met while calendar = 'none'"),
        ('calendar = "monthly"\nwhen = "band"', "rebalance.calendar = 'monthly' has no effect"),
        ('when = "total_drift"', "names total_drift, which is not set. Add total_drift = 0.05"),
        ("total_drift = 0.05", "rebalance.total_drift = 0.05 has no effect"),
        ("volatility_band = 2.0", 'or calendar or volatility_band", or remove the key'),
        ("volatility_band = 0.0", "rebalance.volatility_band = 0.0"),
        ("cash_flow = 1.5", "rebalance.cash_flow = 1.5"),
        ("cooldown = -1", "rebalance.cooldown = -1"),
        ('destination = "distance"', "needs how far from the target. Add distance = 0.0175"),
        ("distance = 0.01", "has no effect with destination = 'target'"),
        ('destination = "distance"\ndistance = 0.06', "lies outside band_absolute = 0.05"),
        ('destination = "edge"\nwhen = "total_drift"\ntotal_drift = 0.05', "names no band"),
        ("cash_first = 1", "rebalance.cash_first = 1"),
    ],
)  # fmt: skip
def test_a_policy_that_is_none(tmp_path, keys, words):
    file = portfolio_file(tmp_path, tail=f"[rebalance]\n{keys}\n")
    sentence = refused(file)
    assert sentence.startswith(f"{file}: rebalance.")
    assert words in sentence


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("name = 'gold'\nband_absolute = 0.1", "'gold' is no target's. The classes are equity, bonds"),
        ("name = 'bonds'", "asset_class 'bonds' has no band"),
        ("name = 'bonds'\nband_absolute = 0.1\n[[asset_class]]\nname = 'bonds'\nband_relative = 1", "twice"),
        ("name = 'bonds'\nband = 0.1", "the nearest known key is 'band_"),
    ],
)  # fmt: skip
def test_a_class_that_is_none(tmp_path, rows, words):
    sentence = refused(portfolio_file(tmp_path, tail=f"[[asset_class]]\n{rows}\n"))
    assert "asset_class" in sentence
    assert words in sentence


def test_a_policy_that_says_everything(tmp_path):
    keys = (
        'when = "(band or volatility_band) and (calendar or total_drift or cash_flow)"\n'
        'calendar = "monthly"\n'
        "total_drift = 0.1\nvolatility_band = 2.0\ncash_flow = 0.02\ncooldown = 5\n"
        'destination = "distance"\ndistance = 0.0175\ncash_first = true\n'
    )
    policy = portfolios.read(portfolio_file(tmp_path, tail=f"[rebalance]\n{keys}")).rebalance
    assert (policy.cooldown, policy.distance, policy.cash_first) == (5, 0.0175, True)
