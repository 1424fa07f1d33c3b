"""The command line: answers on standard output (one JSON object with --json), all else on standard error."""

from __future__ import annotations

import gc
import io
import logging
import sys
from collections.abc import Sequence
from copy import copy
from datetime import date
from typing import Annotated

import typer

from flows import no_pandas
from flows.commands import data, evidence, first, halts, ledger, recommendations, warehouse
from flows.commands.backtest import backtest
from flows.commands.endings import complain, finish, mistaken
from flows.commands.messages import alerts, listen, notices
from flows.commands.options import Full, Home, Json, day
from flows.commands.pages import pages
from flows.commands.performance import performance
from flows.commands.review import review
from flows.commands.watch import watch
from flows.commands.whatif import whatif
from quant.errors import BallastError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(data.app, name="data")
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(recommendations.fills, name="fills")
app.add_typer(ledger.ledger, name="ledger")
app.add_typer(ledger.audit, name="audit")
app.add_typer(halts.override, name="override")
app.add_typer(notices.app, name="notices")
app.add_typer(alerts.app, name="alerts")
app.add_typer(evidence.app, name="evidence")

YOUNG = 200_000
"""New objects before the collector looks: imports make hundreds of thousands, and none of them is garbage."""


def _portfolios(incomplete: str) -> list[str]:
    """The portfolios that a shell may complete."""
    from config import portfolio_file, settings

    return [
        name for name in (*portfolio_file.names(settings.load().home), "all") if name.startswith(incomplete)
    ]


PortfolioOption = Annotated[
    str,
    typer.Option(
        "--portfolio",
        help="A portfolio's name, a file ending in .toml, or all.",
        autocompletion=_portfolios,
    ),
]
SessionOption = Annotated[
    str | None, typer.Option("--session", help="The trading day, YYYY-MM-DD; default: the last completed.")
]
SourceOption = Annotated[
    str | None,
    typer.Option("--source", help="yfinance, bundled or files:PATH; default: BALLAST_SOURCE, else yfinance."),
]


def _day(option: str, text: str | None) -> date | None:
    return None if text is None else day(option, text)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"ballast {version('ballast')}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Daily rebalancing recommendations: fetch, check, measure, propose, risk-check, notify."""


@app.command()
def demo(home: Home = None, as_json: Json = False, full: Full = False) -> None:
    """Run the day on bundled real prices of 6 May 2010; needs no network, key or server.

    Example: ballast demo
    """
    from config import settings
    from flows.commands import calls

    context = calls.demo_context(settings.load(home))
    report = calls.run(context, calls.demo(), watch=not as_json)
    finish([report], as_json, context.home, single=True, full=full)


