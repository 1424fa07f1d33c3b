"""What is no symbol is refused where it comes in, and harmless where an old one goes out."""

import pyarrow as pa
import pytest

from quant.errors import InputError
from tasks.context.cells import cells
from tasks.context.symbols import require_symbols
from tasks.sources.files import survey

NONE = ["=HYPERLINK(1)", "@SUM(A1)", "+A", "-A", "A" * 65, "A B", "A\x1b[2J", "A\u202eB", "", ".A", "SPY\n"]


@pytest.mark.parametrize("text", NONE)
def test_a_text_that_is_no_symbol_is_refused_in_a_printable_sentence(text):
    with pytest.raises(
        InputError, match=r"prices\.csv: .* is no symbol, which has 1 to 64 letters"
    ) as caught:
        require_symbols(["SPY", text], "prices.csv")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


def test_symbols_of_every_exchange_pass():
    require_symbols(["SPY", "^GSPC", "M&M.NS", "BTC-USD", "GBPUSD=X", "BRK-B", "7203.T", "ES_F"], "x")


def test_a_file_with_a_formula_for_a_symbol_is_not_loaded(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("symbol,session,open,high,low,close,volume\n=1+1,2024-01-02,1,1,1,1,1\n")
    with pytest.raises(InputError, match=r"'=1\+1' is no symbol"):
        survey(file)


def test_texts_of_a_table_are_cells_and_numbers_stay():
    table = pa.table({"symbol": ["=1", "SPY", None, "=1"], "close": [-1.0, 2.0, None, 4.0]})
    shown = cells(table)
    assert shown["symbol"].to_pylist() == ["'=1", "SPY", None, "'=1"]
    assert shown["close"].equals(table["close"])
    assert shown.schema == table.schema
