"""Which rejected row of a symbol is told."""

from dataclasses import fields

from tasks.ingest.source_selection import broken
from tests.tasks.desk import SESSION, sessions
from warehouse.tables.batches import Rejected

NOTHING = dict.fromkeys(field.name for field in fields(Rejected))


def row(symbol, rule, session=SESSION):
    return Rejected(**NOTHING | {"symbol": symbol, "session": session, "rule": rule})


def test_a_fault_that_says_what_is_wrong_comes_before_a_rule_that_says_only_that_something_is():
    rejected = [
        row("AAA", "move_bound"), row("AAA", "split_inverse"), row("BBB", "high_is_highest"),
        row("BBB", "unit_100x"), row("CCC", "high_is_highest"), row("CCC", "move_bound"),
        row("DDD", "move_bound", sessions(2)[0]), row(None, "symbol_given"),
    ]  # fmt: skip
    due = dict.fromkeys(["AAA", "BBB", "CCC", "DDD"], SESSION)
    assert broken(rejected, due) == {"AAA": "split_inverse", "BBB": "unit_100x", "CCC": "high_is_highest"}
