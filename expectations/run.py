"""Runs the suites over the staging file, through Great Expectations on our own open connection."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
from duckdb_engine import ConnectionWrapper
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.interfaces import Batch
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.expectations.expectation import Expectation

from expectations import actions, bars, coverage, minutes, pages
from expectations.suite import Suite
from expectations.verdict import Connection, Outcome, Verdict
from quant.errors import BallastError

# It raises its own level when it is imported, to tell of a folder for pages that are not built.
logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

SUITES = (bars.SUITE, actions.SUITE, coverage.SUITE)
MINUTES = (minutes.SUITE,)

_PROJECT = threading.Lock()  # Great Expectations has one current project per process


class Borrowed(ConnectionWrapper):
    """Our open connection as SQLAlchemy sees it: it may be read through, but is neither committed nor closed.

    Great Expectations fetches after SQLAlchemy has released the connection; a rollback in between would take
    the rows away.
    """

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def close(self) -> None: ...


def validate(connection: Connection, where: Path | None, batch: str, *, daily: bool) -> Verdict:
    """See `expectations.validate`."""
    connection.execute("delete from rejected")
    suites = SUITES if daily else MINUTES
    with _datasource(connection, [suite.table for suite in suites]) as staging:
        outcomes = _examine(connection, [_staged(connection, staging, suite) for suite in suites])
    held = "; ".join(problem for outcome in outcomes for problem in outcome.problems) or None
    docs = pages.publish(connection, where, batch, held, outcomes) if where else None
    return Verdict(held, outcomes, docs)


@contextmanager
def _datasource(connection: Any, tables: Sequence[str]) -> Iterator[SQLDatasource]:
    """Great Expectations over tables of `connection`, with nothing stored and nothing shown.

    The tables are given with it: each one that is added later writes the whole project as YAML.
    """
    with _PROJECT:
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        yield context.data_sources.add_sql(
            "staging",
            connection_string="duckdb:///:memory:",
            kwargs={"creator": lambda: Borrowed(connection)},  # type: ignore[call-arg] # missing in its stub
            assets=[{"type": "table", "name": table, "table_name": table} for table in tables],
        )


@dataclass(frozen=True)
class Staged:
    """A table of the staging file, its suite, and how many rows it has."""

    suite: Suite
    batch: Batch
    checked: int


def _staged(connection: Connection, staging: SQLDatasource, suite: Suite) -> Staged:
    asset = staging.get_asset(suite.table)
    (checked,) = connection.execute(f"select count(*) from {suite.table}").fetchone()  # noqa: S608 - proof: SUITES name their tables
    return Staged(suite, asset.get_batch(asset.build_batch_request()), checked)


def _examine(connection: Connection, tables: Sequence[Staged]) -> tuple[Outcome, ...]:
    """The columns of every table, and only if all are right (rules look across tables) everything else."""
    shapes = [shape for table in tables for shape in _judge_table(table, [table.suite.columns])]
    if any(shape.failed for shape in shapes):
        return tuple(shapes)
    whole = [outcome for table in tables for outcome in _judge_table(table, table.suite.whole)]
    rows = [outcome for table in tables for outcome in _judge_rows(connection, table)]
    return (*shapes, *whole, *rows)


def _judge_table(table: Staged, rules: Sequence[Expectation]) -> Iterator[Outcome]:
    """What each rule for a whole table found, in the words of its result."""
    for rule, words, result in _results(table.batch, rules, {"result_format": "COMPLETE"}):
        problems = tuple(row["problem"] for row in result["result"]["details"]["unexpected_rows"])
        yield Outcome(table.suite.table, rule, words, table.checked, len(problems), problems)


def _judge_rows(connection: Connection, table: Staged) -> Iterator[Outcome]:
    """What each rule for rows found; every row that breaks it is put into `rejected`.

    A result has their number alone, so the rows are read with the query that it carries.
    What a person has accepted passes, whatever rule it breaks.
    """
    name = table.suite.table
    if not table.checked:  # of no row a rule can be broken; asking Great Expectations costs 10 ms a rule
        for expectation in table.suite.rows:
            yield Outcome(name, _rule(expectation), str(expectation.description), 0, 0)
        return
    for rule, words, result in _results(table.batch, table.suite.rows, {"result_format": "BASIC"}):
        failed = 0 if result.success else _reject(connection, name, rule, words, _broken(result, name))
        yield Outcome(name, rule, words, table.checked, failed)


def _broken(result: ExpectationValidationResult, table: str) -> str:
    """The query behind a result: row_id, symbol, day and value of each row that breaks its rule."""
    return str(result["expectation_config"]["kwargs"]["unexpected_rows_query"]).format(batch=table)


def _reject(connection: Connection, table: str, rule: str, words: str, broken: str) -> int:
    """Puts what the query `broken` returns into `rejected`; a value that is not a number becomes NULL."""
    insert = f"""
        insert into rejected (table_name, row_id, symbol, session, rule, words, value)
        select ?, row_id, symbol, session, ?, ?, try_cast(value as double)
        from ({broken}) as broken (row_id, symbol, session, value)
        anti join (from accepted where table_name = ?) using (row_id)"""  # noqa: S608 - proof: a suite's own query
    (count,) = connection.execute(insert, [table, rule, words, table]).fetchone()
    return int(count)


def _results(
    batch: Batch, rules: Sequence[Expectation], form: dict[str, Any]
) -> Iterator[tuple[str, str, ExpectationValidationResult]]:
    """(rule, words, result) of each rule, in the suite's order, which Great Expectations does not keep."""
    suite = gx.ExpectationSuite(name=batch.data_asset.name, expectations=list(rules))
    results = batch.validate(suite, result_format=form).results
    found = {result["expectation_config"]["meta"]["rule"]: result for result in results}
    for expectation in rules:
        rule = _rule(expectation)
        result = found[rule]
        if not result.result:
            raise BallastError(f"the rule {rule} of {suite.name} could not be evaluated: {_why(result)}")
        yield rule, str(expectation.description), result


def _rule(expectation: Expectation) -> str:
    return str((expectation.meta or {})["rule"])


def _why(result: ExpectationValidationResult) -> str:
    """The first line of the first exception in a result, which has one for each measurement that failed."""
    message = next(info["exception_message"] for info in result.exception_info.values())
    return str(message).splitlines()[0]
