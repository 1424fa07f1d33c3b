"""Draw the pictures of a run's page, for the server, in a process of its own."""

from collections.abc import Sequence

from config import settings
from flows import clock
from tasks.context.context import live
from tasks.site.draw import draw


def main(arguments: Sequence[str]) -> int:
    """Draw those of the run that is named; what goes wrong is logged, and the page is shown without."""
    [run_id] = arguments
    draw(live(settings.load(), clock.now, clock.sleep, "ballast up (pages)"), run_id)
    return 0
