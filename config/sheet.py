"""A holdings file while it is changed: rows that nothing touches, and the order of all, stay as they are."""

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from config.holdings import REMEDY, column, read_text

Row = dict[str, str]


class Sheet:
    """The rows of a holdings file, by symbol and, where it has the column, by account.

    A row that is handed out may be changed in place; an emptied one leaves the file.
    """

    def __init__(self, file: Path, more: Sequence[str] = ()) -> None:
        """Read a file that is known to be right; it gets the columns `more` where it lacks them."""
        self.file = file
        text = read_text(file, "the holdings file", REMEDY)
        reader = csv.DictReader(io.StringIO(text, newline=""))
        self._header = list(reader.fieldnames or ())
        self._ending = "\r\n" if "\r\n" in text else "\n"
        self._header += [name for name in more if name not in map(column, self._header)]
        self.columns = [column(name) for name in self._header]
        self._rows: list[Row] = []
        self._own: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for cells in reader:
            self.add({column(key): (value or "").strip() for key, value in cells.items()})

    def lots(self, symbol: str, account: str | None) -> list[Row]:
        """The rows of a symbol, of one account where the file holds several."""
        name = account if account and "account" in self.columns else ""
        return [row for row in self._own[name, symbol] if row]

    def add(self, row: Row) -> Row:
        """A row at the end, as it is kept: cells that the file has no column for are left out."""
        kept = {name: value for name, value in row.items() if name in self.columns}
        self._rows.append(kept)
        self._own[kept.get("account", ""), kept["symbol"]].append(kept)
        return kept

    def text(self) -> str:
        """The file as it is to be written."""
        output = io.StringIO(newline="")
        writer = csv.writer(output, lineterminator=self._ending)
        writer.writerow(self._header)
        writer.writerows([row.get(name, "") for name in self.columns] for row in self._rows if row)
        return output.getvalue()
