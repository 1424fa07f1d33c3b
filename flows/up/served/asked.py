"""Answer a what-if for the server, in a process of its own; the address's query is on standard input.

Writes a page. Exit code 0: answered; 2: what is asked is not possible, and the page says why; 3: not now.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from urllib.parse import parse_qs

from config import portfolio_file, settings
from flows import clock
from quant.errors import BallastError, InputError, InUseError
from tasks.context.context import Context, live
from tasks.report.document import line
from tasks.report.formats import html
from tasks.site.form import ASKED, FIELDS, LONGEST, POLICY, form
from tasks.site.page import page
from tasks.site.publish import portfolios
from tasks.whatif.answer import answer
from tasks.whatif.document import document
from tasks.whatif.question import Question, question

NOT_NOW = 3
PATIENCE = 15.0
"""Seconds that a page waits for the warehouse; a day may wait longer."""
AMOUNT = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,12})?")
BY_NAME = {one.name: one for one in FIELDS}
WORDS = [(f"--{POLICY}", "letting the policy decide"), *((one.option, one.label) for one in FIELDS)]


def main(_: Sequence[str]) -> int:
    """Read a query, write a page; the exit code."""
    given = _given(sys.stdin.buffer.read(65536).decode("utf-8", "replace"))
    chosen = settings.load()
    chosen = chosen.model_copy(update={"lock_timeout": min(chosen.lock_timeout, PATIENCE)})
    code, text = answered(live(chosen, clock.now, clock.sleep, "ballast up (what if)"), given)
    sys.stdout.buffer.write(text.encode("utf-8"))
    return code


def _given(query: str) -> dict[str, str]:
    """The first value of each name."""
    try:
        return {name: values[0].strip() for name, values in parse_qs(query, max_num_fields=50).items()}
    except ValueError:  # more fields than the form has
        return {}


def answered(context: Context, given: Mapping[str, str]) -> tuple[int, str]:
    """The exit code, and the page that answers what was given."""
    code, title, said = 0, "What if", "<h1>What if</h1>"
    names = [*portfolio_file.names(context.home)]
    try:
        names = sorted({*names, *portfolios(context)})
        if given.get(ASKED):
            found = document(answer(context, _question(given, names)))
            title, said = str(found.verdict), html.render(found)
    except BallastError as error:
        code = 2 if isinstance(error, InputError) else NOT_NOW
        why = f"{error.who} Ask again when it is done." if isinstance(error, InUseError) else str(error)
        said += f'\n<p class="bad" role="alert">{escape(_worded(why))}</p>'
    asking = form(names, given, "whatif") if names else "<p>There is no portfolio in this HOME yet.</p>"
    more = f'<section aria-labelledby="ask"><h2 id="ask">Ask</h2>\n{asking}\n</section>'
    return code, page(f"{title} · Ballast", f"{said}\n{more}", [("index.html", "All portfolios")])


def _question(given: Mapping[str, str], names: Sequence[str]) -> Question:
    """What is asked, by the names of the form.

    Raises:
        InputError: it cannot be read; the sentence names the field.
    """
    for name in (name for name, value in given.items() if len(value) > LONGEST):
        label = BY_NAME[name].label if name in BY_NAME else "a field"
        raise InputError(f"{label} has more than {LONGEST} letters: ask for less at once.")
    portfolio = given.get("portfolio", "")
    if portfolio not in names:
        raise InputError(f"{_shown(portfolio)} is no portfolio of this HOME: {', '.join(names)}.")
    return question(
        portfolio,
        deposit=_amount(given, "deposit"),
        withdraw=_amount(given, "withdraw"),
        target=_lines(given, "target"),
        holding=_lines(given, "holding"),
        settings=_lines(given, "set"),
        up_to_gain=_amount(given, "up_to_gain"),
        session=_day(given.get("session", "")),
        rebalance=bool(given.get(POLICY)),
    )


def _amount(given: Mapping[str, str], name: str) -> float | None:
    text = given.get(name, "")
    if not text:
        return None
    if not AMOUNT.fullmatch(text):
        raise InputError(
            f"{BY_NAME[name].label}: {_shown(text)} is not an amount; write it as 10000 or 10000.50."
        )
    return float(text)


def _lines(given: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in given.get(name, "").splitlines() if line.strip()]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(
            f"Session: {_shown(text)} is not a day; write it as YYYY-MM-DD, such as 2015-08-24."
        ) from None


def _shown(text: str) -> str:
    return repr(line(text, 60))


def _worded(sentence: str) -> str:
    """A sentence of the command line in the words of the form."""
    for option, words in WORDS:
        sentence = re.sub(rf"{option}(?![a-z-])", words, sentence)
    return sentence
