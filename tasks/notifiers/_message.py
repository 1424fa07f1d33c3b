"""A report as subject and plain text, for channels that have no layout of their own."""

from tasks.notifiers import Kind
from tasks.report.digest import alert, digest
from tasks.report.document import line
from tasks.report.formats import text
from tasks.report.model import Report

SUBJECT = 200
LONGEST = 100_000
"""Characters of a text; what is beyond them is in the warehouse, and the text says so."""


def words(report: Report, kind: Kind) -> tuple[str, str]:
    """The subject, one printable line, and the text, at most about `LONGEST` characters."""
    document = digest(report) if kind == "digest" else alert(report)
    return line(str(document.verdict), SUBJECT), cut(text.render(document), document.show)


def cut(whole: str, show: str) -> str:
    """The first lines of a text that fit; where some do not, how many, and the command that shows them."""
    if len(whole) <= LONGEST:
        return whole
    kept = whole[:LONGEST].rpartition("\n")[0]
    rest = whole.count("\n") - kept.count("\n") - 1
    return f"{kept}\n\n… and {rest:,} more lines: {show}\n"
