"""Draw the pictures of a run's page, for the server: `python -m flows.up.draw RUN`."""

import sys

from config import settings
from flows import clock
from flows.up import child
from tasks.context.context import Context
from tasks.site.draw import draw


def main(run_id: str) -> None:
    """Draw them; what goes wrong stands in the server's log, and the page is shown without."""
    child.limit()
    draw(Context(settings.load(), clock.now, clock.sleep, "ballast up (pages)"), run_id)


if __name__ == "__main__":
    main(sys.argv[1])
