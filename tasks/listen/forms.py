"""The forms that a button opens: orders with their quantities, a reason, an instant. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from quant.documents import Json
from quant.errors import InputError
from tasks.context.words import number, quantity
from tasks.listen.payloads import Click, Form
from tasks.orders.recommendations import Recommendation
from tasks.report.formats._slack_text import clean, plain, section
from tasks.report.formats.buttons import Action

MOST_ORDERS = 90
"""A form has 100 blocks."""
REASON, UNTIL, SHARES = "reason", "until", "shares "
TITLES: Mapping[Action, tuple[str, str]] = {
    "ballast_approve_some": ("Approve orders", "Approve"),
    "ballast_reject": ("Reject orders", "Reject"),
    "ballast_snooze": ("Snooze", "Snooze"),
    "ballast_silence": ("Silence alerts", "Silence"),
}
LONGEST_REASON = 500
SILENCE = timedelta(hours=4)
"""How long a silence lasts where nobody changes its end."""


def form(click: Click, orders: Sequence[Recommendation], lot: float, now: datetime) -> Json:
    """What a click on Approve…, Reject or Snooze opens; `orders` are those that are open.

    Raises:
        InputError: there are more orders than a form can hold.
    """
    if click.action == "ballast_approve_some":
        return _view(click, _quantities(orders, lot))
    if click.action == "ballast_reject":
        return _view(click, [*_said(orders), _reason()])
    return _view(click, [*_said(orders), _until(orders, now)])


def silence_form(click: Click, symbols: Sequence[str], now: datetime) -> Json:
    """What a click on Silence opens: until when, and why; `symbols` are those of the alerts."""
    said = section(f"No alert of {clean(', '.join(symbols), 2_000)} is sent meanwhile.")
    element = {
        "type": "datetimepicker", "action_id": "value",
        "initial_date_time": round((now + SILENCE).timestamp()),
    }  # fmt: skip
    return _view(click, [said, _input(UNTIL, "Until", element), _reason()])


def _view(click: Click, blocks: Sequence[Json]) -> Json:
    title, submit = TITLES[click.action]
    kept = {
        "run": click.subject.run_id, "key": click.subject.key,
        "channel": click.asker.channel, "thread": click.asker.thread,
    }  # fmt: skip
    return {
        "type": "modal",
        "callback_id": click.action,
        "title": _text(title),
        "submit": _text(submit),
        "close": _text("Cancel"),
        "private_metadata": json.dumps(kept),
        "blocks": list(blocks),
    }


def _quantities(orders: Sequence[Recommendation], lot: float) -> list[Json]:
    if len(orders) > MOST_ORDERS:
        raise InputError(
            f"{len(orders)} orders are more than a form holds: use Approve all, or `ballast approve` with "
            "--quantity."
        )
    first = section("Lower a quantity, or empty it to leave that order open. Each order once.")
    return [first, *(_shares(one, lot) for one in orders)]


def _shares(one: Recommendation, lot: float) -> Json:
    element = {
        "type": "number_input",
        "action_id": "value",
        "is_decimal_allowed": lot != round(lot) or lot == 0,
        "initial_value": _digits(one.allowed),
        "min_value": "0",
        "max_value": _digits(one.quantity),
    }
    label = f"{one.side} {one.symbol}, of {quantity(one.quantity)}, limit {number(one.limit_price)}"
    return _input(f"{SHARES}{one.symbol}", label, element, optional=True)


def _digits(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _said(orders: Sequence[Recommendation]) -> list[Json]:
    """The orders that are meant, in a few lines."""
    lines = [f"{one.side} {quantity(one.quantity)} {clean(one.symbol)}" for one in orders[:20]]
    more = [f"… and {len(orders) - 20} more"] if len(orders) > 20 else []
    return [section("\n".join([*lines, *more]) or "No order is open.")]


def _reason() -> Json:
    element = {"type": "plain_text_input", "action_id": "value", "max_length": LONGEST_REASON}
    return _input(REASON, "Why? Stored in the record for good.", element)


def _until(orders: Sequence[Recommendation], now: datetime) -> Json:
    """An hour from now, or the middle of what is left until the first order expires."""
    left = min((one.expires.timestamp() for one in orders), default=now.timestamp()) - now.timestamp()
    soon = round(now.timestamp() + min(3600.0, max(60.0, left / 2)))
    element = {"type": "datetimepicker", "action_id": "value", "initial_date_time": soon}
    return _input(UNTIL, "Remind me once, at", element)


def _input(block: str, label: str, element: Json, *, optional: bool = False) -> Json:
    return {
        "type": "input",
        "block_id": block,
        "label": _text(label),
        "element": dict(element),
        "optional": optional,
    }


def _text(value: str) -> Json:
    return {"type": "plain_text", "text": plain(value), "emoji": False}


def quantities(sent: Form, orders: Sequence[Recommendation]) -> dict[str, float]:
    """The shares of each order that a form approves, by symbol; an order whose field is empty or 0 is left.

    Raises:
        InputError: a field holds no number, or nothing is approved at all.
    """
    found: dict[str, float] = {}
    for one in orders:
        text = sent.fields.get(f"{SHARES}{one.symbol}")
        try:
            shares = float(text) if text else 0.0
        except ValueError:
            raise InputError(f"{text!r} shares of {one.symbol} are no number.") from None
        if shares:
            found[one.symbol] = shares
    if not found:
        raise InputError("every quantity is empty: nothing is approved. Use Reject to reject.")
    return found
