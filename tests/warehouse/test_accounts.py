"""What the ledger keeps of accounts: the same for a run of before, whatever columns were added since."""

import hashlib

from warehouse import accounts

ROW = (
    "{'run_id': R, 'ordinal': 0, 'account': A, 'symbol': SPY, 'side': BUY, 'quantity': 1.0, "
    "'limit_price': 2.0, 'notional': 2.0, 'weight_before': 0.1, 'weight_after': NULL, 'trigger': band, "
    "'expires': '2024-07-01 20:00:00', 'cost': 0.5, 'status': held, 'held_by': cash}"
)
"""A row of account_trades as DuckDB writes it, with the columns that the table began with."""


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_columns_that_were_added_do_not_change_the_digest_of_a_run_of_before(warehouse):
    with warehouse.open() as db:
        db.connection.execute(
            "insert into account_trades values ('R', 0, 'A', 'SPY', 'BUY', 1, 2, 2, 0.1, null, 'band', "
            "'2024-07-01 20:00', 0.5, 'held', 'cash', null, null, null, null, null)"
        )
        assert accounts.digests(db, "R") == {"account_trades": sha(sha(ROW))}
        db.connection.execute("update account_trades set commission = 1.0")
        assert accounts.digests(db, "R").keys() == {"account_trades", "account_costs"}
