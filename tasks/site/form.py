"""The form that asks what a portfolio would trade, as HTML without a script. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

LONGEST = 4000
"""Characters of a field at most."""


@dataclass(frozen=True)
class Field:
    """A field: its name in the address, for people and for `ballast whatif`, and what is written there."""

    name: str
    label: str
    option: str
    hint: str
    kind: Literal["amount", "lines", "day"] = "amount"


FIRST = (
    Field("deposit", "Deposit", "--deposit", "an amount, such as 10000"),
    Field("withdraw", "Withdrawal", "--withdraw", "an amount, such as 10000"),
)
MORE = (
    Field("target", "Other target weights", "--target", "one a line, such as SPY=0.5", "lines"),
    Field("holding", "Other quantities held", "--holding", "one a line, such as SPY=120", "lines"),
    Field("up_to_gain", "Sell up to a gain of", "--up-to-gain", "an amount, such as 1000"),
    Field("set", "Other settings", "--set", "one a line, such as rebalance.band_absolute=0.03", "lines"),
    Field("session", "Session", "--session", "a trading day; empty: the last one with prices", "day"),
)
FIELDS = (*FIRST, *MORE)
POLICY = "rebalance"
ASKED = "ask"
"""In the address once the button was pressed; without it the form is only shown."""


def form(portfolios: Sequence[str], given: Mapping[str, str], action: str) -> str:
    """The form with what was given before; it sends a GET, since asking changes nothing.

    `action` is the address that answers. One portfolio is not asked for.
    """
    return "\n".join(
        [
            f'<form method="get" action="{escape(action)}" autocomplete="off">',
            *_portfolio(portfolios, given.get("portfolio", "")),
            '<div class="fields">',
            *(_field(one, given.get(one.name, "")) for one in FIRST),
            "</div>",
            *_more(given),
            f'<p><button name="{ASKED}" value="1">Show what it would trade</button></p>',
            '<p class="soft">Nothing is stored, and no order changes.</p>\n</form>',
        ]
    )


def _portfolio(portfolios: Sequence[str], chosen: str) -> Iterator[str]:
    if len(portfolios) == 1:
        yield f'<input type="hidden" name="portfolio" value="{escape(portfolios[0])}">'
        return
    yield '<p class="field"><label for="ask-portfolio">Portfolio</label>'
    yield '<select id="ask-portfolio" name="portfolio">'
    for name in portfolios:
        selected = " selected" if name == chosen else ""
        yield f'<option value="{escape(name)}"{selected}>{escape(name)}</option>'
    yield "</select></p>"


def _more(given: Mapping[str, str]) -> Iterator[str]:
    """What few ask for, folded away unless it is given."""
    told = any(given.get(name) for name in (POLICY, *(one.name for one in MORE)))
    yield f"<details{' open' if told else ''}><summary>Weights, quantities, gain, settings, session</summary>"
    yield '<div class="fields">'
    yield from (_field(one, given.get(one.name, "")) for one in MORE)
    yield "</div>"
    checked = " checked" if given.get(POLICY) else ""
    yield f'<p><input type="checkbox" id="ask-{POLICY}" name="{POLICY}" value="1"{checked}> '
    yield f'<label for="ask-{POLICY}">With a deposit or withdrawal too, the policy decides</label>'
    yield "</p>"
    yield "</details>"


def _field(one: Field, value: str) -> str:
    place = f"ask-{one.name}"
    common = f'id="{place}" name="{one.name}" aria-describedby="{place}-hint" maxlength="{LONGEST}"'
    if one.kind == "lines":
        typed = f'<textarea {common} rows="3" spellcheck="false">\n{escape(value)}</textarea>'
    else:
        how = "decimal" if one.kind == "amount" else "text"
        typed = f'<input type="text" inputmode="{how}" {common} value="{escape(value)}">'
    return (
        f'<p class="field"><label for="{place}">{escape(one.label)}</label>{typed}'
        f'<span class="soft" id="{place}-hint">{escape(one.hint)}</span></p>'
    )
