"""A terminal shows what a vendor, a file or a person wrote, and obeys none of it."""

import io
import json
import logging
import sys

import pytest
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from flows.commands import cli
from flows.terminal.console import Console, PrintableFormatter

HOSTILE = "a\x1b[2J\x1b]8;;http://example.org\x07b\u202ec\x00\x9b31m"


def table():
    shown = Table("symbol", title=HOSTILE)
    shown.add_row(HOSTILE)
    return shown


@pytest.mark.parametrize("shown", [escape(HOSTILE), Text(HOSTILE), table()], ids=["text", "Text", "table"])
@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_of_a_text_reaches_the_terminal_as_a_command(shown, terminal):
    written = io.StringIO()
    Console(file=written, force_terminal=terminal, color_system=None, width=200).print(shown)
    text = written.getvalue()
    for letter in "\x00\x9b\x07\u202e":
        assert letter not in text
    assert "[2J" in text
    assert "\x1b[2J" not in text
    assert "\x1b]8" not in text


def test_colours_of_our_own_stay():
    written = io.StringIO()
    Console(file=written, force_terminal=True, color_system="standard").print("[red]SPY[/]")
    assert written.getvalue() == "\x1b[31mSPY\x1b[0m\n"


def test_a_log_line_is_printable():
    record = logging.LogRecord("x", logging.WARNING, "", 0, "said %s", (HOSTILE,), None)
    assert PrintableFormatter("%(message)s").format(record).isprintable()


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (["dayly"], "No such command 'dayly'"),
        (["daily", "--portfolo", "core"], "No such option: --portfolo"),
        (["show"], "Missing argument"),
        (["audit", "export", "--year", "26", "--out", "x.zip"], "greater than or equal to 1900"),
    ],
)
def test_a_line_that_is_no_command_is_told_as_json_where_that_is_asked_for(
    monkeypatch, capsys, line, sentence
):
    for asked in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["ballast", *line, *asked])
        with pytest.raises(SystemExit) as left:
            cli.main()
        told, said = capsys.readouterr()
        assert left.value.code == 2
        assert "Usage: " in said
        if asked:
            mistake = json.loads(told)
            assert (mistake["schema"], sentence in mistake["error"]) == (1, True)
        else:
            assert told == ""
