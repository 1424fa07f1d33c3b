"""The reason of a decision: who reads it a year from now must find one."""

from quant.errors import InputError


def explained(reason: str) -> str:
    """A reason without the spaces around it.

    Raises:
        InputError: it is empty.
    """
    if not reason.strip():
        raise InputError("the reason is empty: give one, for those who read it a year from now.")
    return reason.strip()
