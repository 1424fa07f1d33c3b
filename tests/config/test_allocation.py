"""One sentence for each allocation that does not exist, lacks a setting or has one without effect."""

import pytest

from config import portfolio_file as portfolios
from quant.policy.policy import AllocationPolicy
from tests.config.files import TARGETS, portfolio_file, refused

PARITY = 'model = "risk_parity"\n'


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('model = "risk_partiy"', "'risk_partiy' is no model; did you mean risk_parity? Known: fixed, hier"),
        ('model = "volatility_target"\ntilt = 0.1', "needs volatility_target, which is not set. Add vol"),
        (PARITY, "needs to know how far a weight may depart from its strategic one. Add tilt = 0.05"),
        (PARITY + "tilt = 0.0", "has nothing to move: fewer than 2 targets have a tilt above 0"),
        (PARITY + "tilt = 1.5", "allocation.tilt = 1.5: "),
        (PARITY + "tilt = -0.1", "allocation.tilt = -0.1: "),
        (PARITY + "tilt = 0.1\nwindow = 505", "allocation.window = 505: "),
        (PARITY + "tilt = 0.1\nwindow = 39", "allocation.window = 39: "),
        (PARITY + 'tilt = 0.1\nrefit = "weekly"', "allocation.refit = 'weekly': "),
        (PARITY + "tilt = 0.1\nvolatility_target = 0.1", "has no effect with allocation.model = 'ri"),
        (PARITY + 'tilt = 0.1\ntrend = "momentum"', "allocation.trend = 'momentum' has no effect"),
        ('model = "trend"\ntilt = 0.1\ntrend = "up"', "allocation.trend = 'up': "),
        ('model = "volatility_target"\ntilt = 0.1\nvolatility_target = 0', "allocation.volatility_t"),
        ("tilt = 0.05", "allocation.tilt = 0.05 has no effect with allocation.model = 'fixed'"),
        ("tild = 0.05", "unknown key 'allocation.tild'; the nearest known key is 'tilt'"),
    ],
)  # fmt: skip
def test_an_allocation_that_is_none(tmp_path, keys, words):
    file = portfolio_file(tmp_path, tail=f"[allocation]\n{keys}\n")
    sentence = refused(file)
    assert sentence.startswith(f"{file}: ")
    assert words in sentence
    assert "allocation." in sentence


def test_a_tilt_without_a_model(tmp_path):
    targets = TARGETS.replace("weight = 0.6", "weight = 0.6\ntilt = 0.1")
    sentence = refused(portfolio_file(tmp_path, targets=targets))
    assert "target 'SPY' has tilt = 0.1, which has no effect with" in sentence


def test_every_target_may_have_its_own_tilt(tmp_path):
    targets = TARGETS.replace("weight = 0.6", "weight = 0.6\ntilt = 0.1")
    targets = targets.replace("weight = 0.4", "weight = 0.4\ntilt = 0.2")
    portfolio = portfolios.read(portfolio_file(tmp_path, targets=targets, tail=f"[allocation]\n{PARITY}"))
    assert [portfolio.allocation.tilt_of(target) for target in portfolio.target] == [0.1, 0.2]


def test_fixed_weights_may_be_named(tmp_path):
    read = [
        portfolios.read(portfolio_file(tmp_path, tail=tail)).allocation
        for tail in ("", '[allocation]\nmodel = "fixed"\n')
    ]
    assert read == [AllocationPolicy()] * 2
