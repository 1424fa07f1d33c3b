"""Any sequence of deliveries against a plain model of versions, as long and as slow as it may be."""

from datetime import date, timedelta
from itertools import count

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.deliveries import BARS, FIELDS, NOW, bar, batch, numbered
from warehouse import ingest
from warehouse.database.connect import connect
from warehouse.database.database import QUERIES, Database
from warehouse.database.migrate import migrate

TICK = timedelta(microseconds=1)
EXAMPLE = count()

BASE = (90.0, 91.0, None, 100.0, 1000.0)
# Equal to the value of the base, equal to within a millionth, different, and missing (a close never is).
CHANGES = {
    0: [90.00005, 90.0003, 0.0, None],
    1: [91.00005, 92.0, None],
    2: [89.0, 89.00005, 0.0],
    3: [100.00005, 100.0003, 101.0],
    4: [1000.0005, 1001.0, 0.0, None],
}


def changed(field):
    return st.sampled_from(CHANGES[field]).map(lambda value: (*BASE[:field], value, *BASE[field + 1 :]))


bars = st.one_of(st.just(BASE), *map(changed, CHANGES))
closes = st.sampled_from([100.0, 101.0])
keys = st.tuples(st.sampled_from(["SPY", "A'; --"]), st.just(date(2015, 8, 24)))
accepted = st.dictionaries(keys, bars, max_size=2)
rejected = st.lists(st.tuples(keys, closes), max_size=2)
sources = st.sampled_from(["files", "files", "yfinance"])
deliveries = st.lists(st.tuples(sources, accepted, rejected, st.integers(-3, 3)), min_size=2, max_size=6)


class Model:
    """Versions of bars per (source, symbol, session): from when, until when (None: still), and the values."""

    def __init__(self):
        self.versions = {}

    def learn(self, source, rows, known_from):
        """What a delivery changes; how many rows are new and how many restated."""
        new = restated = 0
        for key, values in rows.items():
            versions = self.versions.setdefault((source, *key), [])
            if versions and not any(map(differs, versions[-1][2], values)):
                continue
            if versions:
                versions[-1][1] = known_from
                restated += 1
            else:
                new += 1
            versions.append([known_from, None, values])
        return new, restated

    def known(self, instant):
        return {
            key: values
            for key, versions in self.versions.items()
            for since, until, values in versions
            if since <= instant and (until is None or instant < until)
        }


def differs(old, new):
    if old is None or new is None:
        return old is not new
    return abs(old - new) > 1e-6 * max(abs(old), abs(new))


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    """One warehouse file for all examples, each with sources of its own; staging beside it, in memory."""
    file = tmp_path_factory.mktemp("versions") / "warehouse.duckdb"
    connection = connect(file)
    migrate(connection, file)
    connection.execute("attach ':memory:' as staging; use staging")
    connection.execute((QUERIES / "staging_tables.sql").read_text())
    connection.execute("use warehouse")
    yield Database(connection)
    connection.close()


def merge(db, source, batch_id, rows, refused, now):
    """Put one delivery in the place of the last staged one, and merge it in a transaction."""
    bars = [bar(0.0, *key) | dict(zip(FIELDS, values, strict=True)) for key, values in rows.items()]
    staged = pa.Table.from_pylist(numbered(bars + [bar(close, *key) for key, close in refused]), BARS)
    with db.incoming(incoming=staged):
        db.connection.execute("truncate staging.bars; truncate staging.rejected")
        db.connection.execute("insert into staging.bars by name from incoming")
    numbers = [[len(bars) + place] for place in range(len(refused))]
    if numbers:
        values = "insert into staging.rejected values ('bars', $1, null, null, 'rule', null, null)"
        db.connection.executemany(values, numbers)
    db.connection.execute("begin transaction")
    merged = ingest.merge(db, batch(batch_id, source), now)
    db.connection.execute("commit")
    return merged


def prices(db, example, instant):
    found = db.connection.execute(
        "select source, symbol, session, open, high, low, close, volume "
        "from prices_asof($1) where source in ($2, $3)",
        [instant.replace(tzinfo=None), f"yfinance {example}", f"files {example}"],
    ).fetchall()
    known = {row[:3]: row[3:] for row in found}
    assert len(known) == len(found), "two versions of a key are known at once"
    return known


@settings(max_examples=25, deadline=None)
@given(deliveries)
def test_at_every_instant_the_warehouse_knows_what_the_model_knows(db, sequence):
    example, model, instants = next(EXAMPLE), Model(), []
    now = NOW
    for number, (kind, rows, refused, step) in enumerate(sequence):
        now += step * timedelta(seconds=1)  # the clock may stand or go back
        source = f"{kind} {example}"
        merged = merge(db, source, f"{example}-{number}", rows, refused, now)
        assert merged.known_from >= now
        assert not instants or merged.known_from > instants[-1]
        instants.append(merged.known_from)
        assert (merged.rows_new, merged.rows_restated) == model.learn(source, rows, merged.known_from)
        assert merged.rows_quarantined == len(refused)
    for instant in (moment + shift for moment in instants for shift in (-TICK, timedelta(0), TICK)):
        assert prices(db, example, instant) == model.known(instant)
