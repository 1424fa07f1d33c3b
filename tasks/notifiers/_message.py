"""A message as subject and plain text, for channels that have no layout of their own."""

from tasks.report.document import Document, line
from tasks.report.formats import text

SUBJECT = 200
LONGEST = 100_000
"""Characters of a text; what is beyond them is in the warehouse, and the text says so."""


def words(document: Document) -> tuple[str, str]:
    """The subject, one printable line, and the text, at most about `LONGEST` characters."""
    return line(str(document.verdict), SUBJECT), cut(text.render(document), document.show)


def cut(whole: str, show: str) -> str:
    """The first lines of a text that fit; where some do not, how many, and the command that shows them."""
    if len(whole) <= LONGEST:
        return whole
    kept = whole[:LONGEST].rpartition("\n")[0]
    rest = whole.count("\n") - kept.count("\n") - 1
    return f"{kept}\n\n… and {rest:,} more lines: {show}\n"
