"""Who gives a command."""

from config import environment
from quant.errors import InputError
from quant.people import Actor


def actor(by: str | None) -> Actor:
    """The name that follows --by, else the operating system's user.

    Raises:
        InputError: the name is empty, or there is none.
    """
    if by is None:
        user = environment.user()
        if not user:
            raise InputError("the operating system has no name for you: give yours with --by.")
        return Actor("os", user, user)
    if not by.strip():
        raise InputError("--by is empty: name who decides.")
    return Actor.typed(by)
