"""`/ballast status | why SYMBOL | whatif … | run [SESSION]`: what people may ask in Slack, in lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.commands.options import day
from quant.errors import InputError

if TYPE_CHECKING:
    from flows.up.server import Server
    from tasks.context.context import Context
    from warehouse.runs import Run

HELP = (
    "/ballast status: where each of your portfolios stands",
    "/ballast why SYMBOL [PORTFOLIO]: why it is traded, or why not",
    "/ballast whatif PORTFOLIO [--deposit X] [--withdraw X] [--target SYMBOL=WEIGHT]: what it would trade",
    "/ballast run [SESSION] [PORTFOLIO]: run a day, by default the last completed one",
)


@dataclass(frozen=True)
class Slash:
    """Answers the commands of people whom a portfolio file lists; each sees the own portfolios only."""

    context: Context

    def answer(self, user: str, text: str) -> list[str]:
        """What `text`, the words behind /ballast, is answered with.

        Raises:
            InputError: the user is listed nowhere, or the words are not understood.
        """
        from tasks.listen.people import portfolios_of

        own = portfolios_of(self.context, user)
        verb, _, rest = text.strip().partition(" ")
        words = rest.split()
        if verb == "status":
            return [_status(self.context, run) for run in own.values()]
        if verb == "why" and words:
            return _about(self.context, own, words[0], words[1:])
        if verb == "whatif" and rest:
            return _whatif(self.context, own, rest)
        if verb == "run":
            return _start(self.context, own, words)
        return [*HELP]


def why(context: Context, run_id: str, symbol: str | None) -> list[str]:
    """The story of a run's orders, or of one symbol, in lines."""
    from flows.terminal import rationale
    from tasks.record.explain import explain

    return [
        line
        for text in rationale.render(explain(context, run_id, symbol))
        for line in text.plain.splitlines()
    ]


def _status(context: Context, run: Run) -> str:
    from tasks.orders import recommendations

    orders = context.warehouse.read(lambda db: recommendations.of_run(db, run.run_id, context.now()))
    states = Counter(one.state for one in orders)
    said = ", ".join(f"{many} {state}" for state, many in states.items()) or "no order"
    return f"{run.portfolio} · {run.session}: {run.status}; {said} (run {run.run_id})"


def _about(context: Context, own: Mapping[str, Run], symbol: str, named: list[str]) -> list[str]:
    """The story of a symbol in the first of the portfolios that has it."""
    from config.portfolio import stored

    asked = {name: own[name] for name in _named(own, named)}
    for run in asked.values():
        if symbol in stored(run.config).symbols:
            return why(context, run.run_id, symbol)
    raise InputError(f"{symbol!r} is in none of your portfolios: {', '.join(asked)}.")


def _whatif(context: Context, own: Mapping[str, Run], text: str) -> list[str]:
    """What one of the person's portfolios would trade; stores nothing."""
    from flows.commands.whatif import from_words
    from tasks.report.formats import text as words
    from tasks.whatif.answer import answer
    from tasks.whatif.document import document

    asked = from_words(text)
    _named(own, [asked.portfolio])
    return words.render(document(answer(context, asked))).splitlines()


def _start(context: Context, own: Mapping[str, Run], words: list[str]) -> list[str]:
    """Start the day of each portfolio that is meant on Prefect's server, or say what to type."""
    from flows.up.up import server_of

    session = next((word for word in words if word[:1].isdigit()), None)
    if session is not None:
        day("SESSION", session)
    names = _named(own, [word for word in words if word != session])
    server = server_of(context.home)
    if server is None:
        more = f" --session {session}" if session else ""
        return ["No Prefect server runs here. On its machine type:"] + [
            f"ballast daily --portfolio {name}{more}" for name in names
        ]
    return [_begun(server, {"portfolio": name, "session": session}) for name in names]


def _begun(server: Server, asked: dict[str, str | None]) -> str:
    """That a run is started, or that the same one has not ended yet."""
    command = " ".join(["/ballast run", *filter(None, (asked["session"], asked["portfolio"]))])
    run = server.start_once("daily", asked, command)
    said = "is started" if run.is_new else "has not ended yet"
    return f"{asked['portfolio']}: run {run.name} {said}; its message follows."


def _named(own: Mapping[str, Run], words: list[str]) -> list[str]:
    """The portfolios that are named, or all of the person's own."""
    for word in words:
        if word not in own:
            raise InputError(f"{word!r} is none of your portfolios: {', '.join(own)}.")
    return words or [*own]
