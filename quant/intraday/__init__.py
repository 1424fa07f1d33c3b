"""Minute bars of one session after another: put in order, and what is known of each symbol after each minute.

Every array runs over the symbols of one exchange. A minute is its number within the session, 0 the first
one; minutes of a break are not counted. Nothing here reads a clock: the caller says which minute has ended.
"""
