"""A command that ends together with `ballast up`, however that ends.

`python -m flows.up.die_with_parent prefect worker start` is `prefect worker start` whose standard input is a
pipe that `ballast up` holds open. The pipe closes when its holder is gone, even after SIGKILL, and then this
process's group ends too: no server is left behind that keeps the port and starts runs which nobody watches.
"""

import os
import runpy
import signal
import sys
import threading
import time

GRACE = 10.0


def _end_with_holder() -> None:
    # os.read and not sys.stdin: a thread waiting inside sys.stdin aborts the interpreter's own exit.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_holder, name="leash", daemon=True).start()
    runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)
