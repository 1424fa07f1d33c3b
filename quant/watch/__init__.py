"""The crash watch, minute by minute: two keys, vetoes, and the life of a fall from firing to recovery.

`watch.Watch` is fed bars and says what changed. It reads no clock and no file, can be saved after any minute
and goes on from there with the same results.
"""
