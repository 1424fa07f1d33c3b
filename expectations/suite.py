"""The words in which a suite is written: one suite per staged table, of rules that say what must hold."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar

from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core.id_dict import IDDict
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import (
    ExpectationConfiguration,
    parse_result_format,
)
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.validator import ValidationDependencies

from quant.faults import Table, kinds

PRICE_NOISE = 1e-6
"""Relative. Vendors keep prices as 32-bit floats, which round at 6e-8, and adjust them afterwards: a high
that falls short of the close by less than this is the same price, not an error."""


COUNT = "unexpected_rows_query.row_count"


class NoneWhere(UnexpectedRowsExpectation):
    """Finds the rows that break a rule, and only counts them: whoever wants them runs the query.

    Every rule of rows is one. A rule by Great Expectations' expectations of columns takes three to six times
    its time: each is resolved into several measurements.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = (COUNT,)
    _told: ExpectationConfiguration | None = PrivateAttr(None)

    @property
    def configuration(self) -> ExpectationConfiguration:
        """What it says of itself. It is asked thirty times when it is judged, and never changes."""
        if self._told is None:
            self._told = super().configuration
        told = copy(self._told)
        told.kwargs = {**self._told.kwargs}
        return told

    def get_validation_dependencies(
        self,
        execution_engine: Any = None,  # noqa: ARG002 - as it is called
        runtime_configuration: dict[str, Any] | None = None,
    ) -> ValidationDependencies:
        """The count, of this rule's query on its batch: what is found otherwise by making the rule anew."""
        given = self.configuration.kwargs
        count = MetricConfiguration(
            COUNT,
            IDDict(batch_id=given.get("batch_id"), row_condition=None, condition_parser=None),
            IDDict(unexpected_rows_query=given["unexpected_rows_query"]),
        )
        asked = (runtime_configuration or {}).get("result_format", "BASIC")
        return ValidationDependencies({COUNT: count}, parse_result_format(asked))

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002 - as it is called
        execution_engine: Any = None,  # noqa: ARG002 - as it is called
    ) -> dict[str, Any]:
        count = metrics[COUNT]
        return {"success": count == 0, "result": {"observed_value": count}}


@dataclass(frozen=True)
class Suite:
    """The rules of one staged table.

    `day` is the column that becomes `rejected.session`. A broken rule in `whole` holds the batch, and so does
    one in `columns`, without which nothing else can be judged; a broken rule in `rows` rejects the row.
    """

    table: str
    day: str
    columns: Expectation
    whole: tuple[Expectation, ...]
    rows: tuple[Expectation, ...]


def given(column: str, day: str = "session") -> Expectation:
    """The column is not NULL; `day` is that of the table."""
    words = f"The {column} is given"
    return none_where(
        f"{column}_given", words, select=f"row_id, symbol, {day}, null", where=f"{column} is null"
    )


def positive(column: str, day: str = "session") -> Expectation:
    """The number, where there is one, is above 0 and finite."""
    return _number(f"positive_{column}", column, day, "above 0", "<= 0")


def not_negative(column: str, day: str = "session") -> Expectation:
    """The number, where there is one, is at least 0 and finite."""
    return _number(f"{column}_not_negative", column, day, "at least 0", "< 0")


def _number(rule: str, column: str, day: str, words: str, wrong: str) -> Expectation:
    """In comparisons with constants alone, which DuckDB answers from what it keeps of each group of rows.

    It orders NaN above infinity.
    """
    return none_where(
        rule,
        f"The {column}, where given, is {words} and finite",
        select=f"row_id, symbol, {day}, {column}",
        where=f"({column} {wrong} or {column} >= 'infinity'::double)",
    )


def known(column: str, values: Sequence[str], day: str = "session") -> Expectation:
    """The text, where there is one, is among the values."""
    among = ", ".join(f"'{value}'" for value in values)
    return none_where(
        f"known_{column}",
        f"The {column} is one of {', '.join(values)}",
        select=f"row_id, symbol, {day}, null",
        where=f"{column} not in ({among})",
    )


def none_where(rule: str, words: str, *, select: str, where: str, among: str = "true") -> Expectation:
    """SQL that finds the rows that break a rule.

    `select` names four columns of the table, known as `staged`: row_id, symbol, day and the offending number.
    A condition that is NULL does not reject, so a rule says nothing about values that are absent. `among`
    costs less and holds for every row that breaks the rule: it is asked of all rows, the rule of those left.
    """
    query = f"select {select} from (from {{batch}} where {among}) as staged where {where}"  # noqa: S608 - proof: called with texts of expectations/*.py alone
    return NoneWhere(unexpected_rows_query=query, **_named(rule, words))


def highest() -> Expectation:
    """No price of a bar is above its high. NULL is passed over; what is not finite breaks `positive`."""
    return none_where(
        "high_is_highest",
        f"The high is at or above open, low and close (within {PRICE_NOISE:g} of it)",
        select="row_id, symbol, session, high",
        where=f"""high < greatest(open, low, close) * (1 - {PRICE_NOISE})
                and isfinite(greatest(open, low, close))""",
        # With the noise a negative price is below itself.
        among="high < open or high < low or high < close or high <= 0",
    )


def lowest() -> Expectation:
    """No price of a bar is below its low; as `highest`."""
    return none_where(
        "low_is_lowest",
        f"The low is at or below open, high and close (within {PRICE_NOISE:g} of it)",
        select="row_id, symbol, session, low",
        where=f"low > least(open, high, close) * (1 + {PRICE_NOISE}) and isfinite(low)",
        among="low > open or low > high or low > close or low <= 0",
    )


def prices() -> tuple[Expectation, ...]:
    """What the prices and the volume of any bar must be, each alone and beside the others."""
    alone = (*map(positive, ("open", "high", "low", "close")), not_negative("volume"))
    return (*alone, highest(), lowest())


def faultless(table: Table, day: str) -> tuple[Expectation, ...]:
    """No row has been found faulty by the rules of `quant.faults`: one expectation for each kind of fault."""
    return tuple(
        none_where(
            kind,
            f"Not so: {words[0].lower()}{words[1:]}",
            select=f"row_id, symbol, {day}, fault_value",
            where=f"fault = '{kind}'",
        )
        for kind, words in kinds(table).items()
    )


def no_problem(rule: str, words: str, query: str) -> Expectation:
    """SQL that returns what is wrong with a whole table: sentences in the column `problem`."""
    return UnexpectedRowsExpectation(unexpected_rows_query=query, **_named(rule, words))


def columns(table: str, wanted: Mapping[str, str]) -> Expectation:
    """The table has every wanted column (name → DuckDB type); others may stand beside them."""
    values = ", ".join(f"('{name}', '{kind}')" for name, kind in wanted.items())
    query = f"""
        select case when found.column_type is null
            then 'the staged table {table} lacks the column ' || wanted.name
            else 'the staged column {table}.' || wanted.name || ' is ' || found.column_type
                || ', not ' || wanted.type end as problem
        from (values {values}) as wanted (name, type)
        left join (describe {{batch}}) as found on found.column_name = wanted.name
        where found.column_type is distinct from wanted.type"""  # noqa: S608 - proof: names and types are those of a suite
    words = "Has the columns " + ", ".join(f"{name} {kind}" for name, kind in wanted.items())
    return no_problem("columns", words, query)


def _named(rule: str, words: str) -> dict[str, Any]:
    """What every expectation carries: its name in `rejected.rule`, and what must hold, in words."""
    return {"meta": {"rule": rule}, "description": words}
