"""What becomes of the faults in a delivery: marked for the suites to reject, or repaired and recorded."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.ingest.faults import Found
from tasks.sources import Delivery

REPAIRS = pa.schema(
    [
        ("table_name", pa.string()),
        ("symbol", pa.string()),
        ("session", pa.date32()),
        ("kind", pa.string()),
        ("field", pa.string()),
        ("original", pa.float64()),
        ("repaired", pa.float64()),
        ("row_id", pa.int64()),
    ]
)
DIFFERENCES = pa.schema(
    [("symbol", pa.string()), ("session", pa.date32()), ("kind", pa.string()), ("value", pa.float64())]
)


@dataclass(frozen=True)
class Mended:
    """A delivery whose `bars` and `actions` carry what is wrong with each row; what was repaired; and where
    the vendor's adjusted closes differ from ours (tables of REPAIRS and DIFFERENCES).

    The added columns: `fault` (kind; NULL on a good row), `fault_value` (what was seen) and `proposed` (JSON,
    field to value; NULL where no repair is certain).
    """

    delivery: Delivery
    repairs: pa.Table
    differences: pa.Table


def mend(delivery: Delivery, found: Sequence[Found], *, repair: bool) -> Mended:
    """Mark every faulty row; with `repair`, give it the proposed values instead, where there are some.

    A row with two faults is not repaired: what is proposed for one does not count the other.
    """
    doubts = Counter((one.table, row) for one in found for row in one.rows)
    certain = [
        one for one in found
        if repair and one.proposed and one.table != "adjusted" and len(one.rows) == 1
        and doubts[one.table, one.rows[0]] == 1
    ]  # fmt: skip
    fixed = {id(one) for one in certain}
    left = [one for one in found if id(one) not in fixed]
    bars, bar_repairs = _repaired(delivery.bars, "bars", certain)
    actions, action_repairs = _repaired(delivery.actions, "actions", certain)
    differences = [
        {"symbol": one.symbol, "session": one.session, "kind": one.kind, "value": one.value}
        for one in found
        if one.table == "adjusted"
    ]
    return Mended(
        replace(delivery, bars=_marked(bars, "bars", left), actions=_marked(actions, "actions", left)),
        pa.Table.from_pylist([*bar_repairs, *action_repairs], REPAIRS),
        pa.Table.from_pylist(differences, DIFFERENCES),
    )


def _repaired(
    table: pa.Table, name: str, certain: Sequence[Found]
) -> tuple[pa.Table, list[dict[str, object]]]:
    """The table with the proposed values, and one record for each value that changed."""
    values: dict[str, dict[int, float]] = {}
    records: list[dict[str, object]] = []
    for one in certain:
        if one.table != name:
            continue
        for field, right in (one.proposed or {}).items():
            column = "value" if name == "actions" else field
            if column not in table.column_names:
                continue  # the vendor's adjusted close is only looked at, never computed with
            values.setdefault(column, {})[one.rows[0]] = right
            records.append({
                "table_name": name, "symbol": one.symbol, "session": one.session, "kind": one.kind,
                "field": field, "original": table[column][one.rows[0]].as_py(), "repaired": right,
                "row_id": one.rows[0],
            })  # fmt: skip
    for column, changes in values.items():
        whole = table[column].to_numpy(zero_copy_only=False).copy()
        whole[list(changes)] = list(changes.values())
        place = table.column_names.index(column)
        new = pc.if_else(table[column].is_valid(), pa.chunked_array([pa.array(whole)]), None)
        table = table.set_column(place, column, new.cast(pa.float64()))
    return table, records


def _marked(table: pa.Table, name: str, found: Sequence[Found]) -> pa.Table:
    """The table with the columns `fault`, `fault_value` and `proposed`: of a row with several faults, one."""
    kind, proposed = np.full(len(table), None, dtype=object), np.full(len(table), None, dtype=object)
    value = np.full(len(table), np.nan)
    for one in found:
        if one.table == name:
            rows = list(one.rows)
            kind[rows], value[rows] = one.kind, one.value
            proposed[rows] = json.dumps(dict(one.proposed)) if one.proposed else None
    table = table.append_column("fault", pa.array(kind, pa.string()))
    table = table.append_column("fault_value", pa.array(value, from_pandas=True))
    return table.append_column("proposed", pa.array(proposed, pa.string()))
