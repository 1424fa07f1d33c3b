from pathlib import Path

import pytest
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import is_valid_schema, validate

from flows.backfill import backfill
from flows.daily import daily
from flows.up.form import choices, offering
from tasks import sources


@pytest.fixture
def schema(tmp_path):
    folder = tmp_path / "portfolios"
    folder.mkdir()
    (folder / "mine.toml").touch()
    return offering(parameter_schema(daily.fn).model_dump(), choices(tmp_path))


def kinds(schema, name):
    return schema["properties"][name]["anyOf"]


def test_the_form_offers_every_portfolio_and_source(schema):
    known, file = kinds(schema, "portfolio")
    assert {"all", "core", "mine"} <= {*known["enum"]}
    assert (file["type"], "enum" in file) == ("string", False)
    known, path, empty = kinds(schema, "source")
    assert {*known["enum"]} == {*sources.names()} - {"files"}
    assert (path["title"], empty["type"]) == ("files:PATH", "null")


def test_what_is_said_of_a_parameter_stays_and_so_do_the_others(schema):
    before = parameter_schema(daily.fn).model_dump()["properties"]
    after = schema["properties"]
    assert {name: after[name] for name in ("session", "notify")} == {
        name: before[name] for name in ("session", "notify")
    }
    for name in ("portfolio", "source"):
        for key in ("default", "description", "position", "title"):
            assert after[name][key] == before[name][key]


@pytest.mark.parametrize("portfolio", ["all", "mine", "/somewhere/else.toml"])
def test_prefect_takes_what_the_form_sends(schema, portfolio):
    is_valid_schema(schema)
    sent = {"portfolio": portfolio, "session": "2015-08-24", "source": None, "notify": True}
    assert not validate(sent, schema, raise_on_error=True)


def test_again_offered_it_is_the_same(schema, tmp_path):
    assert offering(schema, choices(tmp_path)) == schema


def test_a_required_parameter_stays_required():
    found = offering(parameter_schema(backfill.fn).model_dump(), choices(Path("/nowhere")))
    assert found["required"] == ["start"]