@app.command()
def daily(
    portfolio: PortfolioOption = "core",
    session: SessionOption = None,
    source: SourceOption = None,
    no_notify: Annotated[
        bool, typer.Option("--no-notify", help="Send no message and write no preview.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
    full: Full = False,
) -> None:
    """Run one trading day: fetch, check, measure, propose, risk-check and notify.

    Example: ballast daily --portfolio core --session 2015-08-24 --source files:prices.parquet
    """
    from config import settings
    from flows.commands import calls
    from flows.commands.calls import Daily

    context = calls.context(settings.load(home), "ballast daily")
    asked = Daily(portfolio, _day("--session", session), source, not no_notify)
    if portfolio != "all":
        report = calls.run(context, asked, watch=not as_json)
        finish([report], as_json, context.home, single=True, full=full)
    try:
        names = calls.all_names(context)
    except BallastError as error:
        complain(str(error))
        finish([], as_json, context.home, single=False, refused={"all": (error, None)})
    outcomes = calls.run_all(context, names, asked, watch=not as_json)
    refused = {
        one.portfolio: (one.error, one.report.run_id if one.report else None) for one in outcomes if one.error
    }
    for name, (said, _) in refused.items():
        complain(f"{name}: {said}")
    reports = [one.report for one in outcomes if one.report and not one.error]
    finish(reports, as_json, context.home, single=False, refused=refused, full=full)


@app.command()
def backfill(
    start: Annotated[str, typer.Option(help="The first day to fetch, YYYY-MM-DD.")],
    end: Annotated[str | None, typer.Option(help="The last; default: the last completed session.")] = None,
    portfolio: PortfolioOption = "core",
    source: SourceOption = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Fetch and check history into the warehouse; proposes no trades, sends no message.

    Example: ballast backfill --start 2015-01-01 --portfolio core
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    context = calls.context(settings.load(home), "ballast backfill")
    names = calls.all_names(context) if portfolio == "all" else [portfolio]
    first = _day("--start", start)
    assert first is not None
    done, refused = [], {}
    for name in names:
        try:
            done.append(calls.backfill(context, name, first, _day("--end", end), source, watch=not as_json))
        except BallastError as error:
            if portfolio != "all":
                raise
            complain(f"{name}: {error}")
            refused[name] = error
    terminal.backfilled(done, as_json)
    raise typer.Exit(max([0, *(error.exit_code for error in refused.values())]))


@app.command()
def measure(
    symbols: Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="As the source spells them.")],
    session: SessionOption = None,
    source: SourceOption = None,
    calendar: Annotated[str, typer.Option(help="Their exchange, by exchange_calendars.")] = "XNYS",
    level: Annotated[float, typer.Option("--level", help="Of value at risk, such as 0.99.")] = 0.95,
    window: Annotated[
        int | None,
        typer.Option("--window", help="Sessions of estimators over a window (20) and of VaR (500)."),
    ] = None,
    horizon: Annotated[int, typer.Option("--horizon", help="Sessions that a loss runs over.")] = 1,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Compute volatility estimators, signals and tail risk of symbols without a portfolio; stores nothing.

    Example: ballast measure SPY TLT --session 2020-03-16 --source files:prices.parquet --level 0.99
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal
    from tasks.data.symbol_risk import Options

    context = calls.context(settings.load(home), "ballast measure")
    day = _day("--session", session)
    options = Options(level, window, horizon)
    found = calls.measure(context, symbols, day, source, calendar, options, watch=not as_json)
    terminal.measured(found, as_json)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or latest.")],
    portfolio: Annotated[
        str | None, typer.Option("--portfolio", help="With latest: of this portfolio.")
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Only this account, in a portfolio with accounts.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
    full: Full = False,
) -> None:
    """Show what a run found, and why.

    Example: ballast show latest --portfolio core --account A-1001
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    context = calls.context(settings.load(home), "ballast show")
    report = calls.show(context, run, portfolio, account)
    terminal.print_report(report, as_json, context.home, full=full)


@app.command()
def replay(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, or latest.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Recompute a run from the data it used and compare; exit 1 and the first difference if they differ.

    Example: ballast replay latest
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    context = calls.context(settings.load(home), "ballast replay")
    outcome = calls.replay(context, run)
    terminal.replayed(outcome, as_json)
    raise typer.Exit(1 if outcome.difference else 0)


@app.command()
def up(
    port: Annotated[
        int | None, typer.Option(help="The port of Prefect's pages and API on 127.0.0.1; default: 4200.")
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            help="Work for the Prefect server that somebody else runs at this API address; start none. "
            "A log-in comes from PREFECT_API_AUTH_STRING or PREFECT_API_KEY."
        ),
    ] = None,
    show_password: Annotated[
        bool, typer.Option("--show-password", help="Print the password of the pages; start nothing.")
    ] = False,
    print_systemd: Annotated[
        bool, typer.Option("--print-systemd", help="Print a unit file for systemd; start nothing.")
    ] = False,
    home: Home = None,
) -> None:
    """Start Prefect's server, a worker and the schedule; Ctrl-C stops all of them.

    Example: ballast up --server https://prefect.example.org/api
    """
    from config import environment, settings
    from flows.up import up as running
    from flows.up.systemd import unit

    if server is not None:
        environment.extend(BALLAST_PREFECT_SERVER=server)  # so that all processes of `up` know it
    chosen = settings.load(home)
    where = chosen.home
    if show_password:
        typer.echo(running.password(where))
        return
    if print_systemd:
        typer.echo(unit(where, port, chosen.prefect_server), nl=False)
        return
    running.up(where, port)


@app.command()
def doctor(home: Home = None, as_json: Json = False) -> None:
    """Check environment, warehouse, vendor and Slack; one line each; exit 1 if one has a problem.

    Example: ballast doctor
    """
    from config import settings
    from flows.commands import calls
    from flows.terminal import terminal

    context = calls.context(settings.load(home), "ballast doctor")
    findings = calls.doctor(context)
    terminal.diagnosed(findings, as_json)
    raise typer.Exit(1 if any(finding.status == "bad" for finding in findings) else 0)


app.command()(first.init)
app.command()(ledger.runs)
app.command()(ledger.explain)
app.command()(whatif)
app.command()(backtest)
app.command()(performance)
app.command()(review)
app.command()(pages)
app.command()(watch)
app.command()(recommendations.approve)
app.command()(recommendations.reject)
app.command()(listen.listen)
app.command()(halts.disable)
app.command()(halts.enable)
app.command()(warehouse.backup)
app.command()(warehouse.restore)


def _asked_for(arguments: Sequence[str]) -> typer.Typer:
    """The application with no more than the command that is named first: reading the options of all takes
    a tenth of the time of a quick one.
    """
    name = next(iter(arguments), "")
    groups = [one for one in app.registered_groups if one.name == name]
    commands = [
        one for one in app.registered_commands if name in (one.name, getattr(one.callback, "__name__", ""))
    ]
    if not groups and not commands:
        return app
    alone = copy(app)
    alone.registered_groups, alone.registered_commands = groups, commands
    return alone


def main() -> None:
    """The entry point: every error of ours is one sentence on standard error and its exit code."""
    from config import privacy
    from flows.terminal.console import PrintableFormatter

    no_pandas.refuse()
    gc.set_threshold(YOUNG)
    privacy.begin()
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.WARNING)  # the pages of a run in Prefect show more
    handler.setFormatter(PrintableFormatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign must not fail a finished run
    try:
        _asked_for(sys.argv[1:])()
    except BallastError as error:
        complain(str(error))
        mistaken(str(error))
        sys.exit(error.exit_code)
    except SystemExit as left:
        misread = left.__context__  # of a command line that is none: typer has told it to people
        if isinstance(misread, Exception) and hasattr(misread, "format_message"):
            mistaken(misread.format_message())
        raise
    except KeyboardInterrupt:
        complain("stopped; the next command closes the run as interrupted.")
        sys.exit(130)
    finally:
        gc.freeze()  # nothing is left to collect: looking through all that was imported would take a second
