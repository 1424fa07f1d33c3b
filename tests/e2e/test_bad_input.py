"""A caller's mistake: one clear sentence, exit code 2, nothing written."""

import os
import shutil

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from flows.commands.cli import main
from tests.config.files import HOLDINGS, TARGETS, portfolio_file
from tests.e2e.cli import ballast, side_by_side
from tests.warehouse.newer import write_as_newer_duckdb
from warehouse.duckdb_file.backend import DuckDBFile

SESSION = "2015-08-24"
DAYS = ["2015-08-20", "2015-08-21", SESSION]
HEADER = "symbol,session,open,high,low,close,volume"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("BALLAST_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def desk(tmp_path):
    """A portfolio, its holdings and three days of prices, all of them right."""
    portfolio_file(tmp_path)
    lines = [f"{symbol},{day},100,101,99,100,5000" for symbol in ("SPY", "AGG") for day in DAYS]
    (tmp_path / "prices.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    return tmp_path


def arguments(desk, **options):
    """`ballast daily` on the desk, with some options put wrong; None leaves one out."""
    given = {"portfolio": desk / "two.toml", "session": SESSION, "source": f"files:{desk / 'prices.csv'}"}
    chosen = (given | options).items()
    return [
        "daily",
        *(text for name, value in chosen if value is not None for text in (f"--{name}", str(value))),
    ]


def contents(folder):
    """Every file below a folder with its bytes, and every folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


def one_sentence(code, out, err):
    """The one line on standard error that a mistake is told in."""
    assert code == 2, err
    assert out == ""
    assert err.startswith("ballast: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    return err


@pytest.fixture
def refused(desk, monkeypatch, capsys):
    """Run the command line in this process, check that it wrote nothing, and return its one sentence."""

    def run(*given, home=desk / "home"):
        monkeypatch.setattr("sys.argv", ["ballast", *map(str, given), "--home", str(home)])
        before = contents(desk)
        with pytest.raises(SystemExit) as left:
            main()
        assert contents(desk) == before
        return one_sentence(left.value.code, *capsys.readouterr())

    return run


def unknown_key(desk):
    file = portfolio_file(desk, "benchmrk = 'SPY'")
    return arguments(desk), [str(file), "'benchmrk'", "'benchmark'"]


def holdings_missing(desk):
    (desk / "two.csv").unlink()
    return arguments(desk), [str(desk / "two.csv"), "cannot be read", "symbol,quantity"]


def holiday(desk):
    return arguments(desk, session="2015-07-03"), ["2015-07-03", "XNYS", "2015-07-02", "2015-07-06"]


def prices_absent(desk):
    return arguments(desk, source="files:none.parquet"), [
        str(desk / "none.parquet"),
        "does not exist",
        ".csv",
    ]


@pytest.mark.parametrize("mistake", [unknown_key, holdings_missing, holiday, prices_absent])
def test_told_once_and_nothing_written(desk, mistake):
    given, fragments = mistake(desk)
    before = contents(desk)
    plain, as_json = side_by_side(
        [
            lambda: ballast(*given, home=desk / "home", expect=2),
            lambda: ballast(*given, "--json", home=desk / "home", expect=2),
        ]
    )
    sentence = one_sentence(2, plain.out, plain.err)
    for fragment in fragments:
        assert fragment in sentence
    assert as_json.json == {"schema": 1, "error": sentence.removeprefix("ballast: ").removesuffix("\n")}
    assert as_json.out.count("\n") == 1
    assert as_json.err == sentence
    assert contents(desk) == before


# In this process, through the same entry point: every other kind.


def test_the_desk_itself_is_right(desk):
    """Each mistake below is the only one: without it the run goes through."""
    report = ballast(*arguments(desk), "--json", home=desk / "home").json
    assert (report["portfolio"], report["session"], report["value"]) == ("two", SESSION, 15000.0)


def third(weight="0.1", symbol="GLD"):
    return f'\n[[target]]\nsymbol = "{symbol}"\nasset_class = "metal"\nweight = {weight}\n'


@pytest.mark.parametrize(
    ("targets", "fragments"),
    [
        (TARGETS + third(), ["sum to 1.1", "-0.1"]),
        (TARGETS.replace("0.6", "0.5"), ["sum to 0.9", "+0.1"]),
        (TARGETS + third("0", "SPY"), ["'SPY' stands twice"]),
        (
            TARGETS.replace("SPY", "SPY'; drop table bars; --"),
            ["target #1.symbol", "SPY'; drop", "1 to 24 letters"],
        ),
        (TARGETS.replace("SPY", "S'PY"), ["target #1.symbol", "S'PY", "1 to 24 letters"]),
        (TARGETS.replace("0.6", '"most"'), ["target #1.weight = 'most'"]),
        (TARGETS.replace("weight", "wieght", 1), ["'target #1.wieght'", "'weight'"]),
        (TARGETS + "[risk]\nmax_wait = 1", ["'risk.max_wait'", "'max_weight'"]),
        (TARGETS + "[rebalance", ["not valid TOML", "line"]),
    ],
)
def test_a_portfolio_file(desk, refused, targets, fragments):
    file = portfolio_file(desk, targets=targets)
    sentence = refused(*arguments(desk))
    for fragment in [str(file), *fragments]:
        assert fragment in sentence


@pytest.mark.parametrize(
    ("holdings", "fragments"),
    [
        (HOLDINGS + "SPY,1\n", ["line 4", "SPY", "line 2", "already"]),
        (
            "symbol,quantity,acquired\nSPY,1,2020-01-02\nSPY,2,2020-01-02\n",
            ["line 3", "2020-01-02", "line 2"],
        ),
        ("symbol,quantity\nSPY,-5\n", ["line 2", "quantity '-5'", "at least 0"]),
        ("symbol,quantity\nSPY,many\n", ["line 2", "quantity 'many'", "number"]),
        ("symbol\nSPY\n", ["lacks the column 'quantity'"]),
        ("", ["lacks the column 'symbol'"]),
        ('symbol,quantity\n"x\'; drop table bars; --",1\n', ["line 2", "drop table", "1 to 24 letters"]),
    ],
)
def test_a_holdings_file(desk, refused, holdings, fragments):
    portfolio_file(desk, holdings=holdings)
    sentence = refused(*arguments(desk))
    for fragment in [str(desk / "two.csv"), *fragments]:
        assert fragment in sentence


@pytest.mark.parametrize(
    ("session", "fragments"),
    [
        ("2015-08-22", ["2015-08-22", "XNYS", "2015-08-21", "2015-08-24"]),
        ("2999-01-02", ["2999-01-02", "not complete yet", "last completed"]),
        ("2015-08-19", ["2015-08-19", "before the source begins", "2015-08-20"]),
        ("0001-01-05", ["0001-01-05", "1970-01-02"]),
        ("24.08.2015", ["--session", "'24.08.2015'", "YYYY-MM-DD"]),
        ("", ["--session", "''", "YYYY-MM-DD"]),
    ],
)
def test_a_session(desk, refused, session, fragments):
    sentence = refused(*arguments(desk, session=session))
    for fragment in fragments:
        assert fragment in sentence


@pytest.mark.parametrize(
    ("option", "text", "fragments"),
    [
        ("portfolio", "cor", ["'cor'", "'core'", ".toml"]),
        ("portfolio", "x'; drop table runs; --", ["x'; drop table runs; --", "core"]),
        ("portfolio", "none.toml", ["none.toml", "No such file"]),
        ("source", "yfinnace", ["'yfinnace'", "'yfinance'"]),
        ("source", "file:prices.csv", ["'file:prices.csv'", "'files'"]),
        ("source", "files", ["'files'", "files:PATH"]),
        ("source", "files:", ["'files:'", "files:PATH"]),
    ],
)
def test_an_unknown_name(desk, refused, option, text, fragments):
    sentence = refused(*arguments(desk, **{option: text}))
    for fragment in fragments:
        assert fragment in sentence


def empty(desk):
    (desk / "p.parquet").write_bytes(b"")
    return "p.parquet", ["is empty"]


def no_volume(desk):
    (desk / "p.csv").write_text("symbol,session,open,high,low,close\nSPY,2015-08-24,1,1,1,1\n")
    return "p.csv", ["lacks the column volume"]


def text_named_parquet(desk):
    shutil.copy(desk / "prices.csv", desk / "p.parquet")
    return "p.parquet", ["is not a Parquet file"]


def parquet_named_csv(desk):
    pq.write_table(pyarrow.csv.read_csv(desk / "prices.csv"), desk / "p.csv")
    return "p.csv", ["is not a CSV"]


def another_kind(desk):
    shutil.copy(desk / "prices.csv", desk / "p.xlsx")
    return "p.xlsx", ["neither .parquet nor .csv"]


def folder_without_prices(desk):
    (desk / "folder").mkdir()
    return "folder", ["holds no .csv file"]


def a_word_for_a_session(desk):
    (desk / "p.csv").write_text(f"{HEADER}\nSPY,today,1,1,1,1,1\n")
    return "p.csv", ["row 1", "'session'", "'today'", "YYYY-MM-DD"]


@pytest.mark.parametrize(
    "mistake",
    [
        empty, no_volume, text_named_parquet, parquet_named_csv, another_kind,
        folder_without_prices, a_word_for_a_session,
    ],
)  # fmt: skip
def test_a_file_of_prices(desk, refused, mistake):
    name, fragments = mistake(desk)
    sentence = refused(*arguments(desk, source=f"files:{desk / name}"))
    for fragment in [str(desk / name), *fragments]:
        assert fragment in sentence


@pytest.mark.parametrize("command", ["daily", "demo", "backfill", "up"])
@pytest.mark.parametrize("where", ["file", "file/below", "/proc/nowhere"])
def test_a_home_that_cannot_be_written(desk, refused, command, where):
    (desk / "file").write_text("kept")
    given = {
        "daily": arguments(desk),
        "backfill": [
            "backfill",
            "--start",
            "2015-08-20",
            *arguments(desk, session=None)[1:],
            "--end",
            SESSION,
        ],
    }
    sentence = refused(*given.get(command, [command]), home=desk / where)
    for fragment in [str(desk / where), "cannot be written", "--home"]:
        assert fragment in sentence


@pytest.mark.parametrize(
    ("name", "value"),
    [("BALLAST_LOCK_TIMEOUT", "soon"), ("BALLAST_SLACK_URL", "slack"), ("BALLAST_HOME", "~no-such-person/x")],
)
def test_a_setting(desk, refused, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    home = value if name == "BALLAST_HOME" else desk / "home"
    assert name in refused(*arguments(desk), home=home)


@pytest.fixture
def home(desk):
    """A HOME with a warehouse in it."""
    (desk / "home").mkdir()
    with DuckDBFile(desk / "home").open():
        pass
    return desk / "home"


def newer_schema(home):
    with DuckDBFile(home).open() as db:
        db.connection.execute("insert into migrations values (999, '0999_future', now()::timestamp)")
    return ["newer Ballast", "schema 999"]


def newer_duckdb(home):
    write_as_newer_duckdb(home / "warehouse.duckdb")
    return ["newer DuckDB"]


@pytest.mark.parametrize("newer", [newer_schema, newer_duckdb])
def test_a_warehouse_of_a_newer_version(desk, home, refused, newer):
    fragments = newer(home)
    for given in (arguments(desk), ["show", "latest"], ["replay", "latest"]):
        sentence = refused(*given)
        for fragment in [str(home / "warehouse.duckdb"), "Upgrade Ballast", "--home", *fragments]:
            assert fragment in sentence


@pytest.mark.parametrize("command", ["show", "replay"])
@pytest.mark.parametrize("run", ["latest", "20150824", "x'; drop table runs; --"])
def test_a_run_that_there_is_not(home, refused, command, run):
    assert "ballast daily" in refused(command, run) or "latest" in refused(command, run)


@pytest.mark.parametrize("command", [["show", "latest"], ["replay", "latest"]])
def test_a_home_without_a_warehouse(desk, refused, command):
    assert f"no warehouse in {desk / 'home'}" in refused(*command)


def test_one_bad_portfolio_among_all(desk, home):
    """The others run; the bad one is told by name and decides the exit code."""
    own = home / "portfolios"
    own.mkdir()
    shutil.copy(desk / "two.csv", own)
    shutil.copy(desk / "two.toml", own)
    (own / "bad.toml").write_text((desk / "two.toml").read_text().replace("0.4", "0.5"))
    source = f"files:{desk / 'prices.csv'}"
    ran = ballast(
        "daily", "--portfolio", "all", "--session", SESSION, "--source", source, "--json", home=home, expect=2
    )
    assert [report["portfolio"] for report in ran.json["runs"]] == ["two"]
    assert [refused["portfolio"] for refused in ran.json["errors"]] == ["bad"]
    told = [line for line in ran.err.splitlines() if line.startswith("ballast: ")]
    assert len(told) == 1
    assert "bad.toml" in told[0]
    assert "sum to 1.1" in told[0]
