"""The one error tree. A message is a sentence: what is wrong, what is allowed, what to do."""


class BallastError(Exception):
    """Anything that stops a command; the command line prints the message and exits with `exit_code`."""

    exit_code = 1


class InputError(BallastError):
    """The caller's mistake: a bad file, key, date or name. Nothing has been written."""

    exit_code = 2


class VendorError(BallastError):
    """A vendor or a channel did not do its part."""


class WarehouseError(BallastError):
    """The warehouse cannot be used: busy, damaged or unreadable."""


class InUseError(WarehouseError):
    """Another process is at work; `who` says which and how long it was waited for, without what to do."""

    def __init__(self, who: str) -> None:
        super().__init__(f"{who} Wait until it is done, or raise BALLAST_LOCK_TIMEOUT.")
        self.who = who


LONGEST_SHOWN = 24


def shown(value: object) -> str:
    """A refused setting as a sentence may repeat it: a long word is not shown, for it may be a token.

    People paste a token where another setting belongs, and errors go to logs, tickets and screens. No number,
    date or name of a vendor is as long as a token is.
    """
    text = str(value)
    if len(text) > LONGEST_SHOWN or text.startswith("xox"):
        return f"a text of {len(text)} characters, not shown: it may be a secret"
    return repr(value)


class FitError(BallastError):
    """A model finds no answer in its data; what asked for it says so and does without."""
