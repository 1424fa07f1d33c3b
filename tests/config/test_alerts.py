"""HOME/alerts.toml: what it may say, and what it leaves out."""

import pytest

from config import alerts
from config.alerts import AlertRules
from quant.errors import InputError

WHOLE = """
[escalation]
deputy_minutes = 5
[grouping]
wait_seconds = 30
interval_minutes = 5
repeat_hours = 4
[watch]
grace_seconds = 10
silent_minutes = 5
[[route]]
portfolio = "core"
severity = "critical"
from = "09:30"
to = "16:00"
timezone = "America/New_York"
channel = ["#desk", "pager"]
[[route]]
channel = "#desk"
[[inhibit]]
source = "market_wide"
target = ["flash_crash", "range_shock"]
"""


def read(folder, text):
    (folder / "alerts.toml").write_text(text)
    return alerts.of_home(folder)


def test_what_stands_in_the_file_is_what_there_is_without_one(tmp_path):
    found, default = read(tmp_path, WHOLE), AlertRules()
    assert (found.grouping, found.watch, found.escalation) == (
        default.grouping, default.watch, default.escalation
    )  # fmt: skip
    assert found.inhibit == default.inhibit
    assert (found.grouping.wait_seconds, found.grouping.interval_minutes, found.grouping.repeat_hours) == (
        30, 5, 4
    )  # fmt: skip
    first, second = found.route
    assert (first.portfolio, first.channel, second.channel) == (("core",), ("#desk", "pager"), ("#desk",))
    assert first.hours is not None
    assert [str(one) for one in first.hours] == ["09:30:00", "16:00:00", "America/New_York"]
    assert (second.hours, second.severity, second.portfolio) == (None, "info", None)
    assert alerts.of_home(tmp_path / "nowhere") == default
    assert read(tmp_path, "inhibit = []\n").inhibit == ()


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
