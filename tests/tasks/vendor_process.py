"""A process that asks leave of a vendor: python -m tests.tasks.vendor_process HOME BUDGET TIMES."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from tasks.context.context import Context
from tasks.ingest.vendors import Vendor
from tasks.sources._enquiry import Failure


def main() -> None:
    home, budget, count = sys.argv[1:]
    settings = Settings(home=Path(home), vendors={"yahoo_budget": budget})
    vendor = Vendor("yfinance", Context(settings, lambda: datetime.now(UTC), lambda _: None))
    print("ready", flush=True)
    allowed = 0
    for _ in range(int(count)):
        try:
            vendor.leave()
            allowed += 1
        except Failure:
            pass
    print(allowed, flush=True)


if __name__ == "__main__":
    main()
