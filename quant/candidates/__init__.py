"""Signals under test, one file each, found by name (`quant.plugins.discover`): no run computes them.

A file is as one of quant/signals, but may look at other symbols of the panel. `ballast evidence signal` tests
both kinds. Where the evidence holds, a candidate becomes a signal by moving its file.
"""
