"""The page that shows a message as Slack does: it draws all that is sent, and says what it does not know."""

import json
from pathlib import Path

import pytest

from tests.standins.slack_page import mrkdwn, page

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
UNKNOWN = 'class="unknown"'


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_everything_that_is_sent_is_drawn(file):
    payload = json.loads(file.read_text(encoding="utf-8"))
    assert UNKNOWN not in page(payload)
    assert UNKNOWN in page(payload | {"blocks": [*payload["blocks"], {"type": "hologram"}]})


def test_a_table_is_drawn_cell_by_cell_and_a_data_table_up_to_its_page():
    rows = [[{"type": "raw_text", "text": f"row {n} <b>"}] for n in range(9)]
    shown = page({"blocks": [{"type": "data_table", "caption": "c", "rows": rows, "page_size": 3}]})
    assert "row 3 &lt;b&gt;" in shown
    assert "row 4" not in shown
    assert "row 8" in page({"blocks": [{"type": "table", "rows": rows}]})


def test_markup_is_slacks_own():
    assert mrkdwn("*SELL 1* at 2 * 3 &lt;x&gt;") == "<b>SELL 1</b> at 2 * 3 &lt;x&gt;"
    assert mrkdwn("see\n```a  *b*\n```\nthen") == "see<pre>a  *b*</pre>then"
    assert mrkdwn("<https://e.org|open> `x*y*`").startswith('<a href="https://e.org">open</a> <code>')
