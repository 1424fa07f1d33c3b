"""One clear sentence for every mistake in a portfolio file."""

import pytest

from config import portfolio_file as portfolios
from quant.errors import InputError
from tests.config.files import TARGETS, portfolio_file, refused

SHOCK = "[[risk.scenario]]\nname = 'a'\n"
MOVED = "max_loss = 0.1\nasset_class = {equity = -0.1}\n"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ('symbol = "AGGG"', "'AGGG' is neither a target nor held nor the benchmark; did you mean 'AGG'?"),
        ('symbol = "AGG"\n[[instrument]]\nsymbol = "AGG"', "instrument 'AGG' stands twice"),
        ('symbol = "AGG"\ncurrency = "GBQ"', "instrument #1.currency = 'GBQ'"),
        ('symbol = "AGG"\ncurrency = "usd"', "did you mean USD?"),
        ('symbol = "AGG"\ncalendar = "XLONN"', "instrument #1.calendar = 'XLONN'"),
        ('symbol = "AGG"\ncurency = "USD"', "'instrument #1.curency'; the nearest known key is 'currency'"),
        ('currency = "USD"', "the key 'instrument #1.symbol' is missing"),
        ('symbol = "AGG"\ntick = 0', "instrument #1.tick = 0: Input should be greater than 0"),
        ('symbol = "AGG"\ntick = "0.05"', "tick = '0.05': a number stands without quotes: write 0.05"),
        ('symbol = "AGG"\ntick = [0.05]', "[{ below = 1, size = 0.0001 }, { size = 0.01 }], or one number"),
        ('symbol = "AGG"\ntick = [{ size = -1 }]', "instrument #1.tick #1.size = -1: Input should"),
        ('symbol = "AGG"\ntick = []', "let the last range be without 'below'"),
        ('symbol = "AGG"\ntick = [{ below = 1, size = 0.01 }]', "let the last range be without 'below'"),
        (
            'symbol = "AGG"\ntick = [{ below = 2, size = 1 }, { below = 1, size = 2 }, { size = 3 }]',
            "begin with the lowest prices",
        ),
        ('symbol = "AGG"\ntick = [{ size = 0.01, blow = 1 }]', "the nearest known key is 'below'"),
    ],
)  # fmt: skip
def test_an_instrument_that_is_none(tmp_path, rows, sentence):
    assert sentence in refused(portfolio_file(tmp_path, tail=f"[[instrument]]\n{rows}\n"))


@pytest.mark.parametrize(("currency", "hint"), [("GBp", "valued in GBP"), ("UDS", "did you mean")])
def test_a_portfolio_is_valued_in_a_known_currency(tmp_path, currency, hint):
    sentence = refused(portfolio_file(tmp_path, f'currency = "{currency}"'))
    assert f"currency = '{currency}'" in sentence
    assert hint in sentence


