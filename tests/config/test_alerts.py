"""HOME/alerts.toml: what it may say, and what it leaves out."""

import re
import tomllib
from pathlib import Path

import pytest

from config import alerts
from config.alerts import AlertRules, Grouping
from quant.errors import InputError

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
SECTION = REFERENCE.read_text(encoding="utf-8").partition("## Alert rules")[2].partition("\n## ")[0]
DEFAULTS, ROUTE = re.findall(r"```toml\n(.*?)```", SECTION, re.DOTALL)


def read(folder, text):
    (folder / "alerts.toml").write_text(text)
    return alerts.of_home(folder)


def test_the_defaults_are_as_the_reference_has_them(tmp_path):
    assert read(tmp_path, DEFAULTS) == AlertRules() == alerts.of_home(tmp_path / "nowhere")
    written = {(table, key) for table, keys in tomllib.loads(DEFAULTS).items() for key in _keys(keys)}
    tables = [table for table in alerts.TABLES if table != "route"]
    every = {(table, key) for table in tables for key in alerts.TABLES[table].model_fields}
    assert written == every


def _keys(table):
    return table[0] if isinstance(table, list) else table


def test_what_the_file_leaves_out_has_its_default_and_an_empty_list_of_rules_is_none(tmp_path):
    found = read(tmp_path, "inhibit = []\n[grouping]\nrepeat_hours = 0\n")
    assert (found.inhibit, found.grouping) == ((), Grouping(repeat_hours=0))


def test_a_route_names_one_or_several_and_may_last_all_day(tmp_path):
    first, second = read(tmp_path, ROUTE + '[[route]]\nchannel = "#desk"\n').route
    assert (first.portfolio, first.channel, first.severity) == (("core",), ("pager",), "critical")
    assert first.hours is not None
    assert [str(one) for one in first.hours] == ["18:00:00", "08:00:00", "America/New_York"]
    assert (second.channel, second.hours, second.severity, second.portfolio) == (
        ("#desk",),
        None,
        "info",
        None,
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[grouping]\nwait = 30\n", "unknown key 'grouping.wait'; the nearest known key is 'wait_seconds'"),
        ("[grouping]\nwait_seconds = -1\n", "grouping.wait_seconds = -1"),
        ("[grouping]\nrepeat_hours = 0.05\n", "repeat_hours must not be shorter than interval_minutes"),
        ("[watch]\nsilent_minutes = 0\n", "watch.silent_minutes = 0"),
        ("[[route]]\n", "the key 'route #1.channel' is missing"),
        ("[[route]]\nchannel = []\n", "route #1.channel"),
        ("[[route]]\nchannel = 5\n", r'route #1.channel = 5: write a list such as \["#desk"\], or one name'),
        ('[route]\nchannel = "a"\n', r"write one \[\[route\]\] table for each route"),
        ('[[route]]\nchannel = "a"\nfrom = "08:00"\n', "from, to and timezone belong together"),
        ('[[route]]\nchannel = "a"\nform = "08:00"\n', "unknown key 'route #1.form'.* is 'from'"),
        (
            '[[route]]\nchannel = "a"\nfrom = "8:00"\nto = "17:00"\ntimezone = "UTC"\n',
            "route #1.from = '8:00': write hours and minutes, such as \"08:30\"",
        ),
        (
            '[[route]]\nchannel = "a"\nfrom = "08:00"\nto = "08:00"\ntimezone = "UTC"\n',
            "from and to are the same",
        ),
        (
            '[[route]]\nchannel = "a"\nfrom = "08:00"\nto = "17:00"\ntimezone = "Europe"\n',
            "timezone = 'Europe': write the name of a time zone",
        ),
        ('[[route]]\nchannel = "a"\nseverity = "grave"\n', "route #1.severity = 'grave'"),
        ('[[inhibit]]\nsource = "market_wide"\n', "the key 'inhibit #1.target' is missing"),
        ('[[inhibit]]\nsource = "a"\ntarget = "b"\nequal = ["sector"]\n', "inhibit #1.equal #1 = 'sector'"),
    ],
)
def test_what_is_not_right_is_refused_in_one_sentence(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence) as refused:
        read(tmp_path, text)
    assert "\n" not in str(refused.value)
    assert str(tmp_path / "alerts.toml") in str(refused.value)
