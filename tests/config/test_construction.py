"""One sentence for each way of constructing trades that contradicts itself or has no effect."""

import pytest

from config import portfolio_file as portfolios
from quant.errors import InputError
from tests.config.files import TARGETS, portfolio_file, refused

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
        ("[costs]\ncommission_max = 0.01\n", "0.01 of it is 100 basis points. Write 100.0 for 1%"),
        ("[costs]\ncommission_min = -1.0\n", "costs.commission_min = -1.0"),
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
    assert words in refused(file)


LOTS = "symbol,quantity,cost_basis,acquired\nSPY,100,400,2024-01-02\nAGG,50,100,2024-01-02\n"
HARVEST = TAX + "method = 'hifo'\nharvest = 0.05\n"


def replaced(spy="IVV", agg=None):
    """The targets, with replacements."""
    targets = TARGETS.replace('symbol = "SPY"', f'symbol = "SPY"\nreplacement = "{spy}"')
    return targets.replace('symbol = "AGG"', f'symbol = "AGG"\nreplacement = "{agg}"') if agg else targets


@pytest.mark.parametrize(
    ("targets", "tables", "words"),
    [
        (replaced("AGG"), "", "replacement = 'AGG' of target 'SPY' is a target itself"),
        (replaced("SPY"), "", "replacement = 'SPY' of target 'SPY' is a target itself"),
        (replaced("IVV", "IVV"), "", "of target 'AGG' is the replacement of 'SPY' already"),
        (replaced("ivv", "IVV"), "", "differ only in case"),
        (replaced("I V"), "", "a symbol has 1 to 24 letters"),
        (replaced(), OPTIMISED, "is not weighed by the optimum. Set construction = 'simple'"),
        (TARGETS, HARVEST, "tax.harvest = 0.05 has no effect where no [[target]] has a replacement"),
        (replaced(), HARVEST.replace("hifo", "lifo"), 'Set method = "hifo" or "minimum_tax"'),
        (replaced(), TAX + "harvest_min = 200.0\n", "harvest_min = 200 has no effect without tax.harvest"),
        (replaced(), HARVEST.replace("0.05", "0.0"), "tax.harvest = 0.0"),
        (replaced(), HARVEST + "wash_sales = 'hold'\n", "tax.wash_sales = 'hold'"),
    ],
)  # fmt: skip
def test_replacements_and_harvests_that_cannot_be_meant(tmp_path, targets, tables, words):
    file = portfolio_file(tmp_path, targets=targets, tail=tables, holdings=LOTS)
    assert words in refused(file)


def test_a_replacement_is_known_everywhere(tmp_path):
    instrument = '[[instrument]]\nsymbol = "IVV"\ncurrency = "USD"\n'
    lists = "[rebalance]\ndo_not_buy = ['IVV']\n"
    portfolio = portfolios.read(
        portfolio_file(tmp_path, targets=replaced(), tail=HARVEST + lists + instrument, holdings=LOTS)
    )
    assert portfolio.symbols == ("SPY", "AGG", "IVV")
    assert portfolio.classes["IVV"] == portfolio.classes["SPY"]
    assert portfolio.tax.blocks_wash_sales
    assert not portfolio.tax.model_copy(update={"wash_sales": "warn"}).blocks_wash_sales


@pytest.mark.parametrize(
    ("targets", "tables", "words"),
    [
        (replaced(), "", "a replacement is not worked out for accounts"),
        (TARGETS, TAX + "wash_sales = 'block'\n", "tax.wash_sales is not worked out for accounts"),
    ],
)
def test_what_is_not_worked_out_for_accounts(tmp_path, targets, tables, words):
    accounts = "account,symbol,quantity,cost_basis,acquired\none,SPY,100,400,2024-01-02\none,CASH,5,,\n"
    with pytest.raises(InputError, match=words):
        portfolios.read(portfolio_file(tmp_path, targets=targets, tail=tables, holdings=accounts))
