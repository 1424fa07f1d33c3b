"""One sentence for each way of constructing trades that contradicts itself or has no effect."""

import pytest

from config import portfolio as portfolios
from quant.errors import InputError
from tests.config.files import portfolio_file

TAX = "[tax]\nshort_rate = 0.4\nlong_rate = 0.2\n"
OPTIMISED = "[rebalance]\nconstruction = 'optimised'\n"


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ("[rebalance]\nconstruction = 'best'\n", "rebalance.construction = 'best'"),
        ("[rebalance]\ntracking_aversion = 5.0\n", "tracking_aversion = 5 has no effect"),
        (OPTIMISED + "tracking_aversion = 0.0\n", "rebalance.tracking_aversion = 0.0"),
        (OPTIMISED + "destination = 'edge'\n", "contradicts it. Remove destination"),
        (OPTIMISED + "cash_first = true\n", "Remove cash_first"),
        (OPTIMISED + TAX, 'Set tax.method = "minimum_tax"'),
        ("[rebalance]\nturnover_cap = 1.5\n", "rebalance.turnover_cap = 1.5"),
        ("[rebalance]\ndo_not_sell = ['SPX']\n", "neither a target nor held; did you mean 'SPY'?"),
        ("[rebalance]\ndo_not_buy = 'SPY'\n", 'write a list such as ["SPY"]'),
        ("[rebalance]\ndo_not_buy = ['S P']\n", "a symbol has 1 to 24 letters"),
        ("[costs]\nimpact = -1.0\n", "costs.impact = -1.0"),
        ("[costs]\nspread = 1.0\n", "the nearest known key is 'half_spread'"),
        ("[tax]\nlong_rate = 0.2\n", "the key 'tax.short_rate' is missing"),
        (TAX + "method = 'average'\n", "tax.method = 'average'"),
        (TAX, "a lot of SPY has no cost_basis, which [tax] needs"),
    ],
)  # fmt: skip
def test_a_sentence_for_each(tmp_path, tables, words):
    lots = "symbol,quantity,cost_basis,acquired\nSPY,100,400,2024-01-02\nAGG,50,100,2024-01-02\n"
    lots = "symbol,quantity\nSPY,100\nAGG,50\n" if tables == TAX else lots
    file = portfolio_file(tmp_path, tail=tables, holdings=lots)
    with pytest.raises(InputError) as caught:
        portfolios.read(file)
    assert str(caught.value).startswith(str(tmp_path))
    assert words in str(caught.value)
