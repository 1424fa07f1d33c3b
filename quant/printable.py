"""Text from outside, made harmless where people read it."""

REPLACED = "\ufffd"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """The text without what a terminal or a page obeys: escapes, controls, letters that turn a line around.

    Each such letter becomes U+FFFD. Line breaks stay.
    """
    if text.isprintable():
        return text
    return "".join(letter if letter == "\n" or letter.isprintable() else REPLACED for letter in text)


def cell(text: str) -> str:
    """A text as a cell of a CSV file for people: a spreadsheet takes it for text, never for a formula.

    The apostrophe in front is how spreadsheets mark a text (OWASP, CSV Injection).
    """
    harmless = printable(text)
    return f"'{harmless}" if text.lstrip(" ").startswith(FORMULA) else harmless
