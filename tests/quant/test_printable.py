"""No text from outside commands a terminal, turns a line around, or becomes a formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.printable import cell, printable

ESCAPES = {
    "\x1b[2J": "�[2J",
    "\x1b]8;;http://example.org\x1b\\": "�]8;;http://example.org�\\",
    "a\u202eb": "a�b",
    "a\u200bb": "a�b",
    "a\rb\x07": "a�b�",
    "a\nb": "a\nb",
    "Łódź −5 %": "Łódź −5 %",
}


@pytest.mark.parametrize(("text", "shown"), ESCAPES.items())
def test_what_a_terminal_obeys_is_shown_as_a_sign(text, shown):
    assert printable(text) == shown


@given(st.text())
def test_every_text_becomes_printable_and_keeps_its_length(text):
    assert all(letter == "\n" or letter.isprintable() for letter in printable(text))
    assert len(printable(text)) == len(text)
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize("formula", ["=HYPERLINK(1)", "@SUM(A1)", "+1", "-1", "\t=1", "\r=1", "  =1"])
def test_a_formula_is_a_text_to_a_spreadsheet(formula):
    assert cell(formula).startswith("'")


@pytest.mark.parametrize("text", ["SPY", "^GSPC", "M&M.NS", "BTC-USD", ""])
def test_a_name_stays_as_it_is(text):
    assert cell(text) == text
