"""Versions of definitions: by name, the first one for whoever knew none."""

import pytest

from quant.policy import definitions
from quant.policy.definitions import NEWEST, Definitions, now


@pytest.fixture(autouse=True)
def changed(monkeypatch):
    monkeypatch.setattr(definitions, "CHANGED", {"rounding": 3})


def test_a_run_keeps_the_version_that_it_began_with():
    assert now().of("rounding") == 3
    assert Definitions(versions={"rounding": 2}).of("rounding") == 2


def test_a_run_of_before_the_first_change_has_the_first_version():
    assert Definitions().of("rounding") == 1


def test_a_definition_that_never_changed_has_no_version():
    with pytest.raises(KeyError, match="rouding"):
        now().of("rouding")


def test_what_is_kept_is_read_back():
    assert Definitions.model_validate_json(now().model_dump_json()) == now()
    assert NEWEST.named("checks") is None
    assert "cash" in (now().named("checks") or ())
