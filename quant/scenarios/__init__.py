"""Market shocks of the past, one file each, found by name: what each asset class did.

A scenario file defines `NAME`, `SOURCE` (whose figures they are, and from when to when), and `MOVES`: a
simple return by asset class. A class without a figure is left out: nothing is known of it, which is not a
move of 0.
"""