@pytest.mark.parametrize(
    ("head", "tail", "key", "near"),
    [
        ("benchmrk = 'SPY'", "", "benchmrk", "benchmark"),
        ("Cash = 5", "", "Cash", "cash"),
        ("", "weigth = 1", "target #2.weigth", "weight"),
        ("", "[rebalance]\nband_abs = 1", "rebalance.band_abs", "band_absolute"),
        ("", "[risk]\nmax_wieght = 0.5", "risk.max_wieght", "max_weight"),
        ("[slack]\nchannel = '#a'\nmentions = ''", "", "slack.mentions", "mention"),
        ("", "[rebalence]\nband_absolute = 1", "rebalence", "rebalance"),
        ("[[targets]]\nsymbol = 'SPY'", "", "targets", "target"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path, head, tail, key, near):
    sentence = refused(portfolio_file(tmp_path, head, tail=tail))
    assert f"unknown key '{key}'" in sentence
    assert f"nearest known key is '{near}'" in sentence


def test_a_misspelt_key_is_not_told_as_a_missing_one(tmp_path):
    sentence = refused(portfolio_file(tmp_path, targets=TARGETS.replace("weight", "wieght", 1)))
    assert "unknown key 'target #1.wieght'; the nearest known key is 'weight'" in sentence


def test_lots_belong_in_the_holdings_file(tmp_path):
    assert "unknown key 'lots'" in refused(portfolio_file(tmp_path, "lots = []"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('holdings = "a.csv"' + TARGETS, "name"),
        ('name = "a"' + TARGETS, "holdings"),
        ('name = "a"\nholdings = "a.csv"', "target"),
        ('name = "a"\nholdings = "a.csv"\n[[target]]\nsymbol = "A"\nweight = 1', "target #1.asset_class"),
        ('name = "a"\nholdings = "a.csv"\n[slack]\n' + TARGETS, "slack.channel"),
    ],
)
def test_a_missing_key_is_named(tmp_path, text, key):
    file = tmp_path / "a.toml"
    file.write_text(text)
    assert f"the key '{key}' is missing" in refused(file)


@pytest.mark.parametrize(
    ("first", "second", "total", "change"),
    [("0.6", "0.3", "0.9", "+0.1"), ("0.6", "0.41", "1.01", "-0.01"), ("0", "0", "0", "+1")],
)
def test_weights_that_do_not_sum_to_one(tmp_path, first, second, total, change):
    targets = TARGETS.replace("0.6", first).replace("0.4", second)
    sentence = refused(portfolio_file(tmp_path, targets=targets))
    assert f"sum to {total}, not 1" in sentence
    assert f"by {change}" in sentence


def test_a_target_that_stands_twice(tmp_path):
    assert "target 'SPY' stands twice" in refused(
        portfolio_file(tmp_path, targets=TARGETS.replace("AGG", "SPY"))
    )


@pytest.mark.parametrize(
    "symbol",
    ["S'PY", "SPY; drop table bars; --", "", "S PY", "A" * 25, "SPY/USD", "SPÝ", "..\\\\x", "SPY\\n"],
)
def test_a_symbol_that_is_none(tmp_path, symbol):
    sentence = refused(portfolio_file(tmp_path, targets=TARGETS.replace('"SPY"', f'"{symbol}"')))
    assert "target #1.symbol = " in sentence
    assert "1 to 24 letters, digits" in sentence


@pytest.mark.parametrize("head", ['benchmark = "S\'PY"', 'benchmark = ""'])
def test_a_benchmark_that_is_no_symbol(tmp_path, head):
    sentence = refused(portfolio_file(tmp_path, head))
    assert "benchmark = " in sentence
    assert "1 to 24 letters" in sentence


def test_a_restricted_symbol_that_is_none(tmp_path):
    sentence = refused(portfolio_file(tmp_path, tail='[risk]\nrestricted = ["SPY", "A B"]'))
    assert "risk.restricted #2 = 'A B'" in sentence
    assert "1 to 24 letters" in sentence


@pytest.mark.parametrize(("calendar", "near"), [("NYSEE", "NYSE"), ("XNYX", "XNYS"), ("???", "XNYS")])
def test_a_calendar_that_is_none(tmp_path, calendar, near):
    sentence = refused(portfolio_file(tmp_path, f'calendar = "{calendar}"'))
    assert f"calendar = '{calendar}'" in sentence
    assert near in sentence


@pytest.mark.parametrize(
    ("head", "tail", "field"),
    [
        ("cash = nan", "", "cash = nan"),
        ("cash = inf", "", "cash = inf"),
        ("cash = '5'", "", "cash = '5'"),
        ("cash = true", "", "cash = True"),
        ("currency = 'usd'", "", "currency = 'usd'"),
        ("name = 'a b'", "", "name = 'a b'"),
        ("name = '../../x'", "", "name = '../../x'"),
        ("name = 5", "", "name = 5"),
        ("calendar = 5", "", "calendar = 5"),
        ("holdings_as_of = 'lately'", "", "holdings_as_of = 'lately'"),
        ("holdings_as_of = 2024-12-31T10:00:00", "", "holdings_as_of = '2024-12-31 10:00:00'"),
        ("slack = '#a'", "", "slack = '#a'"),
        ("[slack]\nchannel = ''", "", "slack.channel = ''"),
        ("", "[risk]\nmax_weight = 1.5", "risk.max_weight = 1.5"),
        ("", "[risk]\nmax_weight = true", "risk.max_weight = True"),
        ("", "[risk]\nvar_95 = nan", "risk.var_95 = nan"),
        ("", "[risk]\nmax_order_value = -inf", "risk.max_order_value = -inf"),
        ("", "[risk]\nrestricted = 'SPY'", "risk.restricted = 'SPY'"),
        ("", "[risk]\nmax_class_weight = 1.5", "risk.max_class_weight = 1.5"),
        ("", "[risk]\nmin_cash = -0.1", "risk.min_cash = -0.1"),
        ("", "[risk]\nvar_backtest_p = 5", "risk.var_backtest_p = 5"),
        ("", "[risk]\nmax_beta = inf", "risk.max_beta = inf"),
        ("", "[risk]\nscenario = 'crash'", "risk.scenario = 'crash'"),
        ("", "[risk]\nscenario = [5]", "risk.scenario #1 = 5"),
        ("", f"{SHOCK}asset_class = {{equity = -1.5}}", "risk.scenario #1.asset_class.equity = -1.5"),
        ("", f"{SHOCK}symbol = {{SPY = nan}}", "risk.scenario #1.symbol.SPY = nan"),
        ("", "[data]\nfallback = 'tiingo'", "data.fallback = 'tiingo'"),
        ("", "[data]\ndisagreement = 0", "data.disagreement = 0"),
        ("", "[data]\ncross_check = true", "data = {'cross_check': True}"),
        ("", "[rebalance]\nlot_size = 0.5", "rebalance.lot_size = 0.5"),
        ("", "[rebalance]\nlot_size = -1", "rebalance.lot_size = -1"),
        ("", "[rebalance]\ncash_buffer = 1.0", "rebalance.cash_buffer = 1.0"),
        ("", "[rebalance]\nband_absolute = '5%'", "rebalance.band_absolute = '5%'"),
        ("", "[rebalance]\ncalendar = 'weekly'", "rebalance.calendar = 'weekly'"),
        ("", "[rebalance]\ndestination = 'middle'", "rebalance.destination = 'middle'"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_its_key(tmp_path, head, tail, field):
    assert f": {field}: " in refused(portfolio_file(tmp_path, head, tail=tail))


@pytest.mark.parametrize(
    ("tail", "sentence"),
    [
        ("[risk]\nmin_beta = 1.2\nmax_beta = 1.0", "risk.min_beta = 1.2 is above max_beta = 1"),
        (SHOCK, "scenario 'a' has no limit. Set its max_loss"),
        (f"{SHOCK}max_loss = 0.1", "scenario 'a' moves nothing. Give it asset_class = { ... }"),
        (f"{SHOCK}{MOVED}{SHOCK}", "scenario 'a' stands twice"),
        (
            f"{SHOCK}{MOVED}symbol = {{SYP = -0.1}}",
            "moves the symbol 'SYP', which the portfolio does not have; did you mean 'SPY'?",
        ),
        (f"{SHOCK}{MOVED.replace('equity', 'equities')}", "the asset_class 'equities', which"),
        (f"{SHOCK}{MOVED}max_los = 5", "'risk.scenario #1.max_los'; the nearest known key is 'max_loss'"),
        ("[[risk.scenario]]\nmax_loss = 0.1", "the key 'risk.scenario #1.name' is missing"),
        ("[risk]\nscenario = 5", "write one [[risk.scenario]] table for each scenario"),
    ],
)
def test_a_limit_that_can_mean_nothing(tmp_path, tail, sentence):
    assert sentence in refused(portfolio_file(tmp_path, tail=tail))


@pytest.mark.parametrize("weight", ["nan", "inf", "-0.1", "1.1", "'0.6'", "true", "[0.6]"])
def test_a_weight_that_is_no_share(tmp_path, weight):
    assert "target #1.weight = " in refused(portfolio_file(tmp_path, targets=TARGETS.replace("0.6", weight)))


@pytest.mark.parametrize(
    ("head", "targets", "advice"),
    [
        ("", '[target]\nsymbol = "SPY"\nasset_class = "equity"\nweight = 1', "[[target]]"),
        ("target = [0.6, 0.4]", "", "[[target]]"),
        ("target = []", "", "at least 1 item"),
        ("rebalance = 5", TARGETS, "[rebalance]"),
        ("risk = []", TARGETS, "[risk]"),
    ],
)
def test_a_table_that_is_written_as_something_else(tmp_path, head, targets, advice):
    assert advice in refused(portfolio_file(tmp_path, head, targets))


@pytest.mark.parametrize(
    "text",
    [b"name = ", b"name = 'a'\nname = 'b'", b"[[target]\n", b"\xff\xfe", b"name = '\xe4'", b"\0"],
)
def test_a_file_that_is_not_toml(tmp_path, text):
    file = tmp_path / "a.toml"
    file.write_bytes(text)
    assert "is not valid TOML" in refused(file)


def test_a_folder_in_the_place_of_a_file(tmp_path):
    (tmp_path / "a.toml").mkdir()
    assert "cannot be read (Is a directory)" in refused(tmp_path / "a.toml")


def test_a_file_that_is_not_there(tmp_path):
    assert "cannot be read (No such file or directory)" in refused(tmp_path / "none.toml")


def test_one_security_under_two_spellings_is_refused(tmp_path):
    file = portfolio_file(tmp_path, holdings="symbol,quantity\nspy,10\n")
    with pytest.raises(InputError, match="'SPY' and 'spy' differ only in case"):
        portfolios.read(file)


@pytest.mark.parametrize("written", ["none.csv", "", "../", "/no/such/file.csv", "a\\u0000b"])
def test_holdings_that_cannot_be_read(tmp_path, written):
    with pytest.raises(InputError, match=r"the holdings file cannot be read.*symbol,quantity.*'holdings'"):
        portfolios.read(portfolio_file(tmp_path, f'holdings = "{written}"', holdings=None))


def test_the_class_of_holdings_without_a_target_is_not_for_targets(tmp_path):
    file = portfolio_file(tmp_path)
    file.write_text(file.read_text().replace('"bonds"', '"none"'))
    with pytest.raises(InputError, match="target 'AGG' has asset_class 'none'"):
        portfolios.read(file)
