"""Who gives a command."""

from config import environment
from quant.errors import InputError
from quant.people import Actor

LONGEST = 100
"""Letters of a typed name."""


def actor(by: str | None) -> Actor:
    """The name that follows --by, as one line; else the operating system's user.

    Raises:
        InputError: the name is empty, too long or cannot be printed, or there is none.
    """
    if by is None:
        user = environment.user()
        if not user:
            raise InputError("the operating system has no name for you: give yours with --by.")
        return Actor("os", user, user)
    if not by.strip():
        raise InputError("--by is empty: name who decides.")
    name = " ".join(by.split())
    if not name.isprintable():
        raise InputError("--by has letters that cannot be printed: write the name without them.")
    if len(name) > LONGEST:
        raise InputError(f"--by has {len(name):,} letters: write a name of at most {LONGEST}.")
    return Actor.typed(name)
