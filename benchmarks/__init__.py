"""Measurements, one file each, found by name: `python -m benchmarks [NAME ...] [--quick]`.

A file defines `PAGE`, the page under docs/ that it belongs to, and `measure(*, quick: bool) -> Sheet`;
`quick` asks for sizes that a test can afford. A file whose name begins with an underscore is no measurement.

Speed is told as a ratio to another way of doing the same work in the same run, the cases taking turns, since
a machine's own speed changes from day to day and from minute to minute.
"""
