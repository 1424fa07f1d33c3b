"""What is said of risk checks: numbers in the unit of their limit, of those that passed the nearest to it."""

import re
from collections.abc import Iterator, Sequence

from quant.checks import data, wash_sale
from tasks.report.document import Note, Row, Tone, note, row
from warehouse.tables.found import CheckRow

BOUND = re.compile(r" is at (most|least) (-?[\d,]*\d(?:\.\d+)?%?)")
"""A rule with a bound (quant/checks/_judge.py): its limit has the unit and digits of what is measured."""

STALE = re.compile(r"(\S{1,60}) has no accepted bar on the session: stale for (\d+ sessions?)")
"""What quant/checks/data.py says of a symbol whose bar is missing; it is stored so."""

TONES: dict[str, Tone] = {"block": "bad", "unknown": "warning", "warn": "warning", "pass": "good"}
WORDS = {"block": "BLOCK", "unknown": "not known", "warn": "warning", "pass": "pass"}
ORDER = tuple(TONES)


def findings(rows: Sequence[CheckRow], currency: str, of: Sequence[str]) -> Iterator[Note]:
    """A sentence for each check with a status in `of`, in that order; all unknown of a check share one."""
    for status in of:
        for same in _alike(rows, status):
            if status == "unknown" and len(same) > 1:
                scope, why = together(same)
                yield note(f"not known: {same[0].check} of {scope}: {why}", TONES[status])
            else:
                yield from (
                    note(f"{WORDS[status]}: {_sentence(one, currency)}", TONES[status]) for one in same
                )


def summed(rows: Sequence[CheckRow], currency: str) -> Iterator[Row]:
    """A row for each breach; of all that passed, or are unknown, of a check the nearest to its limit."""
    for status in ORDER:
        for same in _alike(rows, status):
            shown = [max(same, key=_used)] if status in {"pass", "unknown"} else same
            for one in shown:
                scope = f"{one.scope} and {len(same) - 1} more" if len(shown) < len(same) else one.scope
                yield row(WORDS[status], one.check, scope, *measured(one, currency), tone=TONES[status])


def measured(one: CheckRow, currency: str) -> tuple[str, str]:
    """What was found and what is allowed, such as "0.31%" and "at most 3.00%"; empty for a yes or no.

    Amounts, which are called the value of something, are in `currency`.
    """
    if bound := BOUND.search(one.rule):
        side, limit = bound.groups()
        unit = f" {currency}" if one.rule.startswith("value of ") else ""
        return _like(one.value, limit, unit), f"at {side} {limit}{unit}"
    if not one.limit:  # 0 or none: a rule that holds or doesn't
        return "", ""
    return "not known" if one.value is None else f"{one.value:,.6g}", f"{one.limit:,.6g}"


def together(rows: Sequence[CheckRow]) -> tuple[str, str]:
    """One check that is unknown of several: of how many of what, and why, or of which."""
    kinds = {"scenario": "scenarios", "class": "classes"}
    what = kinds.get(rows[0].scope.partition(" ")[0], "symbols")
    names = ", ".join(row.scope for row in rows)
    same = {row.rule for row in rows} == {rows[0].rule}
    return f"{len(rows)} {what}", rows[0].rule if same else f"cannot be computed for {names}"


def passed(rows: Sequence[CheckRow]) -> str:
    """Such as "11 of 12 passed"."""
    return f"{sum(one.status == 'pass' for one in rows)} of {len(rows):,} passed"


def _alike(rows: Sequence[CheckRow], status: str) -> list[list[CheckRow]]:
    """The rows with this status, check by check."""
    groups: dict[str, list[CheckRow]] = {}
    for one in rows:
        if one.status == status:
            groups.setdefault(one.check, []).append(one)
    return [*groups.values()]


def _sentence(one: CheckRow, currency: str) -> str:
    """A check in words: its name and scope, then what was found against what is allowed."""
    name = one.check if one.scope == "portfolio" else f"{one.check} of {one.scope}"
    found, limit = measured(one, currency)
    if bound := BOUND.search(one.rule):
        what, rest = one.rule[: bound.start()], one.rule[bound.end() :]
        return f"{name}: {what} is {found}, allowed {limit}{rest}"
    numbers = f" ({found}, limit {limit})" if limit else ""
    return f"{name}: {cause(one.rule)}{numbers}"


def cause(rule: str) -> str:
    """What is wrong, without the rule in front of it that it breaks; the rule where it says no more."""
    for known in (data.RULE, wash_sale.RULE):
        rule = rule.removeprefix(f"{known}: ")
    return plainly(rule)


def plainly(said: str) -> str:
    """What the data check says of a symbol without a bar, as people say it; anything else as it is."""
    return STALE.sub(_missing, said) if " has no accepted bar " in said else said


def _missing(found: re.Match[str]) -> str:
    """E.g. "no price of SPY today", "no price of SPY for 3 sessions"."""
    symbol, sessions = found.groups()
    return f"no price of {symbol} {'today' if sessions == '1 session' else f'for {sessions}'}"


def _like(value: float | None, limit: str, unit: str) -> str:
    """A number with the digits and the unit of its limit."""
    if value is None:
        return "not known"
    digits = len(limit.rstrip("%").partition(".")[2])
    return f"{value:.{digits}%}" if limit.endswith("%") else f"{value:,.{digits}f}{unit}"


def _used(one: CheckRow) -> float:
    """How much of its limit a check uses: 1 is at the limit."""
    if one.value is None or not one.limit:
        return 0.0
    least = " is at least " in one.rule
    return (one.limit / one.value if one.value else 0.0) if least else one.value / one.limit
